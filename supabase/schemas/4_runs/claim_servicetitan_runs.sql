-- Claims the lease for each of `p_claims` [{workspace_id, instance_id, tenant_id?}] before the
-- Workflow instances are created (R8, R14). Answers [{workspace_id, instance_id, outcome}] in the same order:
--   claimed            the instance may be created
--   claimed_before     the same, by an earlier call that may have died before it created the instance
--   already_started    the instance id is in the ledger: a repeated tick
--   running            another instance holds a live lease and instance_id names it, or somebody has the row
--                      locked, or this call names the workspace twice
--   stalled            the lease ran out. instance_id names the run to wake; a later call takes it over
--   backing_off        ServiceTitan refused the credentials, so only a manual start goes ahead
--   unknown_workspace  nobody connected it
--   disabled           it is paused; a run of it that died is ended here
--   wrong_tenant       it is connected to another tenant than the claim names
create or replace function public.claim_servicetitan_runs(p_trigger text, p_claims jsonb)
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
    from rows from (jsonb_to_recordset(p_claims) as (workspace_id text, instance_id text, tenant_id text))
      with ordinality as item (workspace_id, instance_id, tenant_id, position)
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
    insert into public.servicetitan_sync_runs (instance_id, workspace_id, fence, trigger, took_over)
    select
      decided.instance_id,
      decided.workspace_id,
      leased.fence,
      p_trigger,
      decided.run_instance_id
    from decided
    join leased using (workspace_id)
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
