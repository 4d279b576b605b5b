-- The phones and e-mails behind contacts (R9). pick_servicetitan_contact_points chooses from them. A contact
-- that several customers share is a row of each.
create table public.servicetitan_contact_methods (
  workspace_id text not null,
  source text not null,
  id bigint not null,
  crm_id text not null,
  type text not null,
  value text not null,
  usability text not null
    constraint usability_is_known check (usability in ('valid', 'possible', 'unusable')),
  normalized text
    constraint normalized_is_usable check ((normalized is null) = (usability = 'unusable')),
  normalized_before text,
  extension text,
  home_country text,
  country_code text,
  memo text,
  do_not_text boolean,
  marketing boolean,
  active boolean,
  listed boolean not null default true,
  missing_since timestamptz,
  missing_from text
    constraint missing_from_is_known check (missing_from in ('list', 'own', 'pass')),
  missing_again_at timestamptz,
  modified_on text collate "C" not null,
  refused_modified_on text collate "C",
  refused_at timestamptz,
  -- The order in which a contact takes its phone and its e-mail; null where it takes none of it. From 5 on the
  -- value is of no use, and only shows as it was entered.
  rank smallint generated always as (
    case
      when not listed or active is false or value ~ '^\s*$' then null
      when type not in ('MobilePhone', 'Phone', 'Email') then null
      else case usability when 'valid' then 1 when 'possible' then 3 else 5 end + case when type = 'Phone' then 1 else 0 end
    end
  ) stored,
  primary key (id, crm_id, workspace_id, source)
);

-- By the customer alone: an index with the primary key's other columns would cost the planner the same while
-- the table is empty, and a session keeps the plan that it chose then.
create index servicetitan_contact_methods_crm_id_idx on public.servicetitan_contact_methods (crm_id);

alter table public.servicetitan_contact_methods enable row level security;
revoke all on public.servicetitan_contact_methods from public, anon, authenticated, service_role;
grant select, insert, update on public.servicetitan_contact_methods to service_role;

comment on table public.servicetitan_contact_methods is 'Phones and e-mails behind contacts. No foreign key to contacts: the initial sync reads them before the customers.';
comment on column public.servicetitan_contact_methods.value is 'As it stands in ServiceTitan, to the letter.';
comment on column public.servicetitan_contact_methods.usability is 'R25: what the Edge Function found the value to be good for.';
comment on column public.servicetitan_contact_methods.normalized is 'R25: E.164, or one e-mail address; null where the value is unusable.';
comment on column public.servicetitan_contact_methods.normalized_before is 'R16: what it was normalised to before its value changed. Explains a contact that still shows it.';
comment on column public.servicetitan_contact_methods.home_country is 'R25: the workspace''s country when the value was graded.';
comment on column public.servicetitan_contact_methods.country_code is 'R25: the customer''s country when the value was graded; null where no country could change the answer.';
comment on column public.servicetitan_contact_methods.marketing is 'Whether marketing may be sent to it; null where ServiceTitan does not say.';
comment on column public.servicetitan_contact_methods.active is 'The export feed''s word; null while the newest row came from the list, which has no such field.';
comment on column public.servicetitan_contact_methods.listed is 'R16: false once two witnesses, asked in two ways, lacked it.';
comment on column public.servicetitan_contact_methods.missing_since is 'R16: when a whole reading of its customer first lacked it. Null again as soon as anything shows it.';
comment on column public.servicetitan_contact_methods.missing_from is 'R16: the first witness: the list by customerIds, the customer''s own list, or a pass.';
comment on column public.servicetitan_contact_methods.missing_again_at is 'R16: when a recheck of another kind lacked it too. The end of that run takes it away, or holds it back.';
comment on column public.servicetitan_contact_methods.refused_modified_on is 'R2: an older version that was refused. A recheck that still says the same is written.';
