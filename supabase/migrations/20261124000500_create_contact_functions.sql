-- What the Edge Function calls: one batch of ServiceTitan's customers and contact methods, written as sets.

-- The phone and e-mail of each customer: MobilePhone before Phone, never Fax; among equals the lowest id, so that it never
-- flaps between runs.
create function public.pick_servicetitan_contact_points(p_workspace_id text, p_source text, p_crm_ids text[])
returns table (crm_id text, phone text, email text)
language sql
stable
security invoker
set search_path = ''
as $$
  select
    method.crm_id,
    (array_agg(method.normalized order by method.type <> 'MobilePhone', method.id) filter (where method.type in ('MobilePhone', 'Phone')))[1],
    (array_agg(method.normalized order by method.id) filter (where method.type = 'Email'))[1]
  from public.servicetitan_contact_methods as method
  where method.workspace_id = p_workspace_id
    and method.source = p_source
    and method.crm_id = any (p_crm_ids)
    and method.listed
    and method.active is not false
    and method.normalized is not null
  group by method.crm_id
$$;
revoke all on function public.pick_servicetitan_contact_points(text, text, text[]) from public, anon, authenticated;
grant execute on function public.pick_servicetitan_contact_points(text, text, text[]) to service_role;

-- R11: the keys of custom_fields that the sync writes replace their namesakes; every other key stays as it is.
create function public.merge_servicetitan_fields(p_metadata jsonb, p_custom_fields jsonb)
returns jsonb
language sql
immutable
security invoker
set search_path = ''
as $$
  select case when jsonb_typeof(p_metadata) = 'object' then p_metadata else '{}' end
    || jsonb_build_object(
      'custom_fields',
      case when jsonb_typeof(p_metadata -> 'custom_fields') = 'object' then p_metadata -> 'custom_fields' else '{}' end || p_custom_fields
    )
$$;
revoke all on function public.merge_servicetitan_fields(jsonb, jsonb) from public, anon, authenticated;
grant execute on function public.merge_servicetitan_fields(jsonb, jsonb) to service_role;

-- Writes contact methods and answers the customers they touch, former owners included. p_reread names the customers whose
-- methods were read whole: what is absent from p_methods is no longer listed. A row of the export feed carries `active`;
-- it overrules the list at an equal modifiedOn, for only the feed shows a contact switched off (R9). The feed does not
-- know the customer's country, so a number it repeats keeps how it was normalised before.
create function public.write_servicetitan_contact_methods(p_workspace_id text, p_source text, p_methods jsonb, p_reread text[])
returns text[]
language plpgsql
security invoker
set search_path = ''
as $$
declare
  v_touched text[];
begin
  select array_agg(distinct touched.crm_id) into v_touched
  from (
    select item.crm_id from jsonb_to_recordset(p_methods) as item (crm_id text)
    union all
    select unnest(p_reread)
    union all
    select stored.crm_id
    from public.servicetitan_contact_methods as stored
    join jsonb_to_recordset(p_methods) as item (id bigint) using (id)
    where stored.workspace_id = p_workspace_id
      and stored.source = p_source
  ) as touched;

  insert into public.servicetitan_contact_methods as stored
    (workspace_id, source, id, crm_id, type, value, normalized, country_code, memo, do_not_text, active, modified_on)
  select distinct on (item.id)
    p_workspace_id,
    p_source,
    item.id,
    item.crm_id,
    item.type,
    item.value,
    item.normalized,
    item.country_code,
    item.memo,
    item.do_not_text,
    item.active,
    item.modified_on
  from rows from (jsonb_to_recordset(p_methods) as (
    id bigint, crm_id text, type text, value text, normalized text, country_code text, memo text, do_not_text boolean,
    active boolean, modified_on text
  )) with ordinality as item (id, crm_id, type, value, normalized, country_code, memo, do_not_text, active, modified_on, position)
  order by item.id, item.modified_on collate "C" desc, item.position desc
  on conflict (workspace_id, source, id) do update
  set
    crm_id = excluded.crm_id,
    type = excluded.type,
    value = excluded.value,
    normalized = case
      when excluded.active is not null and (stored.type, stored.value) = (excluded.type, excluded.value) then stored.normalized
      else excluded.normalized
    end,
    country_code = case
      when excluded.active is not null and (stored.type, stored.value) = (excluded.type, excluded.value) then stored.country_code
      else excluded.country_code
    end,
    memo = excluded.memo,
    do_not_text = excluded.do_not_text,
    active = case
      when excluded.active is not null or excluded.modified_on > stored.modified_on then excluded.active
      else stored.active
    end,
    listed = excluded.active is null or excluded.modified_on > stored.modified_on or stored.listed,
    modified_on = excluded.modified_on
  where stored.modified_on <= excluded.modified_on
    and (
      (stored.crm_id, stored.type, stored.value, stored.memo, stored.do_not_text, stored.modified_on)
        is distinct from (excluded.crm_id, excluded.type, excluded.value, excluded.memo, excluded.do_not_text, excluded.modified_on)
      or (excluded.active is null and (stored.normalized, stored.country_code) is distinct from (excluded.normalized, excluded.country_code))
      or (excluded.active is null and not stored.listed)
      or (excluded.active is not null and stored.active is distinct from excluded.active)
    );

  update public.servicetitan_contact_methods as stored
  set listed = false
  where stored.workspace_id = p_workspace_id
    and stored.source = p_source
    and stored.crm_id = any (p_reread)
    and stored.listed
    and not exists (select from jsonb_to_recordset(p_methods) as item (id bigint) where item.id = stored.id);

  return coalesce(v_touched, '{}');
