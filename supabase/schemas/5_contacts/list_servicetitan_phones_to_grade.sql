-- One slice of a workspace whose own country has become another one (R25). Looks at the 500 contacts behind
-- `p_after`, by crm_id, and answers {renormalize, next_after}. The Edge Function grades the phones anew, sends them
-- to renormalize_servicetitan_phones, and asks with `next_after`. Behind the last contact the workspace counts as
-- graded for the country of `p_run`, and `next_after` is null.
create or replace function public.list_servicetitan_phones_to_grade(p_run jsonb, p_after text)
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
  if v_crm_ids = '{}' then
    update public.servicetitan_sync_state
    set home_country = p_run ->> 'country'
    where workspace_id = v_state.workspace_id;
  end if;
  return jsonb_build_object(
    'renormalize', public.find_servicetitan_phones_to_grade(v_state.workspace_id, v_state.source, p_run ->> 'country', v_crm_ids),
    'next_after', v_crm_ids[cardinality(v_crm_ids)]
  );
end
$$;

revoke all on function public.list_servicetitan_phones_to_grade(jsonb, text) from public, anon, authenticated;
grant execute on function public.list_servicetitan_phones_to_grade(jsonb, text) to service_role;
