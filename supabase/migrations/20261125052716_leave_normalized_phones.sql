-- R11: a renormalising call that is repeated leaves rows alone that are as it would make them.

create or replace function public.renormalize_servicetitan_phones(p_run jsonb, p_phones jsonb, p_commit jsonb)
returns jsonb
language plpgsql
security invoker
set search_path = ''
as $$
declare
  v_state public.servicetitan_sync_state := public.hold_servicetitan_lease(
    p_run ->> 'workspace_id', p_run ->> 'instance_id', (p_run ->> 'fence')::bigint
  );
  v_updated integer;
begin
  if (p_run ->> 'page')::integer < v_state.page then
    raise exception using errcode = 'PT409', message = 'page_out_of_order';
  end if;

  update public.servicetitan_contact_methods as stored
  set normalized = item.normalized, country_code = item.country_code
  from jsonb_to_recordset(p_phones) as item (id bigint, normalized text, country_code text)
  where stored.workspace_id = v_state.workspace_id
    and stored.source = v_state.source
    and stored.id = item.id
    and (stored.normalized, stored.country_code) is distinct from (item.normalized, item.country_code);

  v_updated := cardinality(public.refresh_servicetitan_contact_points(
    v_state.workspace_id,
    v_state.source,
    (select array_agg(distinct item.crm_id) from jsonb_to_recordset(p_phones) as item (crm_id text))
  ));

  -- In the customer export the contact was created or changed by the batch itself, and counted there.
  if v_state.initial_feed is distinct from 'customers' then
    update public.servicetitan_sync_runs
    set updated = updated + v_updated
    where instance_id = p_run ->> 'instance_id';

    update public.servicetitan_sync_state
    set
      last_sync_updated = last_sync_updated + v_updated,
      total_customers_synced = total_customers_synced + v_updated
    where workspace_id = v_state.workspace_id;
  end if;

  if jsonb_typeof(p_commit) = 'object' then
    perform public.commit_servicetitan_page(v_state.workspace_id, p_run ->> 'instance_id', v_state.fence, p_commit);
  end if;
  return jsonb_build_object('updated', v_updated);
end
$$;
revoke all on function public.renormalize_servicetitan_phones(jsonb, jsonb, jsonb) from public, anon, authenticated;
grant execute on function public.renormalize_servicetitan_phones(jsonb, jsonb, jsonb) to service_role;
