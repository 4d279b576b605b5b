-- Writing contacts and the phones and e-mails behind them, as sets.

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
-- know the customer's country, so a number it repeats keeps how it was normalised before. A row of the feed that moved to
-- another customer is listed there; with p_relist, which is a full sync, every row of the feed is.
create function public.write_servicetitan_contact_methods(
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
      item.modified_on
    from item
    left join public.servicetitan_contact_methods as stored
      on stored.workspace_id = p_workspace_id
      and stored.source = p_source
      and stored.id = item.id
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
  select p_workspace_id, p_source, resolved.*
  from resolved
  where not exists (
    select
    from public.servicetitan_contact_methods as same
    where same.workspace_id = p_workspace_id
      and same.source = p_source
      and same.id = resolved.id
      and (
        same.crm_id, same.type, same.value, same.normalized, same.country_code, same.memo, same.do_not_text, same.active,
        same.listed, same.modified_on
      ) is not distinct from (
        resolved.crm_id, resolved.type, resolved.value, resolved.normalized, resolved.country_code, resolved.memo,
        resolved.do_not_text, resolved.active, resolved.listed, resolved.modified_on
      )
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
revoke all on function public.write_servicetitan_contact_methods(text, text, jsonb, text[], boolean) from public, anon, authenticated;
grant execute on function public.write_servicetitan_contact_methods(text, text, jsonb, text[], boolean) to service_role;

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