end
$$;
revoke all on function public.write_servicetitan_contact_methods(text, text, jsonb, text[]) from public, anon, authenticated;
grant execute on function public.write_servicetitan_contact_methods(text, text, jsonb, text[]) to service_role;

-- Upserts customers into contacts and answers {created, updated, unchanged, stale}. A repeated customer in the batch is
-- folded to its newest version; an older modifiedOn never replaces a newer one of the same source (R2); an identical row
-- is not written (R11).
create function public.write_servicetitan_customers(p_workspace_id text, p_source text, p_customers jsonb)
returns jsonb
language sql
security invoker
set search_path = ''
as $$
  with customer as (
    select distinct on (item.crm_id) item.*
    from rows from (jsonb_to_recordset(p_customers) as (
      crm_id text, name text, active boolean, merged_to_crm_id text, crm_modified_on text, address_street text, address_unit text,
      address_city text, address_state text, address_zip text, address_country text, address_country_code text,
      address_latitude double precision, address_longitude double precision, custom_fields jsonb
    )) with ordinality as item (
      crm_id, name, active, merged_to_crm_id, crm_modified_on, address_street, address_unit, address_city, address_state, address_zip,
      address_country, address_country_code, address_latitude, address_longitude, custom_fields, position
    )
    order by item.crm_id, item.crm_modified_on collate "C" desc, item.position desc
  ),
  written as (
    insert into public.contacts as stored (
      workspace_id, crm_id, crm_source, name, email, phone, address_street, address_unit, address_city, address_state, address_zip,
      address_country, address_country_code, address_latitude, address_longitude, active, merged_to_crm_id, crm_modified_on, metadata
    )
    select
      p_workspace_id, customer.crm_id, p_source, customer.name, point.email, point.phone, customer.address_street,
      customer.address_unit, customer.address_city, customer.address_state, customer.address_zip, customer.address_country,
      customer.address_country_code, customer.address_latitude, customer.address_longitude, customer.active,
      customer.merged_to_crm_id, customer.crm_modified_on, jsonb_build_object('custom_fields', customer.custom_fields)
    from customer
    left join public.pick_servicetitan_contact_points(
      p_workspace_id, p_source, (select array_agg(customer.crm_id) from customer)
    ) as point using (crm_id)
    on conflict (workspace_id, crm_id) do update
    set
      crm_source = excluded.crm_source,
      name = excluded.name,
      email = excluded.email,
      phone = excluded.phone,
      address_street = excluded.address_street,
      address_unit = excluded.address_unit,
      address_city = excluded.address_city,
      address_state = excluded.address_state,
      address_zip = excluded.address_zip,
      address_country = excluded.address_country,
      address_country_code = excluded.address_country_code,
      address_latitude = excluded.address_latitude,
      address_longitude = excluded.address_longitude,
      active = excluded.active,
      merged_to_crm_id = excluded.merged_to_crm_id,
      crm_modified_on = excluded.crm_modified_on,
      metadata = public.merge_servicetitan_fields(stored.metadata, excluded.metadata -> 'custom_fields')
    where (
      stored.crm_source is distinct from excluded.crm_source
      or stored.crm_modified_on is null
      or stored.crm_modified_on <= excluded.crm_modified_on
    )
    and (
      stored.crm_source, stored.name, stored.email, stored.phone, stored.address_street, stored.address_unit, stored.address_city,
      stored.address_state, stored.address_zip, stored.address_country, stored.address_country_code, stored.address_latitude,
      stored.address_longitude, stored.active, stored.merged_to_crm_id, stored.crm_modified_on, stored.metadata
    ) is distinct from (
      excluded.crm_source, excluded.name, excluded.email, excluded.phone, excluded.address_street, excluded.address_unit, excluded.address_city,
      excluded.address_state, excluded.address_zip, excluded.address_country, excluded.address_country_code, excluded.address_latitude,
      excluded.address_longitude, excluded.active, excluded.merged_to_crm_id, excluded.crm_modified_on,
      public.merge_servicetitan_fields(stored.metadata, excluded.metadata -> 'custom_fields')
    )
    returning stored.crm_id, (stored.xmax = 0) as was_created
  )
  select jsonb_build_object(
    'created', count(*) filter (where written.was_created),
    'updated', count(*) filter (where not written.was_created),
    'unchanged', count(*) filter (where written.crm_id is null and before.crm_modified_on <= customer.crm_modified_on),
    'stale', count(*) filter (where written.crm_id is null and before.crm_modified_on > customer.crm_modified_on)
  )
  from customer
  left join written using (crm_id)
  left join public.contacts as before
    on before.workspace_id = p_workspace_id
    and before.crm_id = customer.crm_id
