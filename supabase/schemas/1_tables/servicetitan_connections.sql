-- How each workspace reaches ServiceTitan. No foreign key to workspaces: the product's own table may hold ids
-- of another type.
create table public.servicetitan_connections (
  workspace_id text primary key
    constraint workspace_id_fits_an_instance_id check (workspace_id ~ '^[A-Za-z0-9_-]{1,64}$'),
  environment text not null
    constraint environment_is_known check (environment in ('production', 'integration')),
  tenant_id text not null
    constraint tenant_id_is_a_number check (tenant_id ~ '^[0-9]{1,19}$'),
  client_id text not null,
  -- Drawn by the Worker with every saving of the credentials, and bound into the sealed values: an older one that
  -- is put back beside a newer id does not open.
  credentials_id uuid not null,
  client_secret_sealed text not null,
  app_key_sealed text not null,
  country text
    constraint country_is_alpha_2 check (country ~ '^[A-Z]{2}$'),
  enabled boolean not null default true,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

alter table public.servicetitan_connections enable row level security;
revoke all on public.servicetitan_connections from public, anon, authenticated, service_role;
grant select, insert, update, delete on public.servicetitan_connections to service_role;

comment on table public.servicetitan_connections is 'How a workspace reaches ServiceTitan. The two sealed columns open only with the Worker''s CREDENTIALS_KEY.';
comment on column public.servicetitan_connections.country is 'R25: the firm''s own country, ISO 3166-1 alpha-2. Null: the one that its time zone is in.';
