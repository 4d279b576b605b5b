-- Claims the lease of one workspace: one item of claim_servicetitan_runs, which says what the outcomes mean.
create or replace function public.claim_servicetitan_run(p_trigger text, p_claim jsonb, p_deployment text)
returns jsonb
language plpgsql
security invoker
set search_path = ''
as $$
declare
  -- How long a nudged run may take to show life before it is taken over: less than the time between two ticks.
  c_grace constant interval := interval '5 minutes';
  -- How long a Worker that completes runs keeps another one out: longer than the time between its runs. One whose
  -- runs fail keeps nobody out.
  c_kept constant interval := interval '1 hour';
  v_workspace_id constant text := p_claim ->> 'workspace_id';
  v_instance_id constant text := p_claim ->> 'instance_id';
  v_answer jsonb := jsonb_build_object('workspace_id', v_workspace_id, 'instance_id', v_instance_id);
  v_connection public.servicetitan_connections;
  v_state public.servicetitan_sync_state;
  v_run public.servicetitan_sync_runs;
  v_is_alive boolean;
  v_fence bigint;
begin
  select * into v_connection from public.servicetitan_connections where workspace_id = v_workspace_id;
  if not found then
    return v_answer || '{"outcome": "unknown_workspace"}';
  elsif p_claim ->> 'tenant_id' <> v_connection.tenant_id then
    return v_answer || '{"outcome": "wrong_tenant"}';
  end if;

  -- Asked for first: on a row that is being updated even "on conflict do nothing" waits for the end of that transaction.
  if not exists (select from public.servicetitan_sync_state where workspace_id = v_workspace_id) then
    insert into public.servicetitan_sync_state (workspace_id) values (v_workspace_id) on conflict (workspace_id) do nothing;
  end if;
  -- A row that somebody holds locked is a run that writes at this moment, or another claim: not waited for, since one
  -- workspace must not hold up the others.
  select * into v_state from public.servicetitan_sync_state where workspace_id = v_workspace_id for update skip locked;
  if not found then
    select * into v_state from public.servicetitan_sync_state where workspace_id = v_workspace_id;
    return v_answer || jsonb_build_object('instance_id', v_state.run_instance_id, 'outcome', 'running');
  end if;
  v_is_alive := v_state.run_instance_id is not null and public.is_servicetitan_lease_live(v_state.alive_until);
  select * into v_run from public.servicetitan_sync_runs where instance_id = v_instance_id;

  if not v_connection.enabled then
    if v_state.run_instance_id is not null and not v_is_alive then
      update public.servicetitan_sync_runs
      set status = 'failed', finished_at = now(), error = 'It died, and its workspace was switched off.'
      where instance_id = v_state.run_instance_id;
      update public.servicetitan_sync_state
      set
        sync_status = 'failed',
        last_error = 'The last run died, and the workspace is switched off: set servicetitan_connections.enabled to true to go on.',
        run_instance_id = null,
        alive_until = null,
        updated_at = now()
      where workspace_id = v_workspace_id;
    end if;
    return v_answer || '{"outcome": "disabled"}';
  elsif v_run.status = 'queued' and v_state.run_instance_id = v_instance_id then
    return v_answer || '{"outcome": "claimed_before"}';
  elsif v_run.instance_id is not null then
    return v_answer || '{"outcome": "already_started"}';
  -- Only the Worker whose engine holds the run can say how that is.
  elsif v_is_alive and v_state.deployment <> p_deployment then
    return v_answer || jsonb_build_object('outcome', 'elsewhere', 'deployment', v_state.deployment);
  elsif v_state.completed_by <> p_deployment
    and v_state.completed_by ~ '^[a-z0-9][a-z0-9-]{0,39}$'
    and v_state.last_completed_at between now() - c_kept and now() then
    return v_answer || jsonb_build_object('outcome', 'elsewhere', 'deployment', v_state.completed_by);
  elsif v_is_alive and public.is_servicetitan_run_waiting(v_state.run_instance_id) then
    -- Not nudged, for it may wait for its turn.
    return v_answer || jsonb_build_object('instance_id', v_state.run_instance_id, 'outcome', 'stalled');
  elsif v_is_alive then
    return v_answer || jsonb_build_object('instance_id', v_state.run_instance_id, 'outcome', 'running');
  elsif v_state.run_instance_id is not null and (v_state.nudged_at <= now() - c_grace) is not true then
    update public.servicetitan_sync_state
    set nudged_at = case when nudged_at <= now() then nudged_at else now() end
    where workspace_id = v_workspace_id;
    return v_answer || jsonb_build_object('instance_id', v_state.run_instance_id, 'outcome', 'stalled');
  elsif p_trigger = 'cron' and public.is_servicetitan_backing_off(v_state.next_attempt_at) then
    return v_answer || '{"outcome": "backing_off"}';
  end if;

  v_fence := public.next_servicetitan_fence(v_workspace_id);
  -- Besides the run that held the lease the ledger may show others under way that the state, put back, does not know.
  update public.servicetitan_sync_runs
  set
    status = 'superseded',
    finished_at = now(),
    error = case
      when instance_id = v_state.run_instance_id then 'It showed no life past its lease and was taken over.'
      else 'It had lost its lease when the next run started.'
    end
  where workspace_id = v_workspace_id
    and status in ('queued', 'running');

  update public.servicetitan_sync_state
  set
    fence = v_fence,
    run_instance_id = v_instance_id,
    -- Long enough to wait in the engine's queue behind a full house.
    alive_until = now() + interval '20 minutes',
    nudged_at = null,
    deployment = p_deployment,
    page = -1,
    parts = '{}',
    updated_at = now()
  where workspace_id = v_workspace_id;

  insert into public.servicetitan_sync_runs (instance_id, workspace_id, fence, trigger, took_over)
  values (v_instance_id, v_workspace_id, v_fence, p_trigger, v_state.run_instance_id);
  return v_answer || '{"outcome": "claimed"}';
end
$$;

revoke all on function public.claim_servicetitan_run(text, jsonb, text) from public, anon, authenticated;
grant execute on function public.claim_servicetitan_run(text, jsonb, text) to service_role;
