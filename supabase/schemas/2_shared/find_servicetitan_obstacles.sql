-- What of the product's own tables no write of the sync could pass (R23), read in the catalogue: {object, fault,
-- statement}, the last being what mends it. The first migration asks this before it changes anything, and so
-- does whoever connects a workspace. The Worker knows each `fault` by its words (obstacles.ts).
--
-- Open tables are let be where somebody has said so:
-- `alter database postgres set servicetitan_sync.open_tables = 'allowed'`.
create or replace function public.find_servicetitan_obstacles()
returns table (object text, fault text, statement text)
language sql
stable
security invoker
set search_path = ''
as $$
  with own as (
    select relation.oid, relation.relname as name, relation.relkind, relation.relrowsecurity, relation.relreplident
    from pg_catalog.pg_class as relation
    where relation.relnamespace = 'public'::regnamespace
      and relation.relname in ('contacts', 'workspaces')
  ),
  -- What the sync writes, and whether that may be null.
  written (table_name, name, type, may_be_null) as (
    values
      ('contacts', 'workspace_id', 'text', false),
      ('contacts', 'crm_id', 'text', false),
      ('contacts', 'crm_source', 'text', false),
      ('contacts', 'crm_modified_on', 'text', false),
      ('contacts', 'crm_missing_since', 'timestamptz', false),
      ('contacts', 'name', 'text', false),
      ('contacts', 'email', 'text', true),
      ('contacts', 'phone', 'text', true),
      ('contacts', 'address_street', 'text', true),
      ('contacts', 'address_unit', 'text', true),
      ('contacts', 'address_city', 'text', true),
      ('contacts', 'address_state', 'text', true),
      ('contacts', 'address_zip', 'text', true),
      ('contacts', 'address_country', 'text', true),
      ('contacts', 'address_country_code', 'text', true),
      ('contacts', 'address_latitude', 'double precision', true),
      ('contacts', 'address_longitude', 'double precision', true),
      ('contacts', 'active', 'boolean', false),
      ('contacts', 'merged_to_crm_id', 'text', true),
      ('contacts', 'metadata', 'jsonb', false),
      ('workspaces', 'name', 'text', false),
      ('workspaces', 'time_zone', 'text', false)
  ),
  -- Every column of the two, with what the sync wants of it. A domain may hold what its type holds.
  present as (
    select
      own.name as table_name, own.oid as table_id, attribute.attname as name, written.type, written.may_be_null,
      attribute.attgenerated <> '' or attribute.attidentity = 'a' as is_computed,
      attribute.attgenerated <> '' as is_generated,
      attribute.attnotnull or type.typnotnull as is_required,
      attribute.atthasdef or attribute.attidentity <> '' or type.typdefault is not null as has_default,
      base.type = written.type::regtype or written.type = 'text' and base.type = 'varchar'::regtype as is_fitting
    from own
    join pg_catalog.pg_attribute as attribute
      on attribute.attrelid = own.oid and attribute.attnum > 0 and not attribute.attisdropped
    join pg_catalog.pg_type as type on type.oid = attribute.atttypid
    cross join lateral (select coalesce(nullif(type.typbasetype, 0), type.oid)) as base (type)
    left join written on written.table_name = own.name and written.name = attribute.attname
    where own.relkind in ('r', 'p')
  ),
  -- Unique indexes of contacts. `keys`: the names of what they cover, empty where that is an expression.
  unique_index as (
    select
      named.relname as name, index.indpred is not null as is_partial, index.indimmediate as is_immediate,
      index.indisvalid as is_valid, con.conname as constraint_name,
      array(
        select coalesce(attribute.attname::text, '')
        from unnest(index.indkey::smallint[]) with ordinality as key (number, place)
        left join pg_catalog.pg_attribute as attribute on attribute.attrelid = own.oid and attribute.attnum = key.number
        where key.place <= index.indnkeyatts
        order by 1
      ) as keys
    from own
    join pg_catalog.pg_index as index on index.indrelid = own.oid and index.indisunique
    join pg_catalog.pg_class as named on named.oid = index.indexrelid
    left join pg_catalog.pg_constraint as con on con.conindid = index.indexrelid and con.contype in ('u', 'p') and con.conrelid = own.oid
    where own.name = 'contacts'
  )
  -- A table of another kind.
  select
    format('table public.%I', own.name) as object,
    'no table that takes an upsert' as fault,
    format('alter table public.%I rename to %I;', own.name, own.name || '_of_the_product') as statement
  from own
  where own.relkind not in ('r', 'p')
  union all
  select 'table public.contacts', 'partitioned by more than workspace_id and crm_id', 'alter table public.contacts rename to contacts_of_the_product;'
  from own
  join pg_catalog.pg_partitioned_table as partitioned on partitioned.partrelid = own.oid
  where own.name = 'contacts'
    and exists (
      select
      from unnest(partitioned.partattrs::smallint[]) as key (number)
      left join pg_catalog.pg_attribute as attribute on attribute.attrelid = own.oid and attribute.attnum = key.number
      where coalesce(attribute.attname, '') not in ('workspace_id', 'crm_id')
    )
  union all
  select format('rule %I of public.%I', rule.rulename, own.name), 'a rule, which takes no upsert', format('drop rule %I on public.%I;', rule.rulename, own.name)
  from own
  join pg_catalog.pg_rewrite as rule on rule.ev_class = own.oid and rule.ev_type in ('2', '3') and rule.ev_enabled <> 'D'
  where own.name = 'contacts' and own.relkind in ('r', 'p')
  -- Columns.
  union all
  select format('column public.%I.%I', wanted.table_name, wanted.name), 'missing', format('alter table public.%I add column %I text;', wanted.table_name, wanted.name)
  from (values ('contacts', 'workspace_id'), ('workspaces', 'id')) as wanted (table_name, name)
  join own on own.name = wanted.table_name and own.relkind in ('r', 'p')
  where not exists (select from present where present.table_name = wanted.table_name and present.name = wanted.name)
  union all
  -- The migration has added them.
  select format('column public.%I.%I', written.table_name, written.name), 'missing', format('alter table public.%I add column %I %s;', written.table_name, written.name, written.type)
  from written
  join own on own.name = written.table_name and own.relkind in ('r', 'p')
  where to_regprocedure('public.find_servicetitan_obstacles()') is not null
    and written.name <> 'workspace_id'
    and not exists (select from present where present.table_name = written.table_name and present.name = written.name)
  union all
  select
    format('column public.%I.%I', present.table_name, present.name),
    case when present.is_computed then 'computed' else 'of another type than ' || present.type end,
    case
      when present.is_generated then format('alter table public.%I alter column %I drop expression;', present.table_name, present.name)
      when present.is_computed then format('alter table public.%I alter column %I drop identity;', present.table_name, present.name)
      when present.name = 'workspace_id' then 'alter table public.contacts alter column workspace_id type text;'
      else format('alter table public.%I rename column %I to %I;', present.table_name, present.name, present.name || '_of_the_product')
    end
  from present
  where present.type is not null and (present.is_computed or not present.is_fitting)
  union all
  select
    format('column public.contacts.%I', present.name),
    case when present.type is null then 'required and has no default' else 'required, and ServiceTitan may have nothing for it' end,
    format('alter table public.contacts alter column %I drop not null;', present.name)
  from present
  where present.table_name = 'contacts'
    and present.is_required
    and case when present.type is null then not present.has_default and not present.is_computed else present.may_be_null end
  -- Keys.
  union all
  select
    format('index public.%I', unique_index.name),
    case
      when unique_index.keys = '{crm_id}' then 'unique without the workspace, so that a second firm has no room'
      when not unique_index.is_immediate then 'deferrable'
      else 'not the plain unique one of workspace_id and crm_id'
    end,
    case
      when unique_index.constraint_name is not null then format('alter table public.contacts drop constraint %I;', unique_index.constraint_name)
      else format('drop index public.%I;', unique_index.name)
    end
  from unique_index
  where unique_index.keys = '{crm_id}'
    or unique_index.keys = '{crm_id,workspace_id}' and not unique_index.is_immediate
    or unique_index.name = 'contacts_workspace_id_crm_id_key'
      and (unique_index.keys <> '{crm_id,workspace_id}' or unique_index.is_partial or not unique_index.is_valid)
  union all
  -- Our name, and no unique index of contacts: the migration would take it for the one that it wants.
  select 'index public.contacts_workspace_id_crm_id_key', 'not the plain unique one of workspace_id and crm_id',
    'alter index public.contacts_workspace_id_crm_id_key rename to contacts_workspace_id_crm_id_of_the_product;'
  from pg_catalog.pg_class as relation
  where relation.relnamespace = 'public'::regnamespace
    and relation.relname = 'contacts_workspace_id_crm_id_key'
    and not exists (select from unique_index where unique_index.name = relation.relname)
  union all
  select 'table public.contacts', 'without the unique index of workspace_id and crm_id',
    'create unique index contacts_workspace_id_crm_id_key on public.contacts (workspace_id, crm_id);'
  from own
  where own.name = 'contacts'
    and to_regprocedure('public.find_servicetitan_obstacles()') is not null
    and not exists (
      select
      from unique_index
      where unique_index.keys = '{crm_id,workspace_id}' and not unique_index.is_partial and unique_index.is_immediate and unique_index.is_valid
    )
  union all
  select format('table public.%I', own.name), 'published, and has neither a key nor a replica identity', format('alter table public.%I replica identity full;', own.name)
  from own
  join pg_catalog.pg_publication_tables as published on published.schemaname = 'public' and published.tablename = own.name
  join pg_catalog.pg_publication as publication on publication.pubname = published.pubname and publication.pubupdate
  where own.relreplident = 'n'
    or own.relreplident = 'd' and not exists (select from pg_catalog.pg_index as index where index.indrelid = own.oid and index.indisprimary)
  -- Who may read and change persons.
  union all
  select 'table public.contacts', 'open: row level security is off, and anon or authenticated holds rights', 'alter table public.contacts enable row level security;'
  from own
  where own.name = 'contacts'
    and own.relkind in ('r', 'p')
    and not own.relrowsecurity
    and current_setting('servicetitan_sync.open_tables', true) is distinct from 'allowed'
    and (
      has_any_column_privilege('anon', own.oid, 'select, insert, update')
      or has_any_column_privilege('authenticated', own.oid, 'select, insert, update')
      or has_table_privilege('anon', own.oid, 'delete, truncate')
      or has_table_privilege('authenticated', own.oid, 'delete, truncate')
    )
$$;

revoke all on function public.find_servicetitan_obstacles() from public, anon, authenticated;
grant execute on function public.find_servicetitan_obstacles() to service_role;
