-- What asking by id has brought (R18). `p_answered` were shown, and are written already: where such a customer did
-- not move within the hour before the pass, the list had missed it, and the pass is not whole. `p_gone` are not
-- there any more, says ServiceTitan: their contacts are marked, and leave the quarantine and the recheck list;
-- `active` stays. One whose mark the product refuses is told and leaves the pass not whole, because what is stored
-- is not what ServiceTitan says. `p_unread` could not be asked for. Answers the stage that follows; the pass ends
-- behind the last. Repeating the call changes nothing. `p_path`: see write_servicetitan_customers.
create or replace function public.settle_servicetitan_pass(
  p_workspace_id text,
  p_instance_id text,
  p_fence bigint,
  p_answered text[],
  p_gone text[],
  p_unread text[],
  p_path text default current_setting('search_path')
)
returns text
language plpgsql
security invoker
set search_path = ''
as $$
declare
  v_state public.servicetitan_sync_state := public.hold_servicetitan_lease(p_workspace_id, p_instance_id, p_fence);
  v_pass public.servicetitan_proofs;
  v_gone text[];
  v_unmarked text[];
  v_one text;
  v_missed bigint;
begin
  select * into v_pass
  from public.servicetitan_proofs
  where workspace_id = p_workspace_id
    and source = v_state.source
    and ended_at is null;
  if not found or v_pass.stage <> 'ask' then
    return coalesce(v_pass.stage, 'ended');
  end if;

  -- Only of those who are still to be asked is anything concluded: the call may come twice.
  p_answered := array(select unnest(v_pass.to_ask)::text intersect select unnest(p_answered));
  p_unread := array(select unnest(v_pass.to_ask)::text intersect select unnest(p_unread));
  v_gone := array(select unnest(v_pass.to_ask)::text intersect select unnest(p_gone));
  foreach v_one in array v_gone loop
    begin
      -- Each apart, so that a trigger of the product that refuses one row holds up no other.
      perform public.mark_servicetitan_missing(p_workspace_id, v_state.source, array[v_one], now(), p_path);
    exception
      when others then
        if public.is_servicetitan_outage(sqlstate, sqlerrm) then
          raise;
        end if;
    end;
  end loop;
  -- Raised or not, what is stored counts: a trigger may also keep the row as it was.
  v_unmarked := array(
    select contact.crm_id
    from public.contacts as contact
    where contact.workspace_id = p_workspace_id
      and contact.crm_source = v_state.source
      and contact.crm_id = any (v_gone)
      and contact.crm_missing_since is null
  );
  v_gone := array(select unnest(v_gone) except select unnest(v_unmarked) order by 1);
  delete from public.servicetitan_sync_errors
  where workspace_id = p_workspace_id
    and source = v_state.source
    and crm_id = any (v_gone);
  delete from public.servicetitan_rechecks
  where workspace_id = p_workspace_id
    and source = v_state.source
    and crm_id = any (v_gone);

  select count(*) into v_missed
  from public.contacts as contact
  where contact.workspace_id = p_workspace_id
    -- What was seen was not missed by the list.
    and contact.crm_id in (
      select unnest(p_answered)
      except
      select unnest(chunk.ids)::text
      from public.servicetitan_pass_chunks as chunk
      where chunk.workspace_id = p_workspace_id
        and chunk.pass = v_pass.pass
        and chunk.feed = 'customers'
    )
    and contact.crm_modified_on < public.format_servicetitan_instant(v_pass.began_at - interval '1 hour');
  perform public.blame_servicetitan_pass(p_workspace_id, v_pass.pass, (
    select coalesce(jsonb_agg(jsonb_build_object('code', reason.code, 'count', reason.count + coalesce((
      select (before.value ->> 'count')::bigint
      from jsonb_array_elements(v_pass.why_not) as before
      where before.value ->> 'code' = reason.code
    ), 0))), '[]')
    from (
      values ('list_missed', v_missed), ('not_asked', cardinality(p_unread)), ('not_marked', cardinality(v_unmarked))
    ) as reason (code, count)
    where reason.count > 0
  ));

  update public.servicetitan_proofs
  set
    to_ask = array(
      select asked.id
      from unnest(to_ask) as asked (id)
      where not asked.id::text = any (p_answered || p_gone || p_unread)
      order by asked.id
    ),
    gone = coalesce(gone, 0) + cardinality(v_gone),
    ids = ids || jsonb_build_object('gone', (
      select coalesce(jsonb_agg(marked.id), '[]')
      from (
        select each.id
        from (
          select jsonb_array_elements_text(coalesce(ids -> 'gone', '[]')) as id
          union all
          select unnest(v_gone)
        ) as each
        limit 100
      ) as marked
    ))
  where workspace_id = p_workspace_id
    and pass = v_pass.pass
  returning * into v_pass;
  if v_pass.to_ask <> '{}' then
    return 'ask';
  end if;
  perform public.finish_servicetitan_pass(v_pass, '[]');
  return 'ended';
end
$$;

revoke all on function public.settle_servicetitan_pass(text, text, bigint, text[], text[], text[], text) from public, anon, authenticated;
grant execute on function public.settle_servicetitan_pass(text, text, bigint, text[], text[], text[], text) to service_role;