$$;
revoke all on function public.write_servicetitan_customers(text, text, jsonb) from public, anon, authenticated;
grant execute on function public.write_servicetitan_customers(text, text, jsonb) to service_role;

-- Brings phone and e-mail of existing contacts to what their methods say now; answers how many rows changed.
create function public.refresh_servicetitan_contact_points(p_workspace_id text, p_source text, p_crm_ids text[])
returns integer
language plpgsql
security invoker
set search_path = ''
as $$
declare
  v_count integer;
begin
  update public.contacts as stored
  set phone = point.phone, email = point.email
  from unnest(p_crm_ids) as touched (crm_id)
  left join public.pick_servicetitan_contact_points(p_workspace_id, p_source, p_crm_ids) as point using (crm_id)
  where stored.workspace_id = p_workspace_id
    and stored.crm_id = touched.crm_id
    and stored.crm_source = p_source
    and (stored.phone, stored.email) is distinct from (point.phone, point.email);
  get diagnostics v_count = row_count;
  return v_count;
end
$$;
revoke all on function public.refresh_servicetitan_contact_points(text, text, text[]) from public, anon, authenticated;
grant execute on function public.refresh_servicetitan_contact_points(text, text, text[]) to service_role;

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

  v_touched := public.write_servicetitan_contact_methods(v_workspace_id, v_source, p_batch -> 'contact_methods', v_reread);
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

  -- Those still to be normalised are refreshed then, so that no half-made number shows in between.
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
-- p_commit as in sync_servicetitan_contacts, p_phones [{id, crm_id, normalized, country_code}]. Answers {updated}: rows
-- that the batch itself has counted already.
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

  if jsonb_typeof(p_commit) = 'object' then
    perform public.commit_servicetitan_page(v_state.workspace_id, p_run ->> 'instance_id', v_state.fence, p_commit);
  end if;
  return jsonb_build_object('updated', v_updated);
end
$$;
revoke all on function public.renormalize_servicetitan_phones(jsonb, jsonb, jsonb) from public, anon, authenticated;
grant execute on function public.renormalize_servicetitan_phones(jsonb, jsonb, jsonb) to service_role;
