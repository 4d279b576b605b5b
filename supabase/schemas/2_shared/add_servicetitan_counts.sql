-- Adds counts by name: {"a": 1} and {"a": 2, "b": 1} are {"a": 3, "b": 1}. Null counts as nothing.
create or replace function public.add_servicetitan_counts(p_counts jsonb, p_more jsonb)
returns jsonb
language sql
immutable
security invoker
set search_path = ''
as $$
  select coalesce(jsonb_object_agg(total.name, total.count), '{}')
  from (
    select each.key as name, sum(each.value::bigint) as count
    from (
      select * from jsonb_each_text(p_counts)
      union all
      select * from jsonb_each_text(p_more)
    ) as each
    group by each.key
  ) as total
$$;

revoke all on function public.add_servicetitan_counts(jsonb, jsonb) from public, anon, authenticated;
grant execute on function public.add_servicetitan_counts(jsonb, jsonb) to service_role;
