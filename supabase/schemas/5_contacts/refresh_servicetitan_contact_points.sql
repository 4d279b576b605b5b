-- Brings phone and e-mail of contacts that exist, and the fields that go with them, to what their methods say
-- now (R9, R25). Answers {refreshed, set_aside}: the customers whose row changed, and [{crm_id, feed, reason}]
-- those whose row the product did not let change (R22). Customers that are not stored yet are left out: a first
-- sync reads contacts before customers. A contact whose phone or e-mail no method explains keeps it, unless
-- another one is known, and is rechecked either way (R16): our own rows may have been harmed. `p_path`: see
-- write_servicetitan_customers.
create or replace function public.refresh_servicetitan_contact_points(
  p_workspace_id text,
  p_source text,
  p_crm_ids text[],
  p_path text default current_setting('search_path')
)
returns jsonb
language plpgsql
security invoker
set search_path = ''
as $$
declare
  v_point record;
  v_refreshed text[] := '{}';
  v_unbacked text[] := '{}';
  v_set_aside jsonb := '[]';
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
    return '{"refreshed": [], "set_aside": []}';
  end if;
  for v_point in
    select
      point.crm_id,
      coalesce(point.phone, kept.phone) as phone,
      coalesce(point.email, kept.email) as email,
      num_nonnulls(kept.phone, kept.email) > 0 as is_unbacked,
      said.fields,
      (stored.phone, stored.email, stored.metadata) is distinct from (
        coalesce(point.phone, kept.phone), coalesce(point.email, kept.email),
        public.merge_servicetitan_fields(stored.metadata, said.fields)
      ) as differs
    from public.pick_servicetitan_contact_points(p_workspace_id, p_source, v_stored) as point
    cross join lateral (
      select contact.phone, contact.email, contact.metadata, coalesce(contact.metadata -> 'custom_fields', '{}') as fields
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
    -- What a contact keeps, it keeps with all that was said of it.
    cross join lateral (
      select
        case when kept.phone is null or point.phone is not null then point.phone_fields else '{}' end
          || case when kept.email is null or point.email is not null then point.email_fields else '{}' end as fields
    ) as said
    where (stored.phone, stored.email) is distinct from (point.phone, point.email)
      or not stored.fields @> (point.phone_fields || point.email_fields)
    order by point.crm_id
  loop
    if v_point.is_unbacked then
      v_unbacked := v_unbacked || v_point.crm_id;
    end if;
    continue when not v_point.differs;
    if public.put_servicetitan_contact_point(
      p_workspace_id, p_source, v_point.crm_id, v_point.phone, v_point.email, v_point.fields, p_path
    ) then
      v_refreshed := v_refreshed || v_point.crm_id;
    else
      v_set_aside := v_set_aside || jsonb_build_object(
        'crm_id', v_point.crm_id,
        'feed', 'contacts',
        'reason', 'contacts did not take its phone or e-mail: a trigger, a rule or a policy of your table passed it over'
      );
    end if;
  end loop;
  perform public.add_servicetitan_rechecks(p_workspace_id, p_source, v_unbacked, 'unbacked', now());
  return jsonb_build_object('refreshed', v_refreshed, 'set_aside', v_set_aside);
end
$$;

revoke all on function public.refresh_servicetitan_contact_points(text, text, text[], text) from public, anon, authenticated;
grant execute on function public.refresh_servicetitan_contact_points(text, text, text[], text) to service_role;
