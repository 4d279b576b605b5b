-- The same work with less of the database's time. Functions in SQL are planned again at each call, and planning was a third of
-- a chunk: in PL/pgSQL a session plans each statement once. A plan that is kept may have been made when the tables were
-- small, and would then read a grown table through for every row: scans are off in what a chunk calls, so that each lookup
-- goes by its index whatever the tables were like. A stored row is looked up once instead of up to three times, and
-- what a chunk does not hold is not looked for. What the functions do and answer is as before.

create or replace function public.pick_servicetitan_contact_points(p_workspace_id text, p_source text, p_crm_ids text[])
returns table (crm_id text, phone text, email text)
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return query
  select wanted.crm_id, point.phone, point.email
  from (select distinct unnest(p_crm_ids) as crm_id) as wanted
  cross join lateral (
    select
      (array_agg(method.normalized order by method.type <> 'MobilePhone', method.id) filter (where method.type in ('MobilePhone', 'Phone')))[1] as phone,
      (array_agg(method.normalized order by method.id) filter (where method.type = 'Email'))[1] as email
    from public.servicetitan_contact_methods as method
    where method.workspace_id = p_workspace_id
      and method.source = p_source
      and method.crm_id = wanted.crm_id
      and method.listed
      and method.active is not false
      and method.normalized is not null
  ) as point;
end
$$;

create or replace function public.write_servicetitan_contact_methods(
  p_workspace_id text,
  p_source text,
  p_methods jsonb,
  p_reread text[],
  p_relist boolean
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
      select method.id
      from public.servicetitan_contact_methods as method
      where method.workspace_id = p_workspace_id
        and method.source = p_source
        and method.crm_id = reread.crm_id
        and method.listed
      offset 0
    ) as stored
    where stored.id not in (select item.id from jsonb_to_recordset(p_methods) as item (id bigint) where item.id is not null)
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

create or replace function public.write_servicetitan_customers(p_workspace_id text, p_source text, p_customers jsonb)
returns jsonb
language plpgsql
security invoker
set search_path = ''
as $$
declare
  v_counts jsonb;
begin
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
  -- Only what differs goes on to the upsert: a row that "on conflict" leaves alone is locked all the same, and logged (R11).
  compared as materialized (
    select
      customer.*,
      point.phone,
      point.email,
      stored.crm_modified_on as stored_modified_on,
      stored.crm_id is null
        or (
          -- R2, R3
          (
            stored.crm_source is distinct from p_source
            or stored.crm_modified_on is null
            or stored.crm_modified_on <= customer.crm_modified_on
          )
          and (
            stored.crm_source, stored.name, stored.email, stored.phone, stored.address_street, stored.address_unit,
            stored.address_city, stored.address_state, stored.address_zip, stored.address_country, stored.address_country_code,
            stored.address_latitude, stored.address_longitude, stored.active, stored.merged_to_crm_id, stored.crm_modified_on,
            stored.metadata
          ) is distinct from (
            p_source, customer.name, point.email, point.phone, customer.address_street, customer.address_unit,
            customer.address_city, customer.address_state, customer.address_zip, customer.address_country,
            customer.address_country_code, customer.address_latitude, customer.address_longitude, customer.active,
            customer.merged_to_crm_id, customer.crm_modified_on,
            public.merge_servicetitan_fields(stored.metadata, customer.custom_fields)
          )
        ) as differs
    from customer
    left join public.pick_servicetitan_contact_points(
      p_workspace_id, p_source, (select array_agg(customer.crm_id) from customer)
    ) as point using (crm_id)
    left join lateral (
      select contact.*
      from public.contacts as contact
      where contact.workspace_id = p_workspace_id
        and contact.crm_id = customer.crm_id
      limit 1
    ) as stored on true
  ),
  written as (
    insert into public.contacts as stored (
      workspace_id, crm_id, crm_source, name, email, phone, address_street, address_unit, address_city, address_state, address_zip,
      address_country, address_country_code, address_latitude, address_longitude, active, merged_to_crm_id, crm_modified_on, metadata
    )
    select
      p_workspace_id, compared.crm_id, p_source, compared.name, compared.email, compared.phone, compared.address_street,
      compared.address_unit, compared.address_city, compared.address_state, compared.address_zip, compared.address_country,
      compared.address_country_code, compared.address_latitude, compared.address_longitude, compared.active,
      compared.merged_to_crm_id, compared.crm_modified_on, jsonb_build_object('custom_fields', compared.custom_fields)
    from compared
    where compared.differs
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
    -- Once more, after the product's own triggers have had their say: one that rewrites a column must not make the row
    -- differ on every run.
    where (
      stored.crm_source, stored.name, stored.email, stored.phone, stored.address_street, stored.address_unit, stored.address_city,
      stored.address_state, stored.address_zip, stored.address_country, stored.address_country_code, stored.address_latitude,
      stored.address_longitude, stored.active, stored.merged_to_crm_id, stored.crm_modified_on, stored.metadata
    ) is distinct from (
      excluded.crm_source, excluded.name, excluded.email, excluded.phone, excluded.address_street, excluded.address_unit,
      excluded.address_city, excluded.address_state, excluded.address_zip, excluded.address_country, excluded.address_country_code,
      excluded.address_latitude, excluded.address_longitude, excluded.active, excluded.merged_to_crm_id, excluded.crm_modified_on,
      public.merge_servicetitan_fields(stored.metadata, excluded.metadata -> 'custom_fields')
    )
    returning stored.crm_id, (stored.xmax = 0) as was_created
  )
  select jsonb_build_object(
    'created', count(*) filter (where written.was_created),
    'updated', count(*) filter (where not written.was_created),
    'unchanged', count(*) filter (where written.crm_id is null and compared.stored_modified_on <= compared.crm_modified_on),
    'stale', count(*) filter (where written.crm_id is null and compared.stored_modified_on > compared.crm_modified_on),
    'ids', jsonb_build_object(
      'created', jsonb_agg(compared.crm_id) filter (where written.was_created),
      'updated', jsonb_agg(compared.crm_id) filter (where not written.was_created),
      'unchanged', jsonb_agg(compared.crm_id) filter (where written.crm_id is null and compared.stored_modified_on <= compared.crm_modified_on),
      'stale', jsonb_agg(compared.crm_id) filter (where written.crm_id is null and compared.stored_modified_on > compared.crm_modified_on)
    )
  )
  into v_counts
  from compared
  left join written using (crm_id);
  return v_counts;
