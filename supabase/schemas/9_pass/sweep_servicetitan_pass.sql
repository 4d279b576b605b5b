-- Both readings of the pass have ended: compares what they have shown with what is stored, as sets (R18). Answers
-- the stage that follows.
--
-- Candidates for gone are customers that are stored or set aside, older than the pass by an hour, and that it has
-- not seen. They are asked for by id. Of more than fifty and one in a hundred none is believed, unless the pass
-- before found the same ones. What was seen and is neither stored nor set aside was taken by somebody: of more
-- than fifty the pass begins again, once; else they are asked for by id, which brings them back.
--
-- Where chunks of the pass are missing nothing is concluded, and it begins again. Each table is read once and
-- whole, so nested loops are off: a plan without statistics took minutes for 200,000 rows.
create or replace function public.sweep_servicetitan_pass(p_workspace_id text, p_instance_id text, p_fence bigint)
returns text
language plpgsql
security invoker
set search_path = ''
set enable_nestloop = off
set work_mem = '64MB'
set jit = off
as $$
declare
  v_state public.servicetitan_sync_state := public.hold_servicetitan_lease(p_workspace_id, p_instance_id, p_fence);
  v_pass public.servicetitan_proofs;
  v_before text;
  v_now text := public.format_servicetitan_instant(now());
  v_stored bigint;
  v_most integer;
  v_taken bigint[];
  v_candidates bigint[];
  v_held bigint[] := '{}';
  v_held_before bigint[];
begin
  select * into v_pass
  from public.servicetitan_proofs
  where workspace_id = p_workspace_id
    and source = v_state.source
    and ended_at is null;
  if not found or v_pass.stage <> 'sweep' then
    return coalesce(v_pass.stage, 'ended');
  end if;
  v_before := public.format_servicetitan_instant(v_pass.began_at - interval '1 hour');

  if v_pass.chunks <> (
    select count(*) from public.servicetitan_pass_chunks where workspace_id = p_workspace_id and pass = v_pass.pass
  ) then
    if public.repeat_servicetitan_pass(v_pass, 'pass') then
      return 'contacts';
    end if;
    perform public.finish_servicetitan_pass(v_pass, '[{"code": "chunks_lost"}]');
    return 'ended';
  end if;

  select count(*) into v_stored from public.contacts where workspace_id = p_workspace_id and crm_source = v_state.source;
  v_most := greatest(50, ceil(v_stored / 100.0));

  with seen as materialized (
    select unnest(chunk.ids)::text as crm_id
    from public.servicetitan_pass_chunks as chunk
    where chunk.workspace_id = p_workspace_id
      and chunk.pass = v_pass.pass
      and chunk.feed = 'customers'
  ),
  known as materialized (
    select
      contact.crm_id,
      contact.crm_missing_since is null
        -- A stamp in the future says nothing of its age.
        and (contact.crm_modified_on is null or contact.crm_modified_on < v_before or contact.crm_modified_on > v_now) as is_candidate
    from public.contacts as contact
    where contact.workspace_id = p_workspace_id
      and contact.crm_source = v_state.source
      and contact.crm_id is not null
    union all
    select error.crm_id, not exists (
      select
      from public.contacts as contact
      where contact.workspace_id = p_workspace_id
        and contact.crm_source = v_state.source
        and contact.crm_id = error.crm_id
    )
    from public.servicetitan_sync_errors as error
    where error.workspace_id = p_workspace_id
      and error.source = v_state.source
  )
  select
    array(select distinct unnest(public.to_servicetitan_ids(array_agg(seen.crm_id))) from seen where not exists (
      select from known where known.crm_id = seen.crm_id
    )),
    array(select distinct unnest(public.to_servicetitan_ids(array_agg(known.crm_id))) from known where known.is_candidate and not exists (
      select from seen where seen.crm_id = known.crm_id
    ))
  into v_taken, v_candidates;

  if cardinality(v_taken) > 50 then
    if public.repeat_servicetitan_pass(v_pass, 'pass') then
      return 'contacts';
    end if;
    perform public.blame_servicetitan_pass(
      p_workspace_id, v_pass.pass, jsonb_build_array(jsonb_build_object('code', 'rows_taken', 'count', cardinality(v_taken)))
    );
  end if;
  if not public.sweep_servicetitan_methods(v_pass, v_most) then
    return 'contacts';
  end if;

  if cardinality(v_candidates) > v_most then
    select proof.held into v_held_before
    from public.servicetitan_proofs as proof
    where proof.workspace_id = p_workspace_id
      and proof.source = v_state.source
      and proof.ended_at is not null
    order by proof.pass desc
    limit 1;
    v_held := array(select unnest(v_candidates) except select unnest(v_held_before));
    v_candidates := array(select unnest(v_candidates) intersect select unnest(v_held_before));
    if v_held <> '{}' then
      perform public.blame_servicetitan_pass(
        p_workspace_id, v_pass.pass, jsonb_build_array(jsonb_build_object('code', 'gone_held', 'count', cardinality(v_held)))
      );
    end if;
  end if;

  update public.servicetitan_proofs
  set
    stage = 'ask',
    held = v_held,
    to_ask = array(select unnest(v_candidates) union select unnest(v_taken) order by 1)
  where workspace_id = p_workspace_id
    and pass = v_pass.pass
  returning * into v_pass;
  if v_pass.to_ask = '{}' then
    perform public.finish_servicetitan_pass(v_pass, '[]');
    return 'ended';
  end if;
  return 'ask';
end
$$;

revoke all on function public.sweep_servicetitan_pass(text, text, bigint) from public, anon, authenticated;
grant execute on function public.sweep_servicetitan_pass(text, text, bigint) to service_role;
