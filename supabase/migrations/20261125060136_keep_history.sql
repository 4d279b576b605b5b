-- The ledger keeps how many steps a run took, and is kept for a while: with the reads log and the alerts it is pruned.

-- As before, each with p_steps; a Worker that does not send it yet is served all the same.
drop function public.complete_servicetitan_run(text, text, bigint, jsonb, integer, integer);
create function public.complete_servicetitan_run(
  p_workspace_id text,
  p_instance_id text,
  p_fence bigint,
  p_commit jsonb,
  p_pages integer,
  p_calls integer,
  p_steps integer default null
)
returns void
language plpgsql
security invoker
set search_path = ''
as $$
begin
  if exists (select from public.servicetitan_sync_runs where instance_id = p_instance_id and status = 'completed') then
    return;
  end if;
  perform public.commit_servicetitan_page(p_workspace_id, p_instance_id, p_fence, p_commit);

  update public.servicetitan_sync_runs
  set status = 'completed', finished_at = now(), pages = p_pages, service_titan_calls = p_calls, steps = coalesce(p_steps, steps)
  where instance_id = p_instance_id;

  update public.servicetitan_sync_state
  set
    sync_status = 'completed',
    last_error = null,
    run_instance_id = null,
    alive_until = null,
    failures = 0,
    next_attempt_at = null,
    last_completed_at = now(),
    updated_at = now()
  where workspace_id = p_workspace_id;
end
$$;
revoke all on function public.complete_servicetitan_run(text, text, bigint, jsonb, integer, integer, integer) from public, anon, authenticated;
grant execute on function public.complete_servicetitan_run(text, text, bigint, jsonb, integer, integer, integer) to service_role;

drop function public.continue_servicetitan_run(text, text, bigint, text, jsonb, integer, integer);
create function public.continue_servicetitan_run(
  p_workspace_id text,
  p_instance_id text,
  p_fence bigint,
  p_successor_id text,
  p_checkpoint jsonb,
  p_pages integer,
  p_calls integer,
  p_steps integer default null
)
returns void
language plpgsql
security invoker
set search_path = ''
as $$
begin
  if exists (select from public.servicetitan_sync_runs where instance_id = p_instance_id and status = 'continued') then
    return;
  end if;
  perform public.hold_servicetitan_lease(p_workspace_id, p_instance_id, p_fence);

  update public.servicetitan_sync_runs
  set
    status = 'continued',
    finished_at = now(),
    window_started_at = coalesce((p_checkpoint ->> 'started_at')::timestamptz, window_started_at),
    pages = p_pages,
    service_titan_calls = p_calls, steps = coalesce(p_steps, steps)
  where instance_id = p_instance_id;

  insert into public.servicetitan_sync_runs (instance_id, workspace_id, fence, trigger, predecessor)
  values (p_successor_id, p_workspace_id, p_fence + 1, 'successor', p_instance_id);

  update public.servicetitan_sync_state
  set
    fence = p_fence + 1,
    run_instance_id = p_successor_id,
    alive_until = now() + interval '20 minutes',
    checkpoint = p_checkpoint,
    page = 0,
    parts = '{}',
    updated_at = now()
  where workspace_id = p_workspace_id;
end
$$;
revoke all on function public.continue_servicetitan_run(text, text, bigint, text, jsonb, integer, integer, integer) from public, anon, authenticated;
grant execute on function public.continue_servicetitan_run(text, text, bigint, text, jsonb, integer, integer, integer) to service_role;

drop function public.fail_servicetitan_run(text, text, text, text, integer, integer);
create function public.fail_servicetitan_run(
  p_workspace_id text,
  p_instance_id text,
  p_code text,
  p_error text,
  p_pages integer,
  p_calls integer,
  p_steps integer default null
)
returns void
language plpgsql
security invoker
set search_path = ''
as $$
declare
  -- These say nothing about ServiceTitan or the feeds: the run was not created, was told to stop, or its instance was ended
  -- by hand.
  v_did_not_try constant boolean := p_code in ('not_created', 'superseded', 'instance_gone');
  v_run public.servicetitan_sync_runs;
