-- What is wrong now, as (workspace_id, kind, message), of every workspace that is connected and enabled: at
-- most one row for each workspace and kind. The message becomes the alert's text.
--
-- `p_after_ticks`: how many ticks something has to be wrong before it is one. `p_tick_seconds`: how far apart
-- ticks are. The hours are the business hours (R15). `p_pass_days`: how often everything is compared (R18).
create or replace function public.find_servicetitan_incidents(
  p_after_ticks integer,
  p_tick_seconds integer,
  p_start_hour integer,
  p_end_hour integer,
  p_pass_days integer
)
returns table (workspace_id text, kind text, message text)
language sql
stable
security invoker
set search_path = ''
as $$
  with workspace as materialized (
    select connection.workspace_id, connection.updated_at as connected_at, named.time_zone, state.*
    from public.servicetitan_connections as connection
    left join public.workspaces as named on named.id::text = connection.workspace_id
    cross join lateral (
      select state.source, state.failures, state.last_error, state.last_completed_at, state.run_instance_id, state.alive_until,
        state.initial_sync_completed, state.initial_started_at, state.settled_until
      from public.servicetitan_sync_state as state
      where state.workspace_id = connection.workspace_id
    ) as state
    where connection.enabled
  )
  select workspace.workspace_id, 'credentials_refused', 'ServiceTitan refuses the credentials, so nothing is synced: connect the workspace again.'
  from workspace
  where workspace.failures > 0

  union all
  -- Counted in business hours alone, with a third of a tick for one that comes late. A first sync may take its time.
  select
    workspace.workspace_id,
    'no_complete_run',
    format('No run was complete in %s ticks within business hours. The last error: %s', p_after_ticks, coalesce(workspace.last_error, 'none; look whether the cron trigger runs.'))
  from workspace
  cross join lateral (
    select
      bool_or(now() >= day.opens_at and now() < day.closes_at) as is_open,
      sum(greatest(0, extract(epoch from least(now(), day.closes_at) - greatest(since.at, day.opens_at)))) as seconds
    from (select greatest(workspace.last_completed_at, workspace.connected_at)) as since (at)
    cross join public.list_servicetitan_business_hours(workspace.time_zone, p_start_hour, p_end_hour) as day
  ) as silence
  where workspace.failures = 0
    and silence.is_open
    and silence.seconds >= p_tick_seconds * (p_after_ticks + 1.0 / 3)
    and not exists (
      select
      from public.servicetitan_sync_runs as run
      where run.instance_id = workspace.run_instance_id
        and run.mode = 'initial'
        and public.is_servicetitan_lease_live(workspace.alive_until)
    )

  union all
  select
    workspace.workspace_id,
    'errors_persist',
    case
      when failing.is_same then format('The last %s runs failed for the same reason: %s', p_after_ticks, workspace.last_error)
      else format('%s set aside and could not be written in %s tries: the quarantine says why.', case stuck.customers when 1 then '1 customer is' else stuck.customers || ' customers are' end, p_after_ticks)
    end
  from workspace
  cross join lateral (
    select count(*) = p_after_ticks and count(distinct last.error_code) = 1 and bool_and(last.status = 'failed') as is_same
    from (
      select run.status, run.error_code
      from public.servicetitan_sync_runs as run
      where run.workspace_id = workspace.workspace_id
        and run.status in ('completed', 'failed')
      order by run.fence desc
      limit p_after_ticks
    ) as last
  ) as failing
  cross join lateral (
    select count(distinct error.crm_id) as customers
    from public.servicetitan_sync_errors as error
    where error.workspace_id = workspace.workspace_id
      and error.source = workspace.source
      and error.attempts >= p_after_ticks
  ) as stuck
  where workspace.failures = 0
    and (failing.is_same or stuck.customers > 0)

  union all
  -- Ten times the changes that a window of this length has at the median of the twenty runs before it, and no fewer than 200:
  -- by length, for the first window of the day holds the night.
  select
    workspace.workspace_id,
    'unusual_changes',
    format('The run %s changed %s contacts where about %s are usual: look whether somebody imported or edited customers in bulk.', newest.instance_id, newest.changes, round(usual.changes))
  from workspace
  cross join lateral (
    select
      run.instance_id,
      run.fence,
      run.created + run.updated as changes,
      extract(epoch from run.window_until - run.window_from) as seconds
    from public.servicetitan_sync_runs as run
    where run.workspace_id = workspace.workspace_id
      and run.source = workspace.source
      and run.mode = 'incremental'
      and run.status = 'completed'
    order by run.fence desc
    limit 1
  ) as newest
  cross join lateral (
    select
      count(*) as runs,
      newest.seconds * percentile_cont(0.5) within group (order by before.rate) as changes
    from (
      select (run.created + run.updated) / greatest(1, extract(epoch from run.window_until - run.window_from)) as rate
      from public.servicetitan_sync_runs as run
      where run.workspace_id = workspace.workspace_id
        and run.source = workspace.source
        and run.mode = 'incremental'
        and run.status = 'completed'
        and run.fence < newest.fence
      order by run.fence desc
      limit 20
    ) as before
  ) as usual
  where usual.runs >= 5
    and newest.changes >= 200
    and newest.changes > 10 * usual.changes

  union all
  select doubtful.workspace_id, doubtful.kind, doubtful.message
  from workspace
  cross join lateral public.find_servicetitan_doubtful(
    workspace.workspace_id, workspace.source, workspace.time_zone,
    greatest(coalesce(workspace.settled_until, workspace.initial_started_at), workspace.connected_at),
    p_after_ticks, p_start_hour, p_end_hour
  ) as doubtful
  where workspace.failures = 0
    and workspace.initial_sync_completed
    -- Where no run completes, that is what is told.
    and (doubtful.kind <> 'not_confirmed' or workspace.last_completed_at > now() - make_interval(secs => p_tick_seconds * (p_after_ticks + 1.0 / 3)))

  union all
  select failed.workspace_id, failed.kind, failed.message
  from workspace
  cross join lateral public.find_servicetitan_failed_proofs(
    workspace.workspace_id, workspace.source, greatest(workspace.initial_started_at, workspace.connected_at), p_pass_days
  ) as failed
  where workspace.failures = 0
    and workspace.initial_sync_completed
$$;

revoke all on function public.find_servicetitan_incidents(integer, integer, integer, integer, integer) from public, anon, authenticated;
grant execute on function public.find_servicetitan_incidents(integer, integer, integer, integer, integer) to service_role;