end
$$;

create or replace function public.refresh_servicetitan_contact_points(p_workspace_id text, p_source text, p_crm_ids text[])
returns text[]
language plpgsql
security invoker
set search_path = ''
as $$
declare
  v_point record;
  v_refreshed text[] := '{}';
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
    select point.*
    from public.pick_servicetitan_contact_points(p_workspace_id, p_source, v_stored) as point
    cross join lateral (
      select contact.phone, contact.email
      from public.contacts as contact
      where contact.workspace_id = p_workspace_id
        and contact.crm_id = point.crm_id
        and contact.crm_source = p_source
      limit 1
    ) as stored
    where (stored.phone, stored.email) is distinct from (point.phone, point.email)
    order by point.crm_id
  loop
    update public.contacts
    set phone = v_point.phone, email = v_point.email
    where workspace_id = p_workspace_id
      and crm_id = v_point.crm_id
      and crm_source = p_source
      and (phone, email) is distinct from (v_point.phone, v_point.email);
    if found then
      v_refreshed := v_refreshed || v_point.crm_id;
    end if;
  end loop;
  return v_refreshed;
end
$$;

create or replace function public.log_servicetitan_reads(
  p_state public.servicetitan_sync_state,
  p_run jsonb,
  p_customers jsonb,
  p_rejected jsonb,
  p_ids jsonb,
  p_touched text[],
  p_refreshed text[]
)
returns void
language plpgsql
security invoker
set search_path = ''
as $$
declare
  v_created bigint[] := public.to_servicetitan_ids(array(select jsonb_array_elements_text(nullif(p_ids -> 'created', 'null'))));
  v_updated bigint[] := public.to_servicetitan_ids(
    array(select jsonb_array_elements_text(nullif(p_ids -> 'updated', 'null'))) || p_refreshed
  );
  v_stale bigint[] := public.to_servicetitan_ids(array(select jsonb_array_elements_text(nullif(p_ids -> 'stale', 'null'))));
  v_set_aside bigint[] := public.to_servicetitan_ids(array(select item.crm_id from jsonb_to_recordset(p_rejected) as item (crm_id text)));
  v_unchanged bigint[] := public.to_servicetitan_ids(array(
    select jsonb_array_elements_text(nullif(p_ids -> 'unchanged', 'null'))
    union
    (
      select unnest(p_touched)
      except
      select item.crm_id from jsonb_to_recordset(p_customers) as item (crm_id text)
    )
    except
    select unnest(p_refreshed)
  ));
begin
  if num_nonnulls(v_created, v_updated, v_unchanged, v_stale, v_set_aside) = 0 then
    return;
  end if;
  insert into public.servicetitan_sync_reads
    (workspace_id, source, instance_id, page, part, feed, created, updated, unchanged, stale, set_aside)
  values (
    p_state.workspace_id,
    p_state.source,
    p_run ->> 'instance_id',
    (p_run ->> 'page')::integer,
    p_run ->> 'part',
    case when p_customers <> '[]' or p_rejected @> '[{"feed": "customers"}]' then 'customers' else 'contacts' end,
    v_created, v_updated, v_unchanged, v_stale, v_set_aside
  )
  on conflict (instance_id, page, part) do nothing;
end
$$;

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
    v_touched := public.write_servicetitan_contact_methods(v_workspace_id, v_source, p_batch -> 'contact_methods', v_reread, v_state.initial_feed is not null);
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

  -- R10: what passed leaves the quarantine, what was refused enters it.
  delete from public.servicetitan_sync_errors as error
  where error.workspace_id = v_workspace_id
    and error.source = v_source
    and error.crm_id = any (v_ids)
    and (error.feed = 'customers' or error.crm_id = any (v_reread));

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

create or replace function public.renormalize_servicetitan_phones(p_run jsonb, p_phones jsonb, p_commit jsonb)
returns jsonb
language plpgsql
security invoker
set search_path = ''
set enable_seqscan = off
as $$
declare
  v_phone record;
  v_state public.servicetitan_sync_state := public.hold_servicetitan_lease(
    p_run ->> 'workspace_id', p_run ->> 'instance_id', (p_run ->> 'fence')::bigint
  );
  v_updated integer;
begin
  if (p_run ->> 'page')::integer < v_state.page then
    raise exception using errcode = 'PT409', message = 'page_out_of_order';
  end if;

  for v_phone in
    select item.* from jsonb_to_recordset(p_phones) as item (id bigint, normalized text, country_code text)
  loop
    update public.servicetitan_contact_methods
    set normalized = v_phone.normalized, country_code = v_phone.country_code
    where workspace_id = v_state.workspace_id
      and source = v_state.source
      and id = v_phone.id
      and (normalized, country_code) is distinct from (v_phone.normalized, v_phone.country_code);
  end loop;

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
