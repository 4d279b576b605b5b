-- The two tables that the product around the sync may have already: created when absent, extended when present, never
-- dropped, and their existing columns, rows, policies and grants are left as they are.

do $$
declare
  found_type text;
begin
  if to_regclass('public.workspaces') is null then
    create table public.workspaces (
      id text primary key,
      name text
    );
    alter table public.workspaces enable row level security;
    revoke all on public.workspaces from public, anon, authenticated;
    comment on table public.workspaces is 'A firm whose ServiceTitan customers become contacts.';
  end if;

  if to_regclass('public.contacts') is null then
    create table public.contacts (
      id uuid primary key default gen_random_uuid(),
      workspace_id text not null,
      created_at timestamptz not null default now()
    );
    alter table public.contacts enable row level security;
    revoke all on public.contacts from public, anon, authenticated;
    comment on table public.contacts is 'Contacts; those with a crm_id come from ServiceTitan and are kept current by the sync.';
  end if;

  -- A column of the same name and another type would make every write fail: say so now, not at the first sync.
  for found_type in
    select format('%I.%I is %s, expected %s', wanted.table_name, wanted.column_name, actual.data_type, wanted.data_type)
    from (values
      ('workspaces', 'name', 'text'), ('workspaces', 'time_zone', 'text'),
      ('contacts', 'workspace_id', 'text'), ('contacts', 'crm_id', 'text'), ('contacts', 'crm_source', 'text'),
      ('contacts', 'name', 'text'), ('contacts', 'email', 'text'), ('contacts', 'phone', 'text'),
      ('contacts', 'address_street', 'text'), ('contacts', 'address_unit', 'text'), ('contacts', 'address_city', 'text'),
      ('contacts', 'address_state', 'text'), ('contacts', 'address_zip', 'text'), ('contacts', 'address_country', 'text'),
      ('contacts', 'address_country_code', 'text'), ('contacts', 'address_latitude', 'double precision'),
      ('contacts', 'address_longitude', 'double precision'), ('contacts', 'active', 'boolean'),
      ('contacts', 'merged_to_crm_id', 'text'), ('contacts', 'crm_modified_on', 'text'), ('contacts', 'metadata', 'jsonb')
    ) as wanted (table_name, column_name, data_type)
    join information_schema.columns as actual
      on actual.table_schema = 'public'
      and actual.table_name = wanted.table_name
      and actual.column_name = wanted.column_name
    where actual.data_type <> wanted.data_type
      and not (wanted.data_type = 'text' and actual.data_type = 'character varying')
  loop
    raise exception 'The table public.% : rename or convert that column, then apply the migrations again.', found_type;
  end loop;
end
$$;

alter table public.workspaces
  add column if not exists name text,
  add column if not exists time_zone text;

comment on column public.workspaces.time_zone is 'IANA zone, such as America/Denver; business hours are decided in it. Null: the sync runs at any hour.';

alter table public.contacts
  add column if not exists crm_id text,
  add column if not exists crm_source text,
  add column if not exists name text,
  add column if not exists email text,
  add column if not exists phone text,
  add column if not exists address_street text,
  add column if not exists address_unit text,
  add column if not exists address_city text,
  add column if not exists address_state text,
  add column if not exists address_zip text,
  add column if not exists address_country text,
  add column if not exists address_country_code text,
  add column if not exists address_latitude double precision,
  add column if not exists address_longitude double precision,
  add column if not exists active boolean,
  add column if not exists merged_to_crm_id text,
  add column if not exists crm_modified_on text collate "C",
  add column if not exists metadata jsonb;

comment on column public.contacts.crm_id is 'The ServiceTitan customer id. Ids are issued per tenant, so it is unique within the workspace.';
comment on column public.contacts.crm_source is 'environment/tenant that the row came from; a row of another source guards nothing (R3).';
comment on column public.contacts.crm_modified_on is 'modifiedOn as YYYY-MM-DDTHH:MM:SS.fffffffZ: text, because timestamptz keeps six digits of seven.';
comment on column public.contacts.merged_to_crm_id is 'The customer this one was merged into; null again when the merge is undone (R13).';
comment on column public.contacts.metadata is 'The sync owns the keys it writes inside custom_fields and touches nothing else.';

-- R3. Rows without a crm_id are the product's own and stay outside it.
create unique index if not exists contacts_workspace_id_crm_id_key on public.contacts (workspace_id, crm_id);

grant select, insert, update on public.workspaces, public.contacts to service_role;
