-- The rows this product exists for. A product usually has this table already: the migration creates it where
-- it is absent and adds the missing columns where it is present. Columns that the sync does not own stay as
-- they are (R11).
--
-- To add a field of the customer's record, such as `customerSince`: a column here, every list of columns in
-- 5_contacts/write_servicetitan_customers.sql, and toContactRow.ts of the Edge Function. What is not on the
-- wire yet goes into functions/_shared/contactBatch.ts and src/sync/toRows.ts too. A field of a phone or an
-- e-mail is chosen in 5_contacts/pick_servicetitan_contact_points.sql. Then run `npm run migration`.
create table public.contacts (
  id uuid primary key default gen_random_uuid(),
  workspace_id text not null,
  crm_id text,
  crm_source text,
  crm_modified_on text collate "C",
  crm_missing_since timestamptz,
  name text,
  email text,
  phone text,
  address_street text,
  address_unit text,
  address_city text,
  address_state text,
  address_zip text,
  address_country text,
  address_country_code text,
  address_latitude double precision,
  address_longitude double precision,
  active boolean,
  merged_to_crm_id text,
  metadata jsonb,
  created_at timestamptz not null default now()
);

-- R3. Rows without a crm_id are the product's own and stay outside it.
create unique index contacts_workspace_id_crm_id_key on public.contacts (workspace_id, crm_id);

alter table public.contacts enable row level security;
revoke all on public.contacts from public, anon, authenticated;
grant select, insert, update on public.contacts to service_role;

comment on table public.contacts is 'Contacts; those with a crm_id come from ServiceTitan and are kept current by the sync.';
comment on column public.contacts.crm_id is 'The ServiceTitan customer id. Ids are issued per tenant, so it is unique within the workspace.';
comment on column public.contacts.crm_source is 'environment/tenant that the row came from; one of another source is overwritten whatever its modifiedOn (R3).';
comment on column public.contacts.crm_modified_on is 'modifiedOn as YYYY-MM-DDTHH:MM:SS.fffffffZ: text, because timestamptz keeps six digits of seven.';
comment on column public.contacts.crm_missing_since is 'R18: since when ServiceTitan no longer has the customer. Null as soon as it shows it again.';
comment on column public.contacts.merged_to_crm_id is 'The customer this one was merged into; null again when the merge is undone (R13).';
comment on column public.contacts.metadata is 'The sync owns the keys it writes inside custom_fields and touches nothing else.';