begin
  select * into v_run from public.servicetitan_sync_runs where instance_id = p_instance_id;
  if v_run.status = 'failed' then
    return;
  end if;
  perform public.hold_servicetitan_lease(p_workspace_id, p_instance_id, null);

  update public.servicetitan_sync_runs
  set status = 'failed', finished_at = now(), error_code = p_code, error = p_error, pages = p_pages, service_titan_calls = p_calls, steps = coalesce(p_steps, steps)
  where instance_id = p_instance_id;

  update public.servicetitan_sync_state
  set
    sync_status = 'failed',
    last_error = p_error,
    run_instance_id = null,
    alive_until = null,
    -- A full sync that fails gives way to the incremental ones: the rows it began with stay current without it.
    initial_feed = case when v_did_not_try or not initial_sync_completed then initial_feed end,
    last_continue_from = case when v_did_not_try or not initial_sync_completed then last_continue_from end,
    failures = case
      when v_did_not_try then failures
      when p_code = 'credentials_refused' then failures + 1
      else 0
    end,
    -- A minute short of the quarter, or the first wait would cost two ticks.
    next_attempt_at = case
      when v_did_not_try then next_attempt_at
      when p_code = 'credentials_refused' then now() + least(interval '14 minutes' * power(2, least(failures, 10)), interval '6 hours')
    end,
    updated_at = now()
  where workspace_id = p_workspace_id;

  -- A wish for a full sync outlives the run that was to fulfil it.
  if v_did_not_try and v_run.status = 'queued' and v_run.requested_mode = 'initial' then
    update public.servicetitan_sync_state
    set initial_feed = 'contacts', last_continue_from = null, initial_started_at = now()
    where workspace_id = p_workspace_id
      and initial_feed is null;
  end if;
end
$$;
revoke all on function public.fail_servicetitan_run(text, text, text, text, integer, integer, integer) from public, anon, authenticated;
grant execute on function public.fail_servicetitan_run(text, text, text, text, integer, integer, integer) to service_role;

grant delete on public.servicetitan_sync_runs to service_role;

-- Deletes what is older than p_days, at most p_limit rows of each table a call: runs, reads and alerts that are over. Stays for
-- at least 31 days, for R8 refuses an instance id that is in the ledger while the engine may still know it; a run that holds
-- its lease stays for good. A read that found nothing changed alone stays for 14 days. Answers how many rows went.
create function public.prune_servicetitan_history(p_days integer, p_limit integer)
returns integer
language sql
security invoker
set search_path = ''
as $$
  with horizon as (
    select now() - make_interval(days => greatest(p_days, 31)) as at, now() - interval '14 days' as unchanged_at
  ),
  runs as (
    delete from public.servicetitan_sync_runs as run
    where run.instance_id in (
      select old.instance_id
      from public.servicetitan_sync_runs as old
      where old.created_at < (select horizon.at from horizon)
        and not exists (
          select from public.servicetitan_sync_state as state where state.run_instance_id = old.instance_id
        )
      order by old.created_at
      limit p_limit
    )
    returning 1
  ),
  reads as (
    delete from public.servicetitan_sync_reads as chunk
    where (chunk.instance_id, chunk.page, chunk.part) in (
      select old.instance_id, old.page, old.part
      from public.servicetitan_sync_reads as old
      where old.read_at < (select horizon.at from horizon)
        or (
          old.read_at < (select horizon.unchanged_at from horizon)
          and num_nonnulls(old.created, old.updated, old.stale, old.set_aside) = 0
        )
      order by old.read_at
      limit p_limit
    )
    returning 1
  ),
  alerts as (
    delete from public.servicetitan_alerts as alert
    where alert.id in (
      select old.id
      from public.servicetitan_alerts as old
      where old.closed_at < (select horizon.at from horizon)
      limit p_limit
    )
    returning 1
  )
  select ((select count(*) from runs) + (select count(*) from reads) + (select count(*) from alerts))::integer
$$;
revoke all on function public.prune_servicetitan_history(integer, integer) from public, anon, authenticated;
grant execute on function public.prune_servicetitan_history(integer, integer) to service_role;
