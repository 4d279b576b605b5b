-- What is known of one customer, to answer "why is this contact not right?": the contact, the methods that
-- its phone and e-mail are chosen from, what they make of it (`chosen`, by name of the column or of the key in
-- metadata.custom_fields), the last chunk of each feed that held it, and its quarantine. One
-- call that writes nothing.
create or replace function public.read_servicetitan_customer(p_workspace_id text, p_crm_id text)
returns jsonb
language sql
stable
security invoker
set search_path = ''
as $$
  with state as (
    select state.source
    from public.servicetitan_sync_state as state
    where state.workspace_id = p_workspace_id
  ),
  asked as (
    select (public.to_servicetitan_ids(array[p_crm_id]))[1] as id
  )
  select jsonb_build_object(
    'customer', (
      select jsonb_build_object(
        'contact', jsonb_build_object(
          'crm_source', contact.crm_source,
          'crm_modified_on', contact.crm_modified_on,
          'name', contact.name,
          'phone', contact.phone,
          'email', contact.email,
          'active', contact.active,
          'merged_to_crm_id', contact.merged_to_crm_id,
          'address_street', contact.address_street,
          'address_unit', contact.address_unit,
          'address_city', contact.address_city,
          'address_state', contact.address_state,
          'address_zip', contact.address_zip,
          'address_country', contact.address_country,
          'address_latitude', contact.address_latitude,
          'address_longitude', contact.address_longitude,
          'custom_fields', case when jsonb_typeof(contact.metadata -> 'custom_fields') = 'object' then contact.metadata -> 'custom_fields' else '{}' end
        ),
        'chosen', (
          select jsonb_build_object('phone', point.phone, 'email', point.email) || point.phone_fields || point.email_fields
          from public.pick_servicetitan_contact_points(p_workspace_id, contact.crm_source, array[p_crm_id]) as point
        ),
        'methods', (
          select coalesce(jsonb_agg(jsonb_build_object(
            'id', method.id::text,
            'type', method.type,
            'value', method.value,
            'active', method.active,
            'do_not_text', method.do_not_text,
            'marketing', method.marketing,
            'memo', method.memo
          ) order by method.id), '[]')
          from public.servicetitan_contact_methods as method
          where method.workspace_id = p_workspace_id
            and method.source = contact.crm_source
            and method.crm_id = p_crm_id
            and method.listed
        )
      )
      from public.contacts as contact
      where contact.workspace_id = p_workspace_id
        and contact.crm_id = p_crm_id
    ),
    'reads', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'read_at', last.read_at,
        'instance_id', last.instance_id,
        'feed', last.feed,
        'outcomes', array_remove(array[
          case when asked.id = any (last.created) then 'created' end,
          case when asked.id = any (last.updated) then 'updated' end,
          case when asked.id = any (last.unchanged) then 'unchanged' end,
          case when asked.id = any (last.stale) then 'stale' end,
          case when asked.id = any (last.set_aside) then 'set_aside' end
        ], null)
      ) order by last.read_at desc), '[]')
      from asked
      cross join state
      cross join unnest(array['customers', 'contacts']) as wanted (feed)
      cross join lateral (
        select chunk.*
        from public.servicetitan_sync_reads as chunk
        where chunk.workspace_id = p_workspace_id
          and chunk.source = state.source
          and chunk.feed = wanted.feed
          and (
            asked.id = any (chunk.created)
            or asked.id = any (chunk.updated)
            or asked.id = any (chunk.unchanged)
            or asked.id = any (chunk.stale)
            or asked.id = any (chunk.set_aside)
          )
        order by chunk.read_at desc
        limit 1
      ) as last
    ),
    'quarantine', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'crm_id', error.crm_id,
        'feed', error.feed,
        'reason', error.reason,
        'attempts', error.attempts,
        'first_seen_at', error.first_seen_at,
        'last_seen_at', error.last_seen_at
      ) order by error.last_seen_at desc), '[]')
      from public.servicetitan_sync_errors as error
      join state using (source)
      where error.workspace_id = p_workspace_id
        and error.crm_id = p_crm_id
    )
  )
$$;

revoke all on function public.read_servicetitan_customer(text, text) from public, anon, authenticated;
grant execute on function public.read_servicetitan_customer(text, text) to service_role;
