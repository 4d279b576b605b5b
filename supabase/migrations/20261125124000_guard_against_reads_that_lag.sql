-- Reads that lag. ServiceTitan may show a record as it was a moment ago: a list that does not have yet what a feed showed, a page
-- with a customer's version from before the one that was refused. Neither may undo what is known already.
--   A contact method that a re-read of its customer does not show was removed, unless it is too young for the list to have it:
--   `unlist_before` is the time of the reading less the overlap. A removal within that time is seen by the next run, whose
--   window still holds the customer.
--   Only the retry by id takes a customer out of the quarantine (R10), not any page that holds a readable version of it.

drop function public.write_servicetitan_contact_methods(text, text, jsonb, text[], boolean);

create function public.write_servicetitan_contact_methods(
  p_workspace_id text,
  p_source text,
  p_methods jsonb,
  p_reread text[],
  p_relist boolean,
  p_unlist_before text
)
returns text[]
language plpgsql
security invoker
set search_path = ''
as $$
declare
  v_touched text[];
  v_gone bigint;
begin
  select array_agg(distinct touched.crm_id) into v_touched
  from (
    select item.crm_id from jsonb_to_recordset(p_methods) as item (crm_id text)
    union all
    select unnest(p_reread)
    union all
    select stored.crm_id
    from jsonb_to_recordset(p_methods) as item (id bigint)
    cross join lateral (
      select method.crm_id
      from public.servicetitan_contact_methods as method
      where method.workspace_id = p_workspace_id
        and method.source = p_source
        and method.id = item.id
      limit 1
    ) as stored
  ) as touched;

  with item as (
    select distinct on (item.id) item.*
    from rows from (jsonb_to_recordset(p_methods) as (
      id bigint, crm_id text, type text, value text, normalized text, country_code text, memo text, do_not_text boolean,
      active boolean, modified_on text
    )) with ordinality as item (id, crm_id, type, value, normalized, country_code, memo, do_not_text, active, modified_on, position)
    order by item.id, item.modified_on collate "C" desc, item.position desc
  ),
  resolved as (
    select
      item.id,
      item.crm_id,
      item.type,
      item.value,
      case when is_repeated.yes then stored.normalized else item.normalized end as normalized,
      case when is_repeated.yes then stored.country_code else item.country_code end as country_code,
      item.memo,
      item.do_not_text,
      case when item.active is not null or is_newer.yes then item.active else stored.active end as active,
      item.active is null or p_relist or is_newer.yes or stored.crm_id <> item.crm_id or stored.listed as listed,
      item.modified_on,
      stored.whole as before
    from item
    left join lateral (
      select method.*, method as whole
      from public.servicetitan_contact_methods as method
      where method.workspace_id = p_workspace_id
        and method.source = p_source
        and method.id = item.id
      limit 1
    ) as stored on true
    cross join lateral (select stored.id is null or item.modified_on > stored.modified_on as yes) as is_newer
    cross join lateral (
      select item.active is not null and (stored.type, stored.value) is not distinct from (item.type, item.value) as yes
    ) as is_repeated
    -- R2, and R11: what is identical is not even locked.
    where stored.id is null
      or stored.modified_on <= item.modified_on
  )
  insert into public.servicetitan_contact_methods as stored
    (workspace_id, source, id, crm_id, type, value, normalized, country_code, memo, do_not_text, active, listed, modified_on)
  select
    p_workspace_id, p_source, resolved.id, resolved.crm_id, resolved.type, resolved.value, resolved.normalized,
    resolved.country_code, resolved.memo, resolved.do_not_text, resolved.active, resolved.listed, resolved.modified_on
  from resolved
  where (resolved.before).id is null
    or (
      (resolved.before).crm_id, (resolved.before).type, (resolved.before).value, (resolved.before).normalized,
      (resolved.before).country_code, (resolved.before).memo, (resolved.before).do_not_text, (resolved.before).active,
      (resolved.before).listed, (resolved.before).modified_on
    ) is distinct from (
      resolved.crm_id, resolved.type, resolved.value, resolved.normalized, resolved.country_code, resolved.memo,
      resolved.do_not_text, resolved.active, resolved.listed, resolved.modified_on
    )
  on conflict (workspace_id, source, id) do update
  set
    crm_id = excluded.crm_id,
    type = excluded.type,
    value = excluded.value,
    normalized = excluded.normalized,
    country_code = excluded.country_code,
    memo = excluded.memo,
    do_not_text = excluded.do_not_text,
    active = excluded.active,
    listed = excluded.listed,
    modified_on = excluded.modified_on;

  for v_gone in
    select stored.id
    from (select distinct unnest(p_reread) as crm_id) as reread
    cross join lateral (
      select method.id, method.modified_on
      from public.servicetitan_contact_methods as method
      where method.workspace_id = p_workspace_id
        and method.source = p_source
        and method.crm_id = reread.crm_id
        and method.listed
      offset 0
    ) as stored
    where stored.id not in (select item.id from jsonb_to_recordset(p_methods) as item (id bigint) where item.id is not null)
      and (p_unlist_before is null or stored.modified_on <= p_unlist_before)
  loop
    update public.servicetitan_contact_methods
    set listed = false
    where workspace_id = p_workspace_id
      and source = p_source
      and id = v_gone;
  end loop;

  return coalesce(v_touched, '{}');
