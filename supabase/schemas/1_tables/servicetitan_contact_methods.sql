-- The phones and e-mails behind contacts (R9). pick_servicetitan_contact_points chooses from them. A contact
-- that several customers share is a row of each.
create table public.servicetitan_contact_methods (
  workspace_id text not null,
  source text not null,
  id bigint not null,
  crm_id text not null,
  type text not null,
  value text not null,
  normalized text,
  normalized_before text,
  country_code text,
  memo text,
  do_not_text boolean,
  active boolean,
  listed boolean not null default true,
  missing_since timestamptz,
  missing_from text
    constraint missing_from_is_known check (missing_from in ('list', 'own', 'pass')),
  missing_again_at timestamptz,
  modified_on text collate "C" not null,
  refused_modified_on text collate "C",
  refused_at timestamptz,
  primary key (id, crm_id, workspace_id, source)
);

-- By the customer alone: an index with the primary key's other columns would cost the planner the same while
-- the table is empty, and a session keeps the plan that it chose then.
create index servicetitan_contact_methods_crm_id_idx on public.servicetitan_contact_methods (crm_id);

alter table public.servicetitan_contact_methods enable row level security;
revoke all on public.servicetitan_contact_methods from public, anon, authenticated, service_role;
grant select, insert, update on public.servicetitan_contact_methods to service_role;

comment on table public.servicetitan_contact_methods is 'Phones and e-mails behind contacts. No foreign key to contacts: the initial sync reads them before the customers.';
comment on column public.servicetitan_contact_methods.normalized is 'E.164 where the number is valid in country_code, else the value trimmed; null when nothing is left.';
comment on column public.servicetitan_contact_methods.normalized_before is 'R16: what it was normalised to before its value changed. Explains a contact that still shows it.';
comment on column public.servicetitan_contact_methods.active is 'The export feed''s word; null while the newest row came from the list, which has no such field.';
comment on column public.servicetitan_contact_methods.listed is 'R16: false once two witnesses, asked in two ways, lacked it.';
comment on column public.servicetitan_contact_methods.missing_since is 'R16: when a whole reading of its customer first lacked it. Null again as soon as anything shows it.';
comment on column public.servicetitan_contact_methods.missing_from is 'R16: the first witness: the list by customerIds, the customer''s own list, or a pass.';
comment on column public.servicetitan_contact_methods.missing_again_at is 'R16: when a recheck of another kind lacked it too. The end of that run takes it away, or holds it back.';
comment on column public.servicetitan_contact_methods.refused_modified_on is 'R2: an older version that was refused. A recheck that still says the same is written.';
