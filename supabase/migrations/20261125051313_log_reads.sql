-- The reads log: one row an applied chunk, with the customers it was about by what became of them, so that "when was this
-- customer last read, and what happened to it?" has an answer. A row a customer would cost a write for every unchanged one
-- in every overlap (R11); a row a chunk costs one insert where rows are written anyway, and nothing on a tick without changes.
-- From here on the ledger also notes the customers that a window is expected to have, and the contact methods read.

create table public.servicetitan_sync_reads (
  workspace_id text not null,
  source text not null,
  instance_id text not null,
  page integer not null,
  part text not null,
  feed text not null
    constraint feed_is_known check (feed in ('customers', 'contacts')),
  read_at timestamptz not null default now(),
  created bigint[],
  updated bigint[],
  unchanged bigint[],
  stale bigint[],
  set_aside bigint[],
  primary key (instance_id, page, part)
);
-- The newest first: a customer is looked for from the last chunk back.
create index servicetitan_sync_reads_workspace_id_read_at_idx on public.servicetitan_sync_reads (workspace_id, read_at);
create index servicetitan_sync_reads_read_at_idx on public.servicetitan_sync_reads (read_at);
alter table public.servicetitan_sync_reads enable row level security;
revoke all on public.servicetitan_sync_reads from public, anon, authenticated;
grant select, insert, update, delete on public.servicetitan_sync_reads to service_role;
comment on table public.servicetitan_sync_reads is 'The reads log: one row an applied chunk, with customer ids by what became of them. Pruned with the ledger.';
comment on column public.servicetitan_sync_reads.feed is 'customers: read as customers, contacts re-read with them in an incremental run; contacts: touched by the contacts export.';
comment on column public.servicetitan_sync_reads.set_aside is 'R10: went to the quarantine, as a whole or with their contacts.';

-- Customer ids as the log keeps them; null for none. One that is no int64 is nobody's.
create function public.to_servicetitan_ids(p_crm_ids text[])
returns bigint[]
language sql
immutable
security invoker
set search_path = ''
as $$
  select array_agg(distinct crm_id::bigint)
  from unnest(p_crm_ids) as crm_id
  where length(crm_id) < 19
    or crm_id collate "C" <= '9223372036854775807'
$$;
revoke all on function public.to_servicetitan_ids(text[]) from public, anon, authenticated;
grant execute on function public.to_servicetitan_ids(text[]) to service_role;

-- Writes the row of one chunk, in the chunk's own transaction. p_ids is what write_servicetitan_customers answered; p_touched
-- and p_refreshed are the customers whose contact methods were written, and those whose phone or e-mail that changed.
create function public.log_servicetitan_reads(
  p_state public.servicetitan_sync_state,
  p_run jsonb,
  p_customers jsonb,
  p_rejected jsonb,
  p_ids jsonb,
  p_touched text[],
  p_refreshed text[]
)
returns void
language sql
security invoker
set search_path = ''
as $$
  with chunk as (
    select
      public.to_servicetitan_ids(array(select jsonb_array_elements_text(nullif(p_ids -> 'created', 'null')))) as created,
      public.to_servicetitan_ids(array(select jsonb_array_elements_text(nullif(p_ids -> 'updated', 'null')) union select unnest(p_refreshed))) as updated,
      public.to_servicetitan_ids(array(
        select jsonb_array_elements_text(nullif(p_ids -> 'unchanged', 'null'))
        union
        (
          select unnest(p_touched)
          except
          select item.crm_id from jsonb_to_recordset(p_customers) as item (crm_id text)
        )
        except
        select unnest(p_refreshed)
      )) as unchanged,
      public.to_servicetitan_ids(array(select jsonb_array_elements_text(nullif(p_ids -> 'stale', 'null')))) as stale,
      public.to_servicetitan_ids(array(select item.crm_id from jsonb_to_recordset(p_rejected) as item (crm_id text))) as set_aside
  )
  insert into public.servicetitan_sync_reads
    (workspace_id, source, instance_id, page, part, feed, created, updated, unchanged, stale, set_aside)
  select
    p_state.workspace_id,
    p_state.source,
    p_run ->> 'instance_id',
    (p_run ->> 'page')::integer,
    p_run ->> 'part',
    case when p_customers <> '[]' or p_rejected @> '[{"feed": "customers"}]' then 'customers' else 'contacts' end,
    chunk.created, chunk.updated, chunk.unchanged, chunk.stale, chunk.set_aside
  from chunk
  where num_nonnulls(chunk.created, chunk.updated, chunk.unchanged, chunk.stale, chunk.set_aside) > 0
  on conflict (instance_id, page, part) do nothing
