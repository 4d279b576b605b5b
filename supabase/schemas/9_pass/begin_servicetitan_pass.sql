-- Where the pass of this workspace goes on, or begins (R18): {pass, stage, continue_from, page, began_at, asked,
-- wanted, to_ask, canary}; null while none is due. `asked`: somebody waits for it. `wanted`: and for another one
-- after it. `to_ask`: the next customers to be asked for by id, at most `c_asked_at_once`. `canary`: one that the pass has read, which has to be in each
-- answer. Repeating the call changes nothing.
--
-- A pass that began more than a week ago ends as it is: what it saw then says little of today. The week is told by
-- the database's clock, because with a clock of ServiceTitan's that is a week behind no pass would ever end.
create or replace function public.begin_servicetitan_pass(p_workspace_id text, p_instance_id text, p_fence bigint, p_days integer)
returns jsonb
language plpgsql
security invoker
set search_path = ''
as $$
declare
  c_asked_at_once constant integer := 980;
  v_state public.servicetitan_sync_state := public.hold_servicetitan_lease(p_workspace_id, p_instance_id, p_fence);
  v_why text;
  v_pass public.servicetitan_proofs;
  v_canary text;
begin
  select * into v_pass from public.servicetitan_proofs where workspace_id = p_workspace_id and ended_at is null;
  if v_pass.source <> v_state.source then
    perform public.drop_servicetitan_pass(p_workspace_id);
    v_pass := null;
  elsif v_pass.created_at < now() - interval '7 days' then
    perform public.finish_servicetitan_pass(v_pass, '[{"code": "took_too_long"}]');
    v_pass := null;
  end if;

  v_why := public.plan_servicetitan_pass(v_state, p_days);
  if v_why is null then
    return null;
  end if;
  if v_pass.pass is null then
    delete from public.servicetitan_pass_chunks where workspace_id = p_workspace_id;
    insert into public.servicetitan_proofs (workspace_id, pass, source, why, began_at)
    select p_workspace_id, p_fence, v_state.source, v_why, least(run.started_at, run.window_started_at, now())
    from public.servicetitan_sync_runs as run
    where run.instance_id = p_instance_id
    -- The pass that this very run has ended was the one.
    on conflict (workspace_id, pass) do nothing
    returning * into v_pass;
    if v_pass.pass is null then
      return null;
    end if;
    update public.servicetitan_sync_state set pass_wanted_at = null where workspace_id = p_workspace_id;
    v_state.pass_wanted_at := null;
  end if;

  if v_pass.stage = 'ask' then
    select seen.id::text into v_canary
    from (
      select unnest(chunk.ids) as id, chunk.set_aside
      from public.servicetitan_pass_chunks as chunk
      where chunk.workspace_id = p_workspace_id
        and chunk.pass = v_pass.pass
        and chunk.feed = 'customers'
        and chunk.ids <> '{}'
      order by chunk.page desc, chunk.part desc
      limit 1000
    ) as seen
    where not seen.id = any (seen.set_aside)
      and not seen.id = any (v_pass.to_ask)
    order by md5(seen.id || p_instance_id)
    limit 1;
  end if;
  return jsonb_build_object(
    'pass', v_pass.pass,
    'stage', v_pass.stage,
    'continue_from', v_pass.continue_from,
    'page', v_pass.page,
    'began_at', v_pass.began_at,
    'asked', v_pass.why = 'asked' or v_state.pass_wanted_at is not null,
    'wanted', v_state.pass_wanted_at is not null,
    'to_ask', to_jsonb(array(select asked.id::text from unnest(v_pass.to_ask[:c_asked_at_once]) as asked (id))),
    'canary', v_canary
  );
end
$$;

revoke all on function public.begin_servicetitan_pass(text, text, bigint, integer) from public, anon, authenticated;
grant execute on function public.begin_servicetitan_pass(text, text, bigint, integer) to service_role;
