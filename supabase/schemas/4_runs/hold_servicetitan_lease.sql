-- Heartbeat and fence in one (R8). Extends the lease to at least ten minutes from now, plus the announced
-- wait, and answers the state. Its update also locks the state row, so the fence still holds when the
-- caller's transaction commits. Every function that writes for a run calls this first.
--
-- With a fence, the ledger has to show the run as begun, and under the same source: else one of the two tables was
-- put back or changed, and the run is refused with PT409 'went_back' (R21).
--
-- `p_fence` null: only the instance is checked, because the run has not begun, reads its credentials, or
-- reports its failure. Raises PT409 'superseded' when the run does not hold the lease: another one does, or
-- this one has ended or was stopped.
create or replace function public.hold_servicetitan_lease(
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
  if p_fence is not null and not exists (
    select
    from public.servicetitan_sync_runs as run
    where run.instance_id = p_instance_id
      and run.workspace_id = p_workspace_id
      and run.fence = p_fence
      and run.status = 'running'
      and run.source = v_state.source
  ) then
    raise exception using
      errcode = 'PT409',
      message = 'went_back',
      detail = 'The ledger does not show this run as under way, or the state belongs to another source.';
  end if;
  return v_state;
end
$$;

revoke all on function public.hold_servicetitan_lease(text, text, bigint, integer) from public, anon, authenticated;
grant execute on function public.hold_servicetitan_lease(text, text, bigint, integer) to service_role;
