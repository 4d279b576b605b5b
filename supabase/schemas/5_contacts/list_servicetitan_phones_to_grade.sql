-- One slice of a workspace whose own country has become another one (R25). Looks at the 500 contacts behind
-- `p_after`, by crm_id, and answers {countries, renormalize, next_after}. `countries` says what stands in their
-- addresses, [{crm_id, country, state, code}], because IN is Indiana to one firm and India to another. Where a code has
-- become another one, the Edge Function asks again with `p_codes`, [{crm_id, code}], which are stored first. It
-- grades the phones anew, sends them to renormalize_servicetitan_phones, and asks with `next_after`. Behind the last
-- contact the workspace counts as graded for the country of `p_run`, and `next_after` is null.
create or replace function public.list_servicetitan_phones_to_grade(p_run jsonb, p_after text, p_codes jsonb default '[]')
returns jsonb
language plpgsql
security invoker
set search_path = ''
set enable_seqscan = off
as $$
declare
  v_state public.servicetitan_sync_state := public.hold_servicetitan_lease(
    p_run ->> 'workspace_id', p_run ->> 'instance_id', (p_run ->> 'fence')::bigint
  );
  v_crm_ids text[] := array(
    select contact.crm_id
    from public.contacts as contact
    where contact.workspace_id = v_state.workspace_id
      and contact.crm_id > coalesce(p_after, '')
      and contact.crm_source = v_state.source
    order by contact.crm_id
    limit 500
  );
begin
  update public.contacts as contact
  set address_country_code = item.code
  from jsonb_to_recordset(p_codes) as item (crm_id text, code text)
  where contact.workspace_id = v_state.workspace_id
    and contact.crm_id = item.crm_id
    and contact.crm_source = v_state.source
    and contact.crm_id = any (v_crm_ids)
    and contact.address_country_code is distinct from item.code;

  if v_crm_ids = '{}' then
    update public.servicetitan_sync_state
    set home_country = p_run ->> 'country'
    where workspace_id = v_state.workspace_id;
  end if;
  return jsonb_build_object(
    'countries', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'crm_id', contact.crm_id,
        'country', contact.address_country,
        'state', contact.address_state,
        'code', contact.address_country_code
      )), '[]')
      from public.contacts as contact
      where contact.workspace_id = v_state.workspace_id
        and contact.crm_id = any (v_crm_ids)
        and contact.crm_source = v_state.source
        and contact.address_country is not null
    ),
    'renormalize', public.find_servicetitan_phones_to_grade(v_state.workspace_id, v_state.source, p_run ->> 'country', v_crm_ids),
    'next_after', v_crm_ids[cardinality(v_crm_ids)]
  );
end
$$;

revoke all on function public.list_servicetitan_phones_to_grade(jsonb, text, jsonb) from public, anon, authenticated;
grant execute on function public.list_servicetitan_phones_to_grade(jsonb, text, jsonb) to service_role;
