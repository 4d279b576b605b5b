-- All phones and e-mails of the contacts that there are, as entered and as graded, for a product that shows more
-- than one of each. Those that ServiceTitan has switched off or no longer lists are left out, and so are those
-- of a tenant that was connected before. It depends on no column of `contacts` that is not the sync's own.
create or replace view public.servicetitan_contact_points
with (security_invoker = true)
as
select
  method.workspace_id,
  method.crm_id,
  method.id,
  method.type,
  method.value as as_entered,
  method.normalized,
  method.extension,
  method.usability,
  method.do_not_text,
  method.marketing,
  method.memo,
  method.modified_on,
  coalesce(
    method.rank < 5
    and row_number() over (
      partition by method.workspace_id, method.source, method.crm_id, method.type = 'Email'
      order by method.rank, method.id
    ) = 1,
    false
  ) as chosen
from public.servicetitan_contact_methods as method
join public.contacts as contact
  on contact.workspace_id = method.workspace_id
  and contact.crm_id = method.crm_id
  and contact.crm_source = method.source
where method.listed
  and method.active is not false;

revoke all on public.servicetitan_contact_points from public, anon, authenticated, service_role;
grant select on public.servicetitan_contact_points to service_role;

comment on view public.servicetitan_contact_points is 'R25: all phones and e-mails of a contact. crm_id is the customer''s id, id the contact''s in ServiceTitan.';
comment on column public.servicetitan_contact_points.as_entered is 'As it stands in ServiceTitan, to the letter.';
comment on column public.servicetitan_contact_points.normalized is 'E.164, or one e-mail address; null where nothing of use was entered.';
comment on column public.servicetitan_contact_points.do_not_text is 'Null where ServiceTitan does not say, as of every e-mail.';
comment on column public.servicetitan_contact_points.marketing is 'Whether marketing may be sent to it; null where ServiceTitan does not say.';
comment on column public.servicetitan_contact_points.chosen is 'Whether contacts.phone or contacts.email shows it.';