end
$$;

revoke all on function public.write_servicetitan_contact_methods(text, text, jsonb, text[], boolean, text) from public, anon, authenticated;
grant execute on function public.write_servicetitan_contact_methods(text, text, jsonb, text[], boolean, text) to service_role;

create or replace function public.sync_servicetitan_contacts(p_batch jsonb)
returns jsonb
language plpgsql
security invoker
set search_path = ''
set enable_seqscan = off
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
  v_ids text[];
  v_reread text[];
  v_touched text[] := '{}';
  v_counts jsonb := '{"created": 0, "updated": 0, "unchanged": 0, "stale": 0}';
  v_refreshed text[];
  v_refreshed_count integer;
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

  select coalesce(array_agg(item.crm_id), '{}'), coalesce(array_agg(item.crm_id) filter (where item.methods_reread), '{}')
  into v_ids, v_reread
  from jsonb_to_recordset(v_customers) as item (crm_id text, methods_reread boolean);

  if v_reread <> '{}' or p_batch -> 'contact_methods' <> '[]' then
    v_touched := public.write_servicetitan_contact_methods(
      v_workspace_id, v_source, p_batch -> 'contact_methods', v_reread, v_state.initial_feed is not null, p_batch ->> 'unlist_before'
    );
  end if;
  if v_ids <> '{}' then
    v_counts := public.write_servicetitan_customers(v_workspace_id, v_source, v_customers);
  end if;

  select coalesce(jsonb_agg(jsonb_build_object(
    'id', method.id::text,
    'crm_id', method.crm_id,
    'value', method.value,
    'country_code', coalesce(contact.address_country_code, 'US')
  ) order by method.id), '[]')
  into v_renormalize
  from (
    select unnest(v_touched)
    union
    select unnest(v_ids)
  ) as about (crm_id)
  cross join lateral (
    select stored.address_country_code
    from public.contacts as stored
    where stored.workspace_id = v_workspace_id
      and stored.crm_id = about.crm_id
      and stored.crm_source = v_source
    limit 1
  ) as contact
  cross join lateral (
    select stored.id, stored.crm_id, stored.value, stored.country_code
    from public.servicetitan_contact_methods as stored
    where stored.workspace_id = v_workspace_id
      and stored.source = v_source
      and stored.crm_id = about.crm_id
      and stored.type in ('MobilePhone', 'Phone')
    offset 0
  ) as method
  where method.country_code is distinct from coalesce(contact.address_country_code, 'US');

  -- Those still to be normalised are refreshed then, so that a contact's good number does not flap in between.
  v_refreshed := public.refresh_servicetitan_contact_points(v_workspace_id, v_source, array(
    select unnest(v_touched)
    except
    select item.crm_id from jsonb_to_recordset(v_renormalize) as item (crm_id text)
  ));
  v_refreshed_count := cardinality(v_refreshed);

  -- R10: what a retry by id reads well leaves the quarantine; what is refused enters it.
  if (p_batch ->> 'retries_quarantined')::boolean then
    delete from public.servicetitan_sync_errors as error
    where error.workspace_id = v_workspace_id
      and error.source = v_source
      and error.crm_id = any (v_ids)
      and (error.feed = 'customers' or error.crm_id = any (v_reread));
  end if;

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
    updated = updated + (v_counts ->> 'updated')::bigint + v_refreshed_count,
    fetched = fetched + case
      when v_is_new then jsonb_array_length(v_customers) + jsonb_array_length(jsonb_path_query_array(v_rejected, '$[*] ? (@.feed == "customers")'))
      else 0
    end,
    unchanged = unchanged + case when v_is_new then (v_counts ->> 'unchanged')::bigint else 0 end,
    stale = stale + case when v_is_new then (v_counts ->> 'stale')::bigint else 0 end,
    errors = errors + case when v_is_new then jsonb_array_length(v_rejected) else 0 end,
    contact_methods = contact_methods + case when v_is_new then jsonb_array_length(p_batch -> 'contact_methods') else 0 end,
    expected = coalesce(expected, (v_run ->> 'expected')::bigint)
  where instance_id = v_instance_id;

  if v_is_new then
    perform public.log_servicetitan_reads(v_state, v_run, v_customers, v_rejected, v_counts -> 'ids', v_touched, v_refreshed);
  end if;

  update public.servicetitan_sync_state
  set
    page = v_page,
    parts = case when v_is_new then v_parts || v_part else v_parts end,
    last_sync_created = last_sync_created + (v_counts ->> 'created')::bigint,
    last_sync_updated = last_sync_updated + (v_counts ->> 'updated')::bigint + v_refreshed_count,
    last_sync_errors = last_sync_errors + case when v_is_new then jsonb_array_length(v_rejected) else 0 end,
    total_customers_synced = total_customers_synced
      + (v_counts ->> 'created')::bigint + (v_counts ->> 'updated')::bigint + v_refreshed_count,
    updated_at = now()
  where workspace_id = v_workspace_id;

  return v_counts - 'ids'
    || jsonb_build_object(
      'updated', (v_counts ->> 'updated')::bigint + v_refreshed_count,
      'renormalize', v_renormalize,
      'committed', v_committed
    );
end
$$;
