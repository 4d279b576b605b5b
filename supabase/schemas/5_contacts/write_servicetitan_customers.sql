-- Upserts customers into contacts. Answers {created, updated, unchanged, stale, ids, set_aside}: four counts,
-- under `ids` the customers behind each, and as `set_aside` [{crm_id, feed, reason}] those that contacts did not
-- take (R22, tell_servicetitan_outcomes).
--
-- A customer that the chunk repeats is folded to its newest version. An older modifiedOn never replaces a
-- newer one of the same source (R2), but where a recheck (`p_rechecked`) brings a version that is not older
-- than the one refused 15 minutes ago or more. A row of another tenant guards nothing (R3), one of another system
-- is not overwritten (R23). An identical row is not written (R11).
-- Phone and e-mail, and the fields that go with them, come from the customer's stored methods
-- (pick_servicetitan_contact_points). A row of this source keeps one that no method explains, and its customer
-- is rechecked (R16).
--
-- What the settled reader shows (`p_is_settled`) may be 15 minutes old, and a balance moves without its stamp. So
-- a row of its that differs at an equal stamp in the balance alone is not written: its customer is asked for by
-- id (R2).
--
-- A column, or a key of custom_fields, that a row lacks could not be read: the stored value stays (R20).
-- Where none is stored, or that of another source, it is null; `active` is then true and `name` empty.
--
-- `p_path` is the search path of the Data API. The one statement that writes contacts runs under it, because
-- the product's triggers, checks and defaults do so when the product writes (R23).
create or replace function public.write_servicetitan_customers(
  p_workspace_id text,
  p_source text,
  p_customers jsonb,
  p_instance_id text,
  p_rechecked text[],
  p_is_settled boolean default false,
  p_path text default current_setting('search_path')
)
returns jsonb
language plpgsql
security invoker
set search_path = ''
as $$
declare
  -- R23: what another run of this product left, of whatever tenant.
  v_ours constant text := '^(production|integration)/[0-9]+$';
  v_tried jsonb;
  v_outcomes jsonb;
  -- Columns that a row may lack, and keys of custom_fields.
  v_columns text[] := array[
    'name', 'active', 'merged_to_crm_id', 'address_street', 'address_unit', 'address_city', 'address_state', 'address_zip',
    'address_country', 'address_country_code', 'address_latitude', 'address_longitude'
  ];
  v_no_fields jsonb := '{
    "customer_type": null, "balance": null, "tax_exempt": null, "do_not_mail": null, "do_not_service": null,
    "national_account": null, "tag_type_ids": null, "created_on": null, "payment_term_id": null, "credit_limit": null,
    "credit_limit_balance": null, "servicetitan_fields": null, "external_data": null
  }';
  v_stale record;
  v_confirmed text[] := '{}';
