-- What the Edge Function calls.

-- One batch in one transaction: p_batch = {run: {workspace_id, instance_id, fence, page, part}, customers, contact_methods,
-- rejected, commit}. Refused with PT409 'superseded' when another run holds the lease (R8) and 'page_out_of_order' when a
-- later page was applied already (R2). `part` names a chunk, and after halving a half of it; each is counted once however
-- often it is sent. Answers {created, updated, unchanged, stale, renormalize, committed}: phones in `renormalize` were
-- normalised for another country than their customer's, and the commit waits until renormalize_servicetitan_phones
-- brings them right, so that a crash in between repeats the page.
create function public.sync_servicetitan_contacts(p_batch jsonb)
returns jsonb
language plpgsql
security invoker
set search_path = ''
as $$
declare
  v_run jsonb := p_batch -> 'run';
  v_workspace_id text := v_run ->> 'workspace_id';
  v_instance_id text := v_run ->> 'instance_id';
  v_fence bigint := (v_run ->> 'fence')::bigint;
  v_page integer := (v_run ->> 'page')::integer;
  v_part text := v_run ->> 'part';
  v_customers jsonb := p_batch -> 'customers';
  v_rejected jsonb := p_batch -> 'rejected';
  v_state public.servicetitan_sync_state := public.hold_servicetitan_lease(v_workspace_id, v_instance_id, v_fence);
  v_source text := v_state.source;
  v_parts text[];
  v_is_new boolean;
  v_reread text[];
  v_touched text[];
  v_counts jsonb;
  v_refreshed integer;
  v_renormalize jsonb;
  v_committed boolean := false;
begin
  if v_page < v_state.page then
    raise exception using
      errcode = 'PT409',
      message = 'page_out_of_order',
      detail = format('Page %s of the run came after page %s had been applied.', v_page, v_state.page);
  end if;
  v_parts := case when v_page = v_state.page then v_state.parts else '{}' end;
  v_is_new := v_part is not null and not v_part = any (v_parts);

  select coalesce(array_agg(item.crm_id), '{}') into v_reread
  from jsonb_to_recordset(v_customers) as item (crm_id text, methods_reread boolean)
  where item.methods_reread;

  v_touched := public.write_servicetitan_contact_methods(v_workspace_id, v_source, p_batch -> 'contact_methods', v_reread, v_state.initial_feed is not null);
  v_counts := public.write_servicetitan_customers(v_workspace_id, v_source, v_customers);

  select coalesce(jsonb_agg(jsonb_build_object(
    'id', method.id::text,
    'crm_id', method.crm_id,
    'value', method.value,
    'country_code', coalesce(contact.address_country_code, 'US')
  ) order by method.id), '[]')
  into v_renormalize
  from public.servicetitan_contact_methods as method
  join public.contacts as contact
    on contact.workspace_id = method.workspace_id
    and contact.crm_id = method.crm_id
    and contact.crm_source = method.source
  where method.workspace_id = v_workspace_id
    and method.source = v_source
    and method.crm_id in (
      select unnest(v_touched)
      union
      select item.crm_id from jsonb_to_recordset(v_customers) as item (crm_id text)
    )
    and method.type in ('MobilePhone', 'Phone')
    and method.country_code is distinct from coalesce(contact.address_country_code, 'US');

  -- Those still to be normalised are refreshed then, so that a contact's good number does not flap in between.
  v_refreshed := public.refresh_servicetitan_contact_points(v_workspace_id, v_source, array(
    select unnest(v_touched)
    except
    select item.crm_id from jsonb_to_recordset(v_renormalize) as item (crm_id text)
  ));

  -- R10: what passed leaves the quarantine, what was refused enters it.
  delete from public.servicetitan_sync_errors as error
  using jsonb_to_recordset(v_customers) as item (crm_id text, methods_reread boolean)
  where error.workspace_id = v_workspace_id
    and error.source = v_source
    and error.crm_id = item.crm_id
    and (error.feed = 'customers' or item.methods_reread);

  insert into public.servicetitan_sync_errors as stored (workspace_id, source, crm_id, feed, reason, sqlstate, instance_id)
  select distinct on (item.crm_id, item.feed)
    v_workspace_id, v_source, item.crm_id, item.feed, item.reason, item.sqlstate, v_instance_id
  from jsonb_to_recordset(v_rejected) as item (crm_id text, feed text, reason text, sqlstate text)
  order by item.crm_id, item.feed
  on conflict (workspace_id, source, crm_id, feed) do update
  set
    reason = excluded.reason,
    sqlstate = excluded.sqlstate,
    instance_id = excluded.instance_id,
    attempts = stored.attempts + case when stored.instance_id = excluded.instance_id then 0 else 1 end,
    last_seen_at = now();

  if jsonb_typeof(p_batch -> 'commit') = 'object' and v_renormalize = '[]' then
    perform public.commit_servicetitan_page(v_workspace_id, v_instance_id, v_fence, p_batch -> 'commit');
    v_committed := true;
  end if;

  update public.servicetitan_sync_runs
  set
    pages = greatest(pages, v_page),
    created = created + (v_counts ->> 'created')::bigint,
    updated = updated + (v_counts ->> 'updated')::bigint + v_refreshed,
    fetched = fetched + case
      when v_is_new then jsonb_array_length(v_customers) + jsonb_array_length(jsonb_path_query_array(v_rejected, '$[*] ? (@.feed == "customers")'))
      else 0
    end,
    unchanged = unchanged + case when v_is_new then (v_counts ->> 'unchanged')::bigint else 0 end,
    stale = stale + case when v_is_new then (v_counts ->> 'stale')::bigint else 0 end,
    errors = errors + case when v_is_new then jsonb_array_length(v_rejected) else 0 end
  where instance_id = v_instance_id;

  update public.servicetitan_sync_state
  set
    page = v_page,
    parts = case when v_is_new then v_parts || v_part else v_parts end,
    last_sync_created = last_sync_created + (v_counts ->> 'created')::bigint,
    last_sync_updated = last_sync_updated + (v_counts ->> 'updated')::bigint + v_refreshed,
    last_sync_errors = last_sync_errors + case when v_is_new then jsonb_array_length(v_rejected) else 0 end,
    total_customers_synced = total_customers_synced
      + (v_counts ->> 'created')::bigint + (v_counts ->> 'updated')::bigint + v_refreshed,
    updated_at = now()
  where workspace_id = v_workspace_id;

  return v_counts
    || jsonb_build_object(
      'updated', (v_counts ->> 'updated')::bigint + v_refreshed,
      'renormalize', v_renormalize,
      'committed', v_committed
    );
end
$$;
revoke all on function public.sync_servicetitan_contacts(jsonb) from public, anon, authenticated;
grant execute on function public.sync_servicetitan_contacts(jsonb) to service_role;

-- The second half of a batch whose customers live in another country than their phones were normalised for. p_run and
-- p_commit as in sync_servicetitan_contacts, p_phones [{id, crm_id, normalized, country_code}]. Answers {updated}.
create function public.renormalize_servicetitan_phones(p_run jsonb, p_phones jsonb, p_commit jsonb)
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
    and stored.id = item.id;

  v_updated := public.refresh_servicetitan_contact_points(
    v_state.workspace_id,
    v_state.source,
    (select array_agg(distinct item.crm_id) from jsonb_to_recordset(p_phones) as item (crm_id text))
  );

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