$$;
revoke all on function public.log_servicetitan_reads(public.servicetitan_sync_state, jsonb, jsonb, jsonb, jsonb, text[], text[]) from public, anon, authenticated;
grant execute on function public.log_servicetitan_reads(public.servicetitan_sync_state, jsonb, jsonb, jsonb, jsonb, text[], text[]) to service_role;

-- As before, and the answer names the customers behind the counts under `ids`.
create or replace function public.write_servicetitan_customers(p_workspace_id text, p_source text, p_customers jsonb)
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
  -- Only what differs goes on to the upsert: a row that "on conflict" leaves alone is locked all the same, and logged (R11).
  changed as (
    select customer.*, point.phone, point.email
    from customer
    left join public.pick_servicetitan_contact_points(
      p_workspace_id, p_source, (select array_agg(customer.crm_id) from customer)
    ) as point using (crm_id)
    left join public.contacts as stored
      on stored.workspace_id = p_workspace_id
      and stored.crm_id = customer.crm_id
    where stored.crm_id is null
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
      )
  ),
  written as (
    insert into public.contacts as stored (
      workspace_id, crm_id, crm_source, name, email, phone, address_street, address_unit, address_city, address_state, address_zip,
      address_country, address_country_code, address_latitude, address_longitude, active, merged_to_crm_id, crm_modified_on, metadata
    )
    select
      p_workspace_id, changed.crm_id, p_source, changed.name, changed.email, changed.phone, changed.address_street,
      changed.address_unit, changed.address_city, changed.address_state, changed.address_zip, changed.address_country,
      changed.address_country_code, changed.address_latitude, changed.address_longitude, changed.active,
      changed.merged_to_crm_id, changed.crm_modified_on, jsonb_build_object('custom_fields', changed.custom_fields)
    from changed
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
    'unchanged', count(*) filter (where written.crm_id is null and before.crm_modified_on <= customer.crm_modified_on),
    'stale', count(*) filter (where written.crm_id is null and before.crm_modified_on > customer.crm_modified_on),
    'ids', jsonb_build_object(
      'created', jsonb_agg(customer.crm_id) filter (where written.was_created),
      'updated', jsonb_agg(customer.crm_id) filter (where not written.was_created),
      'unchanged', jsonb_agg(customer.crm_id) filter (where written.crm_id is null and before.crm_modified_on <= customer.crm_modified_on),
      'stale', jsonb_agg(customer.crm_id) filter (where written.crm_id is null and before.crm_modified_on > customer.crm_modified_on)
    )
  )
  from customer
  left join written using (crm_id)
  left join public.contacts as before
    on before.workspace_id = p_workspace_id
    and before.crm_id = customer.crm_id
$$;

-- As before, and answers which customers changed instead of how many.
drop function public.refresh_servicetitan_contact_points(text, text, text[]);
create function public.refresh_servicetitan_contact_points(p_workspace_id text, p_source text, p_crm_ids text[])
returns text[]
language sql
security invoker
set search_path = ''
as $$
  with refreshed as (
    update public.contacts as stored
    set phone = point.phone, email = point.email
    from unnest(p_crm_ids) as touched (crm_id)
    left join public.pick_servicetitan_contact_points(p_workspace_id, p_source, p_crm_ids) as point using (crm_id)
    where stored.workspace_id = p_workspace_id
      and stored.crm_id = touched.crm_id
      and stored.crm_source = p_source
      and (stored.phone, stored.email) is distinct from (point.phone, point.email)
    returning stored.crm_id
  )
  select coalesce(array_agg(refreshed.crm_id), '{}') from refreshed
$$;
revoke all on function public.refresh_servicetitan_contact_points(text, text, text[]) from public, anon, authenticated;
grant execute on function public.refresh_servicetitan_contact_points(text, text, text[]) to service_role;

-- As before, and the chunk is logged; p_batch.run may say how many customers the window is `expected` to have.
create or replace function public.sync_servicetitan_contacts(p_batch jsonb)
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
  v_refreshed_count := cardinality(v_refreshed);

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

-- As before.
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
    and stored.id = item.id;

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
