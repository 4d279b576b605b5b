-- The second half of a chunk whose customers live in another country than their phones were graded for (R25).
-- `p_run` and `p_commit` are `run` and `commit` of the batch; `p_phones`: [{id, crm_id, usability, normalized,
-- extension, home_country, country_code}]. Answers {updated, set_aside}: how many contacts' phone changed, and
-- [{crm_id, feed, reason}], those whose row the product did not let change (R22). A repeated call leaves rows
-- alone that are already right (R11). `p_path`: see write_servicetitan_customers.
create or replace function public.renormalize_servicetitan_phones(
  p_run jsonb,
  p_phones jsonb,
  p_commit jsonb,
  p_path text default current_setting('search_path')
)
returns jsonb
language plpgsql
security invoker
set search_path = ''
set enable_seqscan = off
set jit = off
as $$
declare
  v_phone record;
  v_state public.servicetitan_sync_state := public.hold_servicetitan_lease(
    p_run ->> 'workspace_id', p_run ->> 'instance_id', (p_run ->> 'fence')::bigint
  );
  v_part text := p_run ->> 'part';
  v_written jsonb;
  v_updated integer;
begin
  if (p_run ->> 'page')::integer < v_state.page then
    raise exception using errcode = 'PT409', message = 'page_out_of_order';
  elsif v_part is not null
    and ((p_run ->> 'page')::integer > v_state.page or not public.is_servicetitan_part_counted(v_state.parts, v_part))
  then
    raise exception using
      errcode = 'PT409',
      message = 'went_back',
      detail = 'The part whose phones these are is not there any more.';
  end if;

  for v_phone in
    select item.*
    from jsonb_to_recordset(p_phones) as item (
      id bigint, crm_id text, usability text, normalized text, extension text, home_country text, country_code text
    )
  loop
    update public.servicetitan_contact_methods
    set
      usability = v_phone.usability,
      normalized = v_phone.normalized,
      normalized_before = case when normalized is distinct from v_phone.normalized then coalesce(normalized, normalized_before) else normalized_before end,
      extension = v_phone.extension,
      home_country = v_phone.home_country,
      country_code = v_phone.country_code
    where workspace_id = v_state.workspace_id
      and source = v_state.source
      and crm_id = v_phone.crm_id
      and id = v_phone.id
      and (usability, normalized, extension, home_country, country_code) is distinct from (
        v_phone.usability, v_phone.normalized, v_phone.extension, v_phone.home_country, v_phone.country_code
      );
  end loop;

  v_written := public.refresh_servicetitan_contact_points(
    v_state.workspace_id,
    v_state.source,
    (select array_agg(distinct item.crm_id) from jsonb_to_recordset(p_phones) as item (crm_id text)),
    p_path
  );
  v_updated := jsonb_array_length(v_written -> 'refreshed');
  if v_written -> 'set_aside' <> '[]' then
    perform public.set_servicetitan_records_aside(
      v_state.workspace_id, v_state.source, v_state.run_instance_id, v_written -> 'set_aside'
    );
  end if;

  perform public.enter_servicetitan_reads(
    v_state,
    p_run ->> 'instance_id',
    (p_run ->> 'page')::integer,
    -- Of one part, and of none, there may be several such calls.
    concat(v_part, '~', p_phones #>> '{0,crm_id}'),
    'contacts',
    null,
    public.to_servicetitan_ids(array(select jsonb_array_elements_text(v_written -> 'refreshed'))),
    p_set_aside => public.to_servicetitan_ids(
      array(select item.crm_id from jsonb_to_recordset(v_written -> 'set_aside') as item (crm_id text))
    )
  );

  -- In the customer export the contact was created or changed by the batch itself, and is in the total by that.
  if v_state.initial_feed is distinct from 'customers' then
    update public.servicetitan_sync_state
    set total_customers_synced = total_customers_synced + v_updated
    where workspace_id = v_state.workspace_id;
  end if;

  update public.servicetitan_sync_state
  set parts = array(
    select held.part
    from unnest(parts) as held (part)
    where held.part <> v_part || '~'
      and held.part <> all (array(
        select v_part || '~' || item.crm_id from jsonb_to_recordset(p_phones) as item (crm_id text)
      ))
  )
  where workspace_id = v_state.workspace_id
    and v_part is not null
  returning parts into v_state.parts;

  -- As in sync_servicetitan_contacts, now that the phones are there.
  if p_run ? 'before' and v_part is not null and jsonb_typeof(p_commit) = 'object' then
    perform public.check_servicetitan_chunks(v_state.parts, substring(v_part from '^\d{1,6}')::integer + 1);
  end if;

  if jsonb_typeof(p_commit) = 'object' then
    perform public.commit_servicetitan_page(v_state.workspace_id, p_run ->> 'instance_id', v_state.fence, p_commit);
  end if;
  return jsonb_build_object('updated', v_updated, 'set_aside', v_written -> 'set_aside');
end
$$;

revoke all on function public.renormalize_servicetitan_phones(jsonb, jsonb, jsonb, text) from public, anon, authenticated;
grant execute on function public.renormalize_servicetitan_phones(jsonb, jsonb, jsonb, text) to service_role;
