-- The phones and e-mails behind contacts (R9). pick_servicetitan_contact_points chooses from them.
create table public.servicetitan_contact_methods (
  workspace_id text not null,
  source text not null,
  id bigint not null,
  crm_id text not null,
  type text not null,
  value text not null,
  normalized text,
  country_code text,
  memo text,
  do_not_text boolean,
  active boolean,
  listed boolean not null default true,
  modified_on text collate "C" not null,
  primary key (id, workspace_id, source)
);

create index servicetitan_contact_methods_crm_id_idx on public.servicetitan_contact_methods (crm_id, workspace_id, source);

alter table public.servicetitan_contact_methods enable row level security;
revoke all on public.servicetitan_contact_methods from public, anon, authenticated, service_role;
grant select, insert, update on public.servicetitan_contact_methods to service_role;

comment on table public.servicetitan_contact_methods is 'Phones and e-mails behind contacts. No foreign key to contacts: the initial sync reads them before the customers.';
comment on column public.servicetitan_contact_methods.normalized is 'E.164 where the number is valid in country_code, else the value trimmed; null when nothing is left.';
comment on column public.servicetitan_contact_methods.active is 'The export feed''s word; null while the newest row came from the list, which has no such field.';
comment on column public.servicetitan_contact_methods.listed is 'R9: false once a whole re-read of the customer lacked it, unless it was modified within the overlap before.';