begin
  if p_rechecked <> '{}' then
    v_confirmed := array(
      select recheck.crm_id
      from jsonb_to_recordset(p_customers) as item (crm_id text, crm_modified_on text)
      join public.servicetitan_rechecks as recheck
        on recheck.workspace_id = p_workspace_id and recheck.source = p_source and recheck.crm_id = item.crm_id
      join public.contacts as contact
        on contact.workspace_id = p_workspace_id and contact.crm_id = item.crm_id and contact.crm_modified_on > item.crm_modified_on
      where recheck.crm_id = any (p_rechecked)
        and recheck.refused_modified_on <= item.crm_modified_on
        and recheck.refused_at <= now() - interval '15 minutes'
    );
  end if;

  perform set_config('search_path', concat_ws(', ', 'pg_catalog', nullif(p_path, '')), true);
  with customer as (
    select distinct on (item.crm_id)
      item.*,
      case when not item.given ?& v_columns then item.given end as lacking
    from rows from (jsonb_to_recordset(p_customers) as (
      crm_id text, name text, active boolean, merged_to_crm_id text, crm_modified_on text, address_street text, address_unit text,
      address_city text, address_state text, address_zip text, address_country text, address_country_code text,
      address_latitude double precision, address_longitude double precision, custom_fields jsonb
    ), jsonb_array_elements(p_customers)) with ordinality as item (
      crm_id, name, active, merged_to_crm_id, crm_modified_on, address_street, address_unit, address_city, address_state, address_zip,
      address_country, address_country_code, address_latitude, address_longitude, custom_fields, given, position
    )
    order by item.crm_id, item.crm_modified_on collate "C" desc, item.position desc
  ),
  -- Only what differs goes on to the upsert: a row that "on conflict" leaves alone is locked all the same, and logged (R11).
  compared as materialized (
    select
      customer.crm_id,
      customer.crm_modified_on,
      resolved.*,
      -- R16: a phone or an e-mail that no method explains stays, or gives way to one that is known.
      stored.crm_source = p_source and (
        case
          when stored.phone is distinct from point.phone
          then public.keep_servicetitan_contact_point(p_workspace_id, p_source, customer.crm_id, stored.phone) is not null
          else false
        end
        or case
          when stored.email is distinct from point.email
          then public.keep_servicetitan_contact_point(p_workspace_id, p_source, customer.crm_id, stored.email) is not null
          else false
        end
      ) as is_unbacked,
      stored.crm_modified_on as stored_modified_on,
      stored.crm_id is not null as was_stored,
      stored.crm_missing_since is not null as was_missing,
      is_foreign.yes as is_foreign,
      stored.crm_id is null
        or not is_foreign.yes
        and (
          -- R2, R3
          (
            stored.crm_source is distinct from p_source
            or stored.crm_modified_on is null
            or stored.crm_modified_on <= customer.crm_modified_on
            or customer.crm_id = any (v_confirmed)
          )
          and (
            stored.crm_source, stored.name, stored.email, stored.phone, stored.address_street, stored.address_unit,
            stored.address_city, stored.address_state, stored.address_zip, stored.address_country, stored.address_country_code,
            stored.address_latitude, stored.address_longitude, stored.active, stored.merged_to_crm_id, stored.crm_modified_on,
            stored.metadata
          ) is distinct from (
            p_source, resolved.name, resolved.email, resolved.phone, resolved.address_street, resolved.address_unit,
            resolved.address_city, resolved.address_state, resolved.address_zip, resolved.address_country,
            resolved.address_country_code, resolved.address_latitude, resolved.address_longitude, resolved.active,
            resolved.merged_to_crm_id, customer.crm_modified_on,
            public.merge_servicetitan_fields(stored.metadata, resolved.custom_fields)
          )
        ) as differs,
      p_is_settled
        and stored.crm_modified_on = customer.crm_modified_on
        and (
          stored.crm_source, stored.name, stored.email, stored.phone, stored.address_street, stored.address_unit,
          stored.address_city, stored.address_state, stored.address_zip, stored.address_country, stored.address_country_code,
          stored.address_latitude, stored.address_longitude, stored.active, stored.merged_to_crm_id, stored.metadata
        ) is not distinct from (
          p_source, resolved.name, resolved.email, resolved.phone, resolved.address_street, resolved.address_unit,
          resolved.address_city, resolved.address_state, resolved.address_zip, resolved.address_country,
          resolved.address_country_code, resolved.address_latitude, resolved.address_longitude, resolved.active,
          resolved.merged_to_crm_id,
          public.merge_servicetitan_fields(stored.metadata, resolved.custom_fields - array['balance', 'credit_limit_balance'])
        ) as differs_in_balance
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
    -- R23: a row without a source is adopted.
    cross join lateral (
      select coalesce(stored.crm_source, '') not in ('', p_source) and stored.crm_source !~ v_ours as yes
    ) as is_foreign
    -- R20: what stays. Nothing of what another source has left, which is somebody else's (R3).
    left join lateral (
      select
        case when not customer.lacking ? 'name' then stored.name end as name,
        case when not customer.lacking ? 'active' then stored.active end as active,
        case when not customer.lacking ? 'merged_to_crm_id' then stored.merged_to_crm_id end as merged_to_crm_id,
        case when not customer.lacking ? 'address_street' then stored.address_street end as address_street,
        case when not customer.lacking ? 'address_unit' then stored.address_unit end as address_unit,
        case when not customer.lacking ? 'address_city' then stored.address_city end as address_city,
        case when not customer.lacking ? 'address_state' then stored.address_state end as address_state,
        case when not customer.lacking ? 'address_zip' then stored.address_zip end as address_zip,
        case when not customer.lacking ? 'address_country' then stored.address_country end as address_country,
        case when not customer.lacking ? 'address_country_code' then stored.address_country_code end as address_country_code,
        case when not customer.lacking ? 'address_latitude' then stored.address_latitude end as address_latitude,
        case when not customer.lacking ? 'address_longitude' then stored.address_longitude end as address_longitude
      where customer.lacking is not null
        and coalesce(stored.crm_source, p_source) = p_source
    ) as kept on true
    -- R16: what stays, with its own fields. What another source has left does not (R3).
    cross join lateral (
      select
        case
          when point.phone is null and stored.phone is not null and stored.crm_source = p_source
          then public.keep_servicetitan_contact_point(p_workspace_id, p_source, customer.crm_id, stored.phone)
        end as phone,
        case
          when point.email is null and stored.email is not null and stored.crm_source = p_source
          then public.keep_servicetitan_contact_point(p_workspace_id, p_source, customer.crm_id, stored.email)
        end as email
    ) as unbacked
    cross join lateral (
      select
        coalesce(customer.name, kept.name, '') as name,
        coalesce(customer.active, kept.active, true) as active,
        coalesce(customer.merged_to_crm_id, kept.merged_to_crm_id) as merged_to_crm_id,
        coalesce(customer.address_street, kept.address_street) as address_street,
        coalesce(customer.address_unit, kept.address_unit) as address_unit,
        coalesce(customer.address_city, kept.address_city) as address_city,
        coalesce(customer.address_state, kept.address_state) as address_state,
        coalesce(customer.address_zip, kept.address_zip) as address_zip,
        coalesce(customer.address_country, kept.address_country) as address_country,
        coalesce(customer.address_country_code, kept.address_country_code) as address_country_code,
        coalesce(customer.address_latitude, kept.address_latitude) as address_latitude,
        coalesce(customer.address_longitude, kept.address_longitude) as address_longitude,
        case when stored.crm_id is null or stored.crm_source <> p_source then v_no_fields else '{}' end
          || coalesce(customer.custom_fields, '{}')
          || case when unbacked.phone is null then point.phone_fields else '{}' end
          || case when unbacked.email is null then point.email_fields else '{}' end as custom_fields,
        coalesce(point.phone, unbacked.phone) as phone,
        coalesce(point.email, unbacked.email) as email
    ) as resolved
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
      and not compared.differs_in_balance
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
    where (coalesce(stored.crm_source, '') in ('', excluded.crm_source) or stored.crm_source ~ v_ours) and (
      stored.crm_source, stored.name, stored.email, stored.phone, stored.address_street, stored.address_unit, stored.address_city,
      stored.address_state, stored.address_zip, stored.address_country, stored.address_country_code, stored.address_latitude,
      stored.address_longitude, stored.active, stored.merged_to_crm_id, stored.crm_modified_on, stored.metadata
    ) is distinct from (
      excluded.crm_source, excluded.name, excluded.email, excluded.phone, excluded.address_street, excluded.address_unit,
      excluded.address_city, excluded.address_state, excluded.address_zip, excluded.address_country, excluded.address_country_code,
      excluded.address_latitude, excluded.address_longitude, excluded.active, excluded.merged_to_crm_id, excluded.crm_modified_on,
      public.merge_servicetitan_fields(stored.metadata, excluded.metadata -> 'custom_fields')
    )
    returning stored.crm_id
  )
  select jsonb_agg(jsonb_build_object(
    'crm_id', compared.crm_id,
    'crm_modified_on', compared.crm_modified_on,
    'is_unbacked', compared.is_unbacked,
    'is_of_balance', compared.differs and compared.differs_in_balance,
    'was_missing', compared.was_missing,
    'outcome', case
      when compared.is_foreign then 'foreign'
      when written.crm_id is not null and compared.was_stored then 'updated'
      when written.crm_id is not null then 'created'
      when compared.differs and compared.differs_in_balance is not true then 'passed_over'
      when compared.stored_modified_on > compared.crm_modified_on then 'stale'
      else 'unchanged'
    end
  ))
  into v_tried
  from compared
  left join written using (crm_id);
  perform set_config('search_path', '', true);

  v_outcomes := public.tell_servicetitan_outcomes(p_workspace_id, p_source, v_tried, v_confirmed);

  for v_stale in
    select item.crm_id, item.crm_modified_on, contact.crm_modified_on > public.format_servicetitan_instant(now()) as is_in_future
    from jsonb_array_elements_text(nullif(v_outcomes -> 'ids' -> 'stale', 'null')) as stale (crm_id)
    join (
      select item.crm_id, max(item.crm_modified_on collate "C") as crm_modified_on
      from jsonb_to_recordset(p_customers) as item (crm_id text, crm_modified_on text)
      group by item.crm_id
    ) as item using (crm_id)
    join public.contacts as contact on contact.workspace_id = p_workspace_id and contact.crm_id = stale.crm_id
  loop
    perform public.note_servicetitan_refusal(
      p_workspace_id, p_source, v_stale.crm_id, v_stale.crm_modified_on, p_instance_id, v_stale.is_in_future
    );
  end loop;
  if p_rechecked <> '{}' then
    -- A version that is not older than the stored one ends the matter too.
    update public.servicetitan_rechecks
    set ask_again = ask_again or crm_id = any (v_confirmed), refused_modified_on = null, refused_at = null
    where workspace_id = p_workspace_id
      and source = p_source
      and refused_modified_on is not null
      and crm_id in (select item.crm_id from jsonb_to_recordset(p_customers) as item (crm_id text))
      and not coalesce(v_outcomes -> 'ids' -> 'stale' ? crm_id, false);
  end if;
  perform public.add_servicetitan_rechecks(
    p_workspace_id, p_source, array(select jsonb_array_elements_text(nullif(v_outcomes -> 'ids' -> 'unbacked', 'null'))), 'unbacked', now()
  );
  perform public.add_servicetitan_rechecks(
    p_workspace_id, p_source, array(select jsonb_array_elements_text(nullif(v_outcomes -> 'ids' -> 'balance', 'null'))), 'balance', now()
  );
  return v_outcomes;
end
$$;

revoke all on function public.write_servicetitan_customers(text, text, jsonb, text, text[], boolean, text) from public, anon, authenticated;
grant execute on function public.write_servicetitan_customers(text, text, jsonb, text, text[], boolean, text) to service_role;
