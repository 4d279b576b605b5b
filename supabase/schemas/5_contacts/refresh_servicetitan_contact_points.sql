-- Brings phone and e-mail of contacts that exist, and the fields that go with them, to what their methods say
-- now (R9, R25), and answers the customers whose row changed. Customers that are not stored yet are left out: a first sync reads contacts
-- before customers. A contact whose phone or e-mail no method explains keeps it, unless another one is known,
-- and is rechecked either way (R16): our own rows may have been harmed.
create or replace function public.refresh_servicetitan_contact_points(p_workspace_id text, p_source text, p_crm_ids text[])
returns text[]
language plpgsql
security invoker
set search_path = ''
as $$
declare
  v_point record;
  v_refreshed text[] := '{}';
  v_unbacked text[] := '{}';
  -- A first sync reads the contacts before their customers: most are not here yet.
  v_stored text[] := array(
    select touched.crm_id
    from (select distinct unnest(p_crm_ids) as crm_id) as touched
    cross join lateral (
      select
      from public.contacts as contact
      where contact.workspace_id = p_workspace_id
        and contact.crm_id = touched.crm_id
        and contact.crm_source = p_source
      limit 1
    ) as stored
  );
begin
  if v_stored = '{}' then
    return v_refreshed;
  end if;
  for v_point in
    select
      point.crm_id,
      coalesce(point.phone, kept.phone) as phone,
      coalesce(point.email, kept.email) as email,
      num_nonnulls(kept.phone, kept.email) > 0 as is_unbacked,
      -- What a contact keeps, it keeps with all that was said of it.
      case when kept.phone is null or point.phone is not null then point.phone_fields else '{}' end
        || case when kept.email is null or point.email is not null then point.email_fields else '{}' end as fields
    from public.pick_servicetitan_contact_points(p_workspace_id, p_source, v_stored) as point
    cross join lateral (
      select contact.phone, contact.email, coalesce(contact.metadata -> 'custom_fields', '{}') as fields
      from public.contacts as contact
      where contact.workspace_id = p_workspace_id
        and contact.crm_id = point.crm_id
        and contact.crm_source = p_source
      limit 1
    ) as stored
    cross join lateral (
      select
        case
          when stored.phone is distinct from point.phone
          then public.keep_servicetitan_contact_point(p_workspace_id, p_source, point.crm_id, stored.phone)
        end as phone,
        case
          when stored.email is distinct from point.email
          then public.keep_servicetitan_contact_point(p_workspace_id, p_source, point.crm_id, stored.email)
        end as email
    ) as kept
    where (stored.phone, stored.email) is distinct from (point.phone, point.email)
      or not stored.fields @> (point.phone_fields || point.email_fields)
    order by point.crm_id
  loop
    if v_point.is_unbacked then
      v_unbacked := v_unbacked || v_point.crm_id;
    end if;
    update public.contacts
    set
      phone = v_point.phone,
      email = v_point.email,
      metadata = public.merge_servicetitan_fields(metadata, v_point.fields)
    where workspace_id = p_workspace_id
      and crm_id = v_point.crm_id
      and crm_source = p_source
      and (phone, email, metadata) is distinct from (
        v_point.phone, v_point.email, public.merge_servicetitan_fields(metadata, v_point.fields)
      );
    if found then
      v_refreshed := v_refreshed || v_point.crm_id;
    end if;
  end loop;
  perform public.add_servicetitan_rechecks(p_workspace_id, p_source, v_unbacked, 'unbacked', now());
  return v_refreshed;
end
$$;

revoke all on function public.refresh_servicetitan_contact_points(text, text, text[]) from public, anon, authenticated;
grant execute on function public.refresh_servicetitan_contact_points(text, text, text[]) to service_role;
