-- One page, ordered by workspace id, of all workspaces that are or were connected, or the one that is named:
-- {workspaces, next_after}. 1,000 workspaces are one call.
--
-- `age_seconds` is how far the cursor lies back. `p50_seconds` and `worst_seconds` are the ages of the data
-- just before each window of the last day closed, and now; there, time outside business hours does not count.
-- What was written last is told of the last complete sync. `run` is the run under way. Its numbers are those of
-- its whole window: they include predecessors and, for an initial sync, the earlier tries it resumed from.
create or replace function public.read_servicetitan_workspaces(
  p_workspace_id text,
  p_after text,
  p_limit integer,
  p_start_hour integer,
  p_end_hour integer
)
returns jsonb
language sql
stable
security invoker
set search_path = ''
as $$
  with page as materialized (
    select
      known.workspace_id,
      connection.tenant_id,
      connection.environment,
      coalesce(connection.enabled, false) as enabled,
      connection.client_secret_sealed is not null as connected,
      synced.*,
      state.*
    from (
      select connection.workspace_id from public.servicetitan_connections as connection
      union
      select state.workspace_id from public.servicetitan_sync_state as state
    ) as known (workspace_id)
    left join public.servicetitan_connections as connection on connection.workspace_id = known.workspace_id
    -- What the state knows of another tenant says nothing of this one (R3).
    left join lateral (
      select
        state.source, state.initial_sync_completed, state.initial_feed, state.initial_started_at, state.last_modified_cursor,
        state.total_customers_synced, state.last_completed_at, state.settled_until
      from public.servicetitan_sync_state as state
      where state.workspace_id = known.workspace_id
        and (connection.workspace_id is null or state.source = connection.environment || '/' || connection.tenant_id)
    ) as synced on true
    left join lateral (
      select state.sync_status, state.last_error, state.failures, state.next_attempt_at, state.run_instance_id, state.alive_until
      from public.servicetitan_sync_state as state
      where state.workspace_id = known.workspace_id
    ) as state on true
    where (p_workspace_id is null or known.workspace_id = p_workspace_id)
      and known.workspace_id collate "C" > coalesce(p_after, '')
    order by known.workspace_id collate "C"
    limit p_limit
  )
  select jsonb_build_object(
    'workspaces', coalesce(jsonb_agg(jsonb_build_object(
      'workspace_id', page.workspace_id,
      'name', named.name,
      'tenant_id', page.tenant_id,
      'environment', page.environment,
      'time_zone', named.time_zone,
      'time_zone_known', public.is_servicetitan_time_zone(named.time_zone),
      'enabled', page.enabled,
      'connected', page.connected,
      'source', page.source,
      'sync_status', coalesce(page.sync_status, 'idle'),
      'initial_sync_completed', coalesce(page.initial_sync_completed, false),
      'cursor', page.last_modified_cursor,
      'age_seconds', public.count_servicetitan_seconds(page.last_modified_cursor, now()),
      'opened_at', (
        select day.opens_at
        from unnest(hours.opens, hours.closes) as day (opens_at, closes_at)
        where now() >= day.opens_at
          and now() < day.closes_at
          and day.opens_at <> '-infinity'
      ),
      'p50_seconds', freshness.p50_seconds,
      'worst_seconds', freshness.worst_seconds,
      'customers_synced', coalesce(page.total_customers_synced, 0),
      'last_created', coalesce(done.created, 0),
      'last_updated', coalesce(done.updated, 0),
      'last_errors', coalesce(done.errors, 0),
      'quarantined', quarantine.customers,
      'last_error', page.last_error,
      'last_completed_at', page.last_completed_at,
      'doubts', coalesce(ended.doubts, '[]'),
      'settled_until', page.settled_until,
      'refusals', coalesce(page.failures, 0),
      'next_attempt_at', case when public.is_servicetitan_backing_off(page.next_attempt_at) then page.next_attempt_at end,
      'stalled', page.run_instance_id is not null and not public.is_servicetitan_lease_live(page.alive_until),
      'proof', proof.summary,
      'comparing', comparing.yes,
      'run', live.summary
    ) order by page.workspace_id collate "C"), '[]'),
    'next_after', case when count(*) = p_limit then max(page.workspace_id collate "C") end
  )
  from page
  left join public.workspaces as named on named.id::text = page.workspace_id
  -- Each by its own workspace's index: joined as sets, a page without statistics is planned as if it were a single row.
  cross join lateral (
    select array_agg(hours.opens_at) as opens, array_agg(hours.closes_at) as closes
    from public.list_servicetitan_business_hours(named.time_zone, p_start_hour, p_end_hour) as hours
  ) as hours
  left join lateral (
    -- Of very many the first: the runs of the workspace have all.
    select jsonb_path_query_array(run.doubts, '$[0 to 19]') as doubts
    from public.servicetitan_sync_runs as run
    where run.workspace_id = page.workspace_id
      and run.source = page.source
      and run.status in ('completed', 'failed')
    order by run.fence desc
    limit 1
  ) as ended on true
  cross join lateral (
    select
      percentile_disc(0.5) within group (order by age.seconds) as p50_seconds,
      max(age.seconds) as worst_seconds
    from (
      select run.window_closed_at, lag(run.window_until) over (order by run.window_closed_at)
      from public.servicetitan_sync_runs as run
      where run.workspace_id = page.workspace_id
        and run.window_closed_at > now() - interval '2 days'
        and run.source = page.source
      union all
      select now(), page.last_modified_cursor
    ) as sample (at, claim)
    join unnest(hours.opens, hours.closes) as day (opens_at, closes_at) on sample.at >= day.opens_at and sample.at < day.closes_at
    cross join lateral (
      select greatest(0, public.count_servicetitan_seconds(greatest(sample.claim, day.opens_at), sample.at)) as seconds
    ) as age
    where sample.claim is not null
      and sample.at > now() - interval '1 day'
  ) as freshness
  cross join lateral (
    select count(distinct error.crm_id) as customers
    from public.servicetitan_sync_errors as error
    where error.workspace_id = page.workspace_id
      and error.source = page.source
  ) as quarantine
  -- Of the last complete sync: its run, and those whose window that one closed.
  cross join lateral (
    select sum(of_window.created) as created, sum(of_window.updated) as updated, sum(of_window.errors) as errors
    from (
      select run.fence, run.mode, run.window_started_at
      from public.servicetitan_sync_runs as run
      where run.workspace_id = page.workspace_id
        and run.status = 'completed'
        and run.source = page.source
      order by run.fence desc
      limit 1
    ) as last
    join public.servicetitan_sync_runs as of_window
      on of_window.workspace_id = page.workspace_id
        and of_window.fence between last.fence - 50 and last.fence
        and of_window.mode = last.mode
        and of_window.source = page.source
        and of_window.window_started_at = last.window_started_at
  ) as done
  -- The last comparison of everything that has ended, and whether one reads (R18).
  left join lateral (
    select jsonb_build_object('as_of', last.began_at, 'whole', last.whole, 'listed', last.listed) as summary
    from public.servicetitan_proofs as last
    where last.workspace_id = page.workspace_id
      and last.source = page.source
      and last.ended_at is not null
    order by last.pass desc
    limit 1
  ) as proof on true
  cross join lateral (
    select exists (
      select
      from public.servicetitan_proofs as reading
      where reading.workspace_id = page.workspace_id
        and reading.source = page.source
        and reading.ended_at is null
    ) as yes
  ) as comparing
  left join lateral (
    select jsonb_build_object(
      'instance_id', run.instance_id,
      'mode', run.mode,
      'status', run.status,
      'phase', case when run.mode = 'initial' then page.initial_feed end,
      'started_at', coalesce(total.started_at, run.created_at),
      'elapsed_seconds', public.count_servicetitan_seconds(coalesce(total.started_at, run.created_at), now()),
      'pages', coalesce(total.pages, 0),
      'fetched', coalesce(total.fetched, 0),
      'through_contacts', coalesce(total.through_contacts, 0),
      'contact_methods', coalesce(total.contact_methods, 0),
      'expected', total.expected,
      'created', coalesce(total.created, 0),
      'updated', coalesce(total.updated, 0),
      'unchanged', coalesce(total.unchanged, 0),
      'errors', coalesce(total.errors, 0),
      'retry', run.retry,
      -- The rate is this run's own: the earlier ones had their pauses.
      'per_second', run.fetched / nullif(public.count_servicetitan_seconds(coalesce(run.customers_started_at, run.started_at), now()), 0)::double precision
    ) as summary
    from public.servicetitan_sync_runs as run
    cross join lateral (
      select
        min(of_window.started_at) as started_at,
        max(of_window.expected) as expected,
        sum(of_window.pages) as pages,
        sum(of_window.fetched) as fetched,
        sum(of_window.through_contacts) as through_contacts,
        sum(of_window.contact_methods) as contact_methods,
        sum(of_window.created) as created,
        sum(of_window.updated) as updated,
        sum(of_window.unchanged) as unchanged,
        sum(of_window.errors) as errors
      from public.servicetitan_sync_runs as of_window
      where of_window.workspace_id = page.workspace_id
        and of_window.fence between run.fence - 50 and run.fence
        and of_window.mode = run.mode
        and of_window.source = run.source
        and of_window.window_started_at >= case when run.mode = 'initial' then page.initial_started_at else run.window_started_at end
    ) as total
    where run.instance_id = page.run_instance_id
  ) as live on true
$$;

revoke all on function public.read_servicetitan_workspaces(text, text, integer, integer, integer) from public, anon, authenticated;
grant execute on function public.read_servicetitan_workspaces(text, text, integer, integer, integer) to service_role;
