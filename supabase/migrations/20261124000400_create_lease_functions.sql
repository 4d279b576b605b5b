-- The lease of a workspace (R8): held by one run, extended by its every call, taken over when it runs out. A run that lost
-- it is told so with SQLSTATE PT409, message 'superseded'.

-- The heartbeat and the fence in one: locks the state row and extends the lease by ten minutes and the announced wait.
-- p_fence null: the run has not begun yet, its instance id alone is checked.
create function public.hold_servicetitan_lease(
  p_workspace_id text,
  p_instance_id text,
  p_fence bigint,
  p_wait_seconds integer default 0
)
returns public.servicetitan_sync_state
language plpgsql
security invoker
set search_path = ''
as $$
declare
  v_state public.servicetitan_sync_state;
begin
  update public.servicetitan_sync_state as stored
  set
    alive_until = greatest(stored.alive_until, now() + make_interval(mins => 10, secs => p_wait_seconds)),
    nudged_at = null
  where stored.workspace_id = p_workspace_id
    and stored.run_instance_id = p_instance_id
    and (p_fence is null or stored.fence = p_fence)
  returning * into v_state;

  if not found then
    raise exception using
      errcode = 'PT409',
      message = 'superseded',
      detail = 'Another run of this workspace has started since, or this one has ended.';
  end if;
  return v_state;
end
$$;
revoke all on function public.hold_servicetitan_lease(text, text, bigint, integer) from public, anon, authenticated;
grant execute on function public.hold_servicetitan_lease(text, text, bigint, integer) to service_role;

-- Claims the lease for each of p_claims [{workspace_id, instance_id, tenant_id?, mode?}] and answers, in the same order,
-- [{workspace_id, instance_id, outcome}]:
--   claimed          the instance may be created
--   claimed_before   the same, by an earlier call of the same id that may have died before it created the instance
--   already_started  the instance id is in the ledger (a repeated tick, R14)
--   running          another instance holds a live lease, and instance_id names it; null where it is just being claimed
--   stalled          the lease is past its time; instance_id names the run to wake. A later call takes it over
--   backing_off      ServiceTitan refused the credentials; only a manual start goes ahead
--   unknown_workspace, disabled, wrong_tenant
create function public.claim_servicetitan_runs(p_trigger text, p_claims jsonb)
returns jsonb
language plpgsql
security invoker
set search_path = ''
as $$
declare
  -- How long a nudged run may take to show life before it is taken over: less than the time between two ticks.
  c_grace constant interval := interval '5 minutes';
  v_free text[];
  v_result jsonb;
