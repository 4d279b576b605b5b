-- Hands the lease to the run's successor and stores the checkpoint, in one transaction (R6). There is none
-- for an initial sync and for the contacts feed, because their tokens are stored page by page. `p_export_seen`:
-- the tokens with which the runs of the chain began to read the export that is under way (R19); `p_export_again`:
-- how one of them began it again (R12). Repeating the call changes nothing. `p_place`: the last page, which the database has to hold (check_servicetitan_place).
create or replace function public.continue_servicetitan_run(
  p_workspace_id text,
  p_instance_id text,
  p_fence bigint,
  p_successor_id text,
  p_checkpoint jsonb,
  p_pages integer,
  p_calls integer,
  p_steps integer default null,
  p_doubts jsonb default '[]',
  p_export_seen text[] default '{}',
  p_export_again text default null,
  p_place jsonb default null
)
returns void
language plpgsql
security invoker
set search_path = ''
as $$
declare
  v_fence bigint;
begin
  if exists (select from public.servicetitan_sync_runs where instance_id = p_instance_id and status = 'continued') then
    return;
  end if;
  perform public.check_servicetitan_place(public.hold_servicetitan_lease(p_workspace_id, p_instance_id, p_fence), p_place);
  v_fence := public.next_servicetitan_fence(p_workspace_id);

  update public.servicetitan_sync_runs
  set
    status = 'continued',
    finished_at = now(),
    window_started_at = coalesce((p_checkpoint ->> 'started_at')::timestamptz, window_started_at),
    pages = p_pages,
    service_titan_calls = service_titan_calls + p_calls, steps = coalesce(p_steps, steps),
    doubts = public.chain_servicetitan_doubts(p_instance_id, p_doubts)
  where instance_id = p_instance_id;

  insert into public.servicetitan_sync_runs (instance_id, workspace_id, fence, trigger, predecessor)
  values (p_successor_id, p_workspace_id, v_fence, 'successor', p_instance_id);

  update public.servicetitan_sync_state
  set
    fence = v_fence,
    run_instance_id = p_successor_id,
    alive_until = now() + interval '20 minutes',
    checkpoint = p_checkpoint,
    export_seen = coalesce(p_export_seen, '{}'),
    export_again = p_export_again,
    page = -1,
    parts = '{}',
    updated_at = now()
  where workspace_id = p_workspace_id;
end
$$;

revoke all on function public.continue_servicetitan_run(text, text, bigint, text, jsonb, integer, integer, integer, jsonb, text[], text, jsonb) from public, anon, authenticated;
grant execute on function public.continue_servicetitan_run(text, text, bigint, text, jsonb, integer, integer, integer, jsonb, text[], text, jsonb) to service_role;
