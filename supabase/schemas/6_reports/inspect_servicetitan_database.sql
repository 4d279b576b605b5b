-- What of the sync stands in this database, read in its catalogue, for whoever compares that with what a
-- Worker wants (GET /doctor): {now, functions, relations, obstacles}. `npm run migration` keeps the same of
-- the schemas for the Worker.
--
-- A function is told by a fingerprint of all that makes it, overloads included, or as 'closed' where
-- service_role may not call it. Relations are the sync's own tables and views; of the product's two
-- `obstacles` says what no write could pass (R23).
create or replace function public.inspect_servicetitan_database()
returns jsonb
language sql
stable
security invoker
set search_path = ''
as $$
  select jsonb_build_object(
    'now', now(),
    'functions', (
      select coalesce(jsonb_object_agg(own.name, own.fingerprint), '{}')
      from (
        select
          routine.proname as name,
          case
            when bool_and(has_function_privilege('service_role', routine.oid, 'execute'))
              then md5(string_agg(
                concat_ws(
                  ' ',
                  oidvectortypes(routine.proargtypes),
                  routine.prosecdef::text,
                  array_to_string(routine.proconfig, ','),
                  routine.prosrc
                ),
                ' ' order by oidvectortypes(routine.proargtypes) collate "C"
              ))
            else 'closed'
          end as fingerprint
        from pg_catalog.pg_proc as routine
        where routine.pronamespace = 'public'::regnamespace
          and routine.proname ~ '(^|_)servicetitan(_|$)'
        group by routine.proname
      ) as own
    ),
    'relations', (
      select coalesce(jsonb_object_agg(relation.relname, jsonb_build_object(
        'columns', (
          select coalesce(jsonb_object_agg(attribute.attname, format_type(attribute.atttypid, attribute.atttypmod)), '{}')
          from pg_catalog.pg_attribute as attribute
          where attribute.attrelid = relation.oid
            and attribute.attnum > 0
            and not attribute.attisdropped
        ),
        'unique', (
          select coalesce(jsonb_agg(pg_get_indexdef(key.indexrelid) order by pg_get_indexdef(key.indexrelid) collate "C"), '[]')
          from pg_catalog.pg_index as key
          where key.indrelid = relation.oid
            and key.indisunique
            and key.indisvalid
        ),
        'rights', (
          select coalesce(jsonb_agg(wanted.name order by wanted.name), '[]')
          from unnest(array['delete', 'insert', 'select', 'update']) as wanted (name)
          where has_table_privilege('service_role', relation.oid, wanted.name)
        ),
        'row_security', relation.relrowsecurity
      )), '{}')
      from pg_catalog.pg_class as relation
      where relation.relnamespace = 'public'::regnamespace
        and relation.relkind in ('r', 'v')
        and starts_with(relation.relname, 'servicetitan_')
    ),
    'obstacles', (
      select coalesce(jsonb_agg(to_jsonb(obstacle)), '[]') from public.find_servicetitan_obstacles() as obstacle
    )
  )
$$;

revoke all on function public.inspect_servicetitan_database() from public, anon, authenticated;
grant execute on function public.inspect_servicetitan_database() to service_role;