begin
  -- Asked for first: on a row that is being updated even "on conflict do nothing" waits for the end of that transaction.
  insert into public.servicetitan_sync_state (workspace_id)
  select connection.workspace_id
  from public.servicetitan_connections as connection
  join jsonb_to_recordset(p_claims) as claim (workspace_id text) using (workspace_id)
  where not exists (select from public.servicetitan_sync_state as state where state.workspace_id = connection.workspace_id)
  order by connection.workspace_id
  on conflict (workspace_id) do nothing;

  -- A row that somebody holds locked is a run that writes at this moment, or another claim: not waited for, since one
  -- workspace must not hold up the others.
  select array_agg(free.workspace_id) into v_free
  from (
    select state.workspace_id
    from public.servicetitan_sync_state as state
    where state.workspace_id in (select claim.workspace_id from jsonb_to_recordset(p_claims) as claim (workspace_id text))
    for update skip locked
  ) as free;

  with claim as (
    select item.*
    from rows from (jsonb_to_recordset(p_claims) as (workspace_id text, instance_id text, tenant_id text, mode text))
      with ordinality as item (workspace_id, instance_id, tenant_id, mode, position)
  ),
  decided as (
    select
      claim.*,
      state.run_instance_id,
      coalesce(state.alive_until > now(), false) as is_alive,
      case
        when connection.workspace_id is null then 'unknown_workspace'
        when row_number() over (partition by claim.workspace_id order by claim.position) > 1 then 'running'
        when claim.tenant_id <> connection.tenant_id then 'wrong_tenant'
        when not claim.workspace_id = any (coalesce(v_free, '{}')) then 'running'
        when not connection.enabled then 'disabled'
        when run.status = 'queued' and state.run_instance_id = claim.instance_id then 'claimed_before'
        when run.instance_id is not null then 'already_started'
        when state.run_instance_id is not null and state.alive_until > now() then 'running'
        when state.run_instance_id is not null and (state.nudged_at is null or state.nudged_at > now() - c_grace) then 'stalled'
        when p_trigger = 'cron' and state.next_attempt_at > now() then 'backing_off'
        else 'claimed'
      end as outcome
    from claim
    left join public.servicetitan_connections as connection using (workspace_id)
    left join public.servicetitan_sync_state as state using (workspace_id)
    left join public.servicetitan_sync_runs as run on run.instance_id = claim.instance_id
  ),
  superseded as (
    update public.servicetitan_sync_runs as run
    set status = 'superseded', finished_at = now(), error = 'It showed no life past its lease and was taken over.'
    from decided
    where decided.outcome = 'claimed'
      and run.instance_id = decided.run_instance_id
  ),
  ended as (
    update public.servicetitan_sync_runs as run
    set status = 'failed', finished_at = now(), error = 'It died, and its workspace was switched off.'
    from decided
    where decided.outcome = 'disabled'
      and not decided.is_alive
      and run.instance_id = decided.run_instance_id
  ),
  released as (
    update public.servicetitan_sync_state as state
    set
      sync_status = 'failed',
      last_error = 'The last run died, and the workspace is switched off: set servicetitan_connections.enabled to true to go on.',
      run_instance_id = null,
      alive_until = null,
      updated_at = now()
    from decided
    where decided.outcome = 'disabled'
      and not decided.is_alive
      and decided.run_instance_id is not null
      and state.workspace_id = decided.workspace_id
  ),
  nudged as (
    update public.servicetitan_sync_state as state
    set nudged_at = coalesce(state.nudged_at, now())
    from decided
    where decided.outcome = 'stalled'
      and state.workspace_id = decided.workspace_id
  ),
  leased as (
    update public.servicetitan_sync_state as state
    set
      fence = state.fence + 1,
      run_instance_id = decided.instance_id,
      -- Long enough to wait in the engine's queue behind a full house.
      alive_until = now() + interval '20 minutes',
      nudged_at = null,
      page = 0,
      parts = '{}',
      updated_at = now()
    from decided
    where decided.outcome = 'claimed'
      and state.workspace_id = decided.workspace_id
    returning state.workspace_id, state.fence
  ),
  entered as (
    insert into public.servicetitan_sync_runs (instance_id, workspace_id, fence, trigger, requested_mode, took_over)
    select
      decided.instance_id,
      decided.workspace_id,
      leased.fence,
      p_trigger,
      -- A wish that died before its run began is not forgotten.
      coalesce(decided.mode, dead.requested_mode),
      decided.run_instance_id
    from decided
    join leased using (workspace_id)
    left join public.servicetitan_sync_runs as dead on dead.instance_id = decided.run_instance_id and dead.status = 'queued'
    where decided.outcome = 'claimed'
  )
  select coalesce(jsonb_agg(jsonb_build_object(
    'workspace_id', decided.workspace_id,
    'instance_id', case when decided.outcome in ('running', 'stalled') then decided.run_instance_id else decided.instance_id end,
    'outcome', decided.outcome
  ) order by decided.position), '[]')
  into v_result
  from decided;

  return v_result;
end
$$;
revoke all on function public.claim_servicetitan_runs(text, jsonb) from public, anon, authenticated;
grant execute on function public.claim_servicetitan_runs(text, jsonb) to service_role;

-- What a fetch step needs, read under the lease: {tenant_id, environment, client_id, client_secret_sealed, app_key_sealed}.
-- A connection moved to another tenant in mid-run supersedes the run: its state belongs to the old one (R3). One that was
-- switched off or removed is refused with PT410 'not_connected'.
create function public.read_servicetitan_credentials(p_workspace_id text, p_instance_id text)
returns jsonb
language plpgsql
security invoker
set search_path = ''
as $$
declare
  v_connection public.servicetitan_connections;
  v_source text;
begin
  perform public.hold_servicetitan_lease(p_workspace_id, p_instance_id, null);

  select * into v_connection from public.servicetitan_connections where workspace_id = p_workspace_id and enabled;
  if not found then
    raise exception using errcode = 'PT410', message = 'not_connected';
  end if;
  select run.source into v_source from public.servicetitan_sync_runs as run where run.instance_id = p_instance_id;
  if v_source <> v_connection.environment || '/' || v_connection.tenant_id then
    raise exception using
      errcode = 'PT409',
      message = 'superseded',
      detail = 'The workspace was connected to another tenant while this run was under way.';
  end if;

  return jsonb_build_object(
    'tenant_id', v_connection.tenant_id,
    'environment', v_connection.environment,
    'client_id', v_connection.client_id,
    'client_secret_sealed', v_connection.client_secret_sealed,
    'app_key_sealed', v_connection.app_key_sealed
  );
end
$$;
revoke all on function public.read_servicetitan_credentials(text, text) from public, anon, authenticated;
grant execute on function public.read_servicetitan_credentials(text, text) to service_role;
