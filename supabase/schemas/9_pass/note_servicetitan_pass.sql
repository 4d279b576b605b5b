-- Notes what a chunk of the pass has shown, and how the rows stood before it was written (R18). It is called
-- behind the write, in its transaction: what the write changed is what was wrong. `p_batch` as
-- sync_servicetitan_contacts takes it, with `pass`: {pass, feed, page, listed?, unnamed?}. `p_before`: the
-- contacts as they stood before, by customer. `p_ids`: what write_servicetitan_customers answered, and
-- `p_changed` whose row was changed, by the customers or by their methods.
--
-- missing: there was no row of this source. stale: an older version. differing: the same version with other
-- content, and in which fields. What the live reader could still bring, being no older than the window of this
-- run, is neither. kept: as differing, but a trigger of the product keeps it so. Older versions that the guard
-- refused are asked for by id (R2's exception).
create or replace function public.note_servicetitan_pass(
  p_state public.servicetitan_sync_state,
  p_instance_id text,
  p_batch jsonb,
  p_before jsonb,
  p_ids jsonb,
  p_changed text[]
)
returns void
language plpgsql
security invoker
set search_path = ''
as $$
declare
  v_pass bigint := (p_batch -> 'pass' ->> 'pass')::bigint;
  v_feed text := p_batch -> 'pass' ->> 'feed';
  v_page integer := (p_batch -> 'pass' ->> 'page')::integer;
  v_is_contacts boolean := v_feed = 'contacts';
  v_customers jsonb := p_batch -> 'customers';
  v_methods jsonb := p_batch -> 'contact_methods';
  v_part text := p_batch -> 'run' ->> 'part';
  v_set_aside text[];
  v_kept text[] := array(select jsonb_array_elements_text(nullif(p_ids -> 'kept', 'null')));
  v_went_back text[] := array(select jsonb_array_elements_text(nullif(p_ids -> 'stale', 'null')));
  v_from text;
  v_found record;
  v_customer record;
begin
  perform from public.servicetitan_proofs
  where workspace_id = p_state.workspace_id
    and pass = v_pass
    and ended_at is null;
  -- It was dropped meanwhile.
  if not found then
    return;
  end if;

  select public.format_servicetitan_instant(run.window_from) into v_from
  from public.servicetitan_sync_runs as run
  where run.instance_id = p_instance_id;
  v_set_aside := array(select distinct item.crm_id from jsonb_to_recordset(p_batch -> 'rejected') as item (crm_id text));

  with shown as (
    select item.crm_id, max(item.modified_on collate "C") as modified_on
    from (
      select customer.crm_id, customer.crm_modified_on as modified_on
      from jsonb_to_recordset(v_customers) as customer (crm_id text, crm_modified_on text)
      union all
      select method.crm_id, method.modified_on
      from jsonb_to_recordset(v_methods) as method (crm_id text, modified_on text)
    ) as item
    group by item.crm_id
  ),
  compared as (
    select
      changed.crm_id,
      before.row as before,
      -- The whole window is the live reader's.
      shown.modified_on >= v_from as is_coming,
      to_jsonb(contact) as after
    from (select distinct unnest(p_changed) as crm_id) as changed
    join shown using (crm_id)
    cross join lateral (select nullif(p_before -> changed.crm_id, 'null') as row) as before
    cross join lateral (
      select stored.*
      from public.contacts as stored
      where stored.workspace_id = p_state.workspace_id
        and stored.crm_id = changed.crm_id
      limit 1
    ) as contact
  ),
  graded as (
    select
      compared.crm_id,
      case
        when compared.before is null or compared.before ->> 'crm_source' is distinct from p_state.source
        then case when not compared.is_coming then 'missing' end
        when compared.before ->> 'crm_modified_on' collate "C" < compared.after ->> 'crm_modified_on' collate "C"
        then case when not compared.is_coming then 'stale' end
        -- A phone that a newer contact brings is the live reader's too.
        when not (v_is_contacts and compared.is_coming) then 'differing'
      end as grade,
      public.list_servicetitan_differences(compared.before, compared.after) as fields
    from compared
  ),
  unmended as (
    select contact.crm_id, public.list_servicetitan_differences(
      to_jsonb(contact),
      to_jsonb(contact) || (item.record - 'custom_fields') || jsonb_build_object(
        'phone', point.phone,
        'email', point.email,
        'metadata', jsonb_build_object('custom_fields', item.record -> 'custom_fields')
      )
    ) as fields
    from public.contacts as contact
    join (
      select customer.value as record, customer.value ->> 'crm_id' as crm_id
      from jsonb_array_elements(v_customers) as customer
    ) as item on item.crm_id = contact.crm_id
    left join public.pick_servicetitan_contact_points(p_state.workspace_id, p_state.source, v_kept) as point on point.crm_id = contact.crm_id
    where contact.workspace_id = p_state.workspace_id
      and contact.crm_id = any (v_kept)
  )
  select
    array_agg(graded.crm_id) filter (where graded.grade = 'missing') as missing,
    array_agg(graded.crm_id) filter (where graded.grade = 'stale') as stale,
    jsonb_object_agg(graded.crm_id, graded.fields) filter (where graded.grade = 'differing' and graded.fields <> '[]') as differing,
    (select jsonb_object_agg(unmended.crm_id, unmended.fields) from unmended where unmended.fields <> '[]') as kept
  into v_found
  from graded;

  with noted as (
    insert into public.servicetitan_pass_chunks as chunk (
      workspace_id, pass, feed, page, part, ids, owners, missing, stale, differing, kept, went_back, set_aside, unnamed, unreadable
    )
    select
      p_state.workspace_id, v_pass, v_feed, v_page, v_part, shown.ids, shown.owners,
      coalesce(public.to_servicetitan_ids(v_found.missing), '{}'),
      coalesce(public.to_servicetitan_ids(v_found.stale), '{}'),
      coalesce(v_found.differing, '{}'),
      coalesce(v_found.kept, '{}'),
      coalesce(public.to_servicetitan_ids(v_went_back), '{}'),
      coalesce(public.to_servicetitan_ids(v_set_aside), '{}'),
      coalesce((p_batch -> 'pass' ->> 'unnamed')::integer, 0),
      coalesce(p_batch -> 'unreadable', '{}')
    from (
      select
        coalesce(array_agg(item.id), '{}') as ids,
        coalesce(array_agg(item.owner) filter (where v_is_contacts), '{}') as owners
      from (
        select method.id, method.crm_id::bigint as owner
        from jsonb_to_recordset(v_methods) as method (id bigint, crm_id text)
        where v_is_contacts
          and public.to_servicetitan_ids(array[method.crm_id]) is not null
        union all
        select id, null
        from unnest(public.to_servicetitan_ids(v_set_aside || array(
          select customer.crm_id from jsonb_to_recordset(v_customers) as customer (crm_id text)
        ))) as id
        where not v_is_contacts
      ) as item
    ) as shown
    on conflict (workspace_id, pass, feed, page, part) do update
    set
      ids = case when (chunk.ids, chunk.owners) = (excluded.ids, excluded.owners) then chunk.ids else chunk.ids || excluded.ids end,
      owners = case when (chunk.ids, chunk.owners) = (excluded.ids, excluded.owners) then chunk.owners else chunk.owners || excluded.owners end,
      missing = chunk.missing || excluded.missing,
      stale = chunk.stale || excluded.stale,
      differing = chunk.differing || excluded.differing,
      kept = chunk.kept || excluded.kept,
      went_back = chunk.went_back || excluded.went_back,
      set_aside = chunk.set_aside || excluded.set_aside,
      unnamed = greatest(chunk.unnamed, excluded.unnamed)
    returning (xmax = 0) as is_new
  )
  update public.servicetitan_proofs as proof
  set
    page = greatest(proof.page, v_page),
    chunks = proof.chunks + (select count(*) filter (where noted.is_new) from noted),
    listed = coalesce(proof.listed, (p_batch -> 'pass' ->> 'listed')::bigint)
  where proof.workspace_id = p_state.workspace_id
    and proof.pass = v_pass;

  for v_customer in
    select customer.crm_id, max(customer.crm_modified_on collate "C") as modified_on
    from jsonb_to_recordset(v_customers) as customer (crm_id text, crm_modified_on text)
    where customer.crm_id = any (v_went_back)
    group by customer.crm_id
    union all
    select distinct method.crm_id, null
    from jsonb_to_recordset(v_methods) as method (id bigint, crm_id text, modified_on text)
    cross join lateral (
      select
      from public.servicetitan_contact_methods as stored
      where stored.workspace_id = p_state.workspace_id
        and stored.source = p_state.source
        and stored.crm_id = method.crm_id
        and stored.id = method.id
        and stored.modified_on > method.modified_on
      limit 1
    ) as newer
  loop
    perform public.note_servicetitan_refusal(
      p_state.workspace_id, p_state.source, v_customer.crm_id, v_customer.modified_on, p_instance_id, true
    );
  end loop;
end
$$;

revoke all on function public.note_servicetitan_pass(public.servicetitan_sync_state, text, jsonb, jsonb, jsonb, text[]) from public, anon, authenticated;
grant execute on function public.note_servicetitan_pass(public.servicetitan_sync_state, text, jsonb, jsonb, jsonb, text[]) to service_role;
