-- Takes away from one customer what two witnesses lacked (R16), the first of them before `p_before`. Its contact
-- goes on to show what is left, with the fields that go with it: a phone that is gone takes no e-mail along that
-- nothing explains, and the reverse. Answers how many contact methods went, and whether the contact changed. Where
-- the product passes the change over, nothing goes: PT422 'passed_over' (R22). `p_path`: see
-- write_servicetitan_customers.
create or replace function public.take_servicetitan_methods(
  p_workspace_id text,
  p_source text,
  p_crm_id text,
  p_before timestamptz,
  p_path text,
  out taken integer,
  out changed boolean
)
language plpgsql
security invoker
set search_path = ''
as $$
declare
  v_recheck public.servicetitan_rechecks;
  v_phone_is_gone boolean;
  v_email_is_gone boolean;
  v_shown record;
begin
  select * into v_recheck
  from public.servicetitan_rechecks
  where workspace_id = p_workspace_id and source = p_source and crm_id = p_crm_id;
  v_phone_is_gone := v_recheck.phone_bare_again_at is not null and v_recheck.phone_bare_since <= p_before;
  v_email_is_gone := v_recheck.email_bare_again_at is not null and v_recheck.email_bare_since <= p_before;

  update public.servicetitan_contact_methods
  set listed = false, missing_since = null, missing_from = null, missing_again_at = null
  where workspace_id = p_workspace_id
    and source = p_source
    and crm_id = p_crm_id
    and listed
    and missing_again_at is not null
    and missing_since <= p_before;
  get diagnostics taken = row_count;

  select
    coalesce(point.phone, kept.phone) as phone,
    coalesce(point.email, kept.email) as email,
    said.fields,
    (before.phone, before.email, before.metadata) is distinct from (
      coalesce(point.phone, kept.phone), coalesce(point.email, kept.email),
      public.merge_servicetitan_fields(before.metadata, said.fields)
    ) as differs
  into v_shown
  from public.pick_servicetitan_contact_points(p_workspace_id, p_source, array[p_crm_id]) as point
  cross join lateral (
    select stored.phone, stored.email, stored.metadata
    from public.contacts as stored
    where stored.workspace_id = p_workspace_id
      and stored.crm_id = p_crm_id
      and stored.crm_source = p_source
    limit 1
  ) as before
  cross join lateral (
    select
      case
        when point.phone is null and not v_phone_is_gone
        then public.keep_servicetitan_contact_point(p_workspace_id, p_source, p_crm_id, before.phone)
      end as phone,
      case
        when point.email is null and not v_email_is_gone
        then public.keep_servicetitan_contact_point(p_workspace_id, p_source, p_crm_id, before.email)
      end as email
  ) as kept
  cross join lateral (
    select
      case when kept.phone is null then point.phone_fields else '{}' end
        || case when kept.email is null then point.email_fields else '{}' end as fields
  ) as said;
  changed := coalesce(v_shown.differs, false);
  if changed and not public.put_servicetitan_contact_point(
    p_workspace_id, p_source, p_crm_id, v_shown.phone, v_shown.email, v_shown.fields, p_path
  ) then
    raise exception using errcode = 'PT422', message = 'passed_over';
  end if;

  update public.servicetitan_rechecks
  set
    phone_bare_since = case when not v_phone_is_gone then phone_bare_since end,
    phone_bare_from = case when not v_phone_is_gone then phone_bare_from end,
    phone_bare_again_at = case when not v_phone_is_gone then phone_bare_again_at end,
    email_bare_since = case when not v_email_is_gone then email_bare_since end,
    email_bare_from = case when not v_email_is_gone then email_bare_from end,
    email_bare_again_at = case when not v_email_is_gone then email_bare_again_at end
  where workspace_id = p_workspace_id
    and source = p_source
    and crm_id = p_crm_id
    and (v_phone_is_gone or v_email_is_gone);
end
$$;

revoke all on function public.take_servicetitan_methods(text, text, text, timestamptz, text) from public, anon, authenticated;
grant execute on function public.take_servicetitan_methods(text, text, text, timestamptz, text) to service_role;
