-- Alerts: what a person has to know of, told once when it begins and once when it is over.

create table public.servicetitan_alerts (
  id uuid primary key default gen_random_uuid(),
  workspace_id text not null,
  kind text not null
    constraint kind_is_known check (kind in ('no_complete_run', 'credentials_refused', 'errors_persist', 'unusual_changes')),
  message text not null,
  opened_at timestamptz not null default now(),
  closed_at timestamptz,
  opening_told_at timestamptz,
  closing_told_at timestamptz,
  claimed_until timestamptz
);
-- One open incident a kind, however many ticks look at once.
create unique index servicetitan_alerts_open_key on public.servicetitan_alerts (workspace_id, kind) where closed_at is null;
create index servicetitan_alerts_untold_idx on public.servicetitan_alerts (opened_at) where opening_told_at is null or closing_told_at is null;
alter table public.servicetitan_alerts enable row level security;
revoke all on public.servicetitan_alerts from public, anon, authenticated, service_role;
grant select, insert, update, delete on public.servicetitan_alerts to service_role;
comment on table public.servicetitan_alerts is 'Incidents, open and over. Each is told twice at most: when it opened and when it closed.';
comment on column public.servicetitan_alerts.claimed_until is 'A tick is telling it; past that another one may.';

-- What is wrong now: (workspace_id, kind, message) of every workspace that is connected and enabled.
create function public.find_servicetitan_incidents(p_after_ticks integer, p_tick_seconds integer, p_start_hour integer, p_end_hour integer)
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
      select state.source, state.failures, state.last_error, state.last_completed_at, state.run_instance_id, state.alive_until
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
        and workspace.alive_until > now()
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
$$;
revoke all on function public.find_servicetitan_incidents(integer, integer, integer, integer) from public, anon, authenticated;
grant execute on function public.find_servicetitan_incidents(integer, integer, integer, integer) to service_role;

-- Opens and closes incidents by what is wrong now, and answers those that are to be told, for at most p_limit of which this
-- caller alone has two minutes: [{id, event: opened | closed, workspace_id, name, kind, message, opened_at, closed_at}]. One
-- call for all workspaces. What could not be told comes again with the next tick.
create function public.claim_servicetitan_alerts(
  p_after_ticks integer,
  p_tick_seconds integer,
  p_start_hour integer,
  p_end_hour integer,
  p_limit integer
)
returns jsonb
language plpgsql
security invoker
set search_path = ''
as $$
declare
  v_result jsonb;
begin
  with wrong as materialized (
    select incident.* from public.find_servicetitan_incidents(p_after_ticks, p_tick_seconds, p_start_hour, p_end_hour) as incident
  ),
  closed as (
    update public.servicetitan_alerts as alert
    set closed_at = now()
    where alert.closed_at is null
      and not exists (select from wrong where wrong.workspace_id = alert.workspace_id and wrong.kind = alert.kind)
      -- Silence ends with a complete run, or with the workspace: not with the business hours.
      and (
        alert.kind <> 'no_complete_run'
        or exists (
          select
          from public.servicetitan_sync_state as state
          where state.workspace_id = alert.workspace_id
            and (state.last_completed_at > alert.opened_at or state.failures > 0)
        )
        or not exists (
          select
          from public.servicetitan_connections as connection
          where connection.workspace_id = alert.workspace_id
            and connection.enabled
        )
      )
  )
  insert into public.servicetitan_alerts (workspace_id, kind, message)
  select wrong.workspace_id, wrong.kind, wrong.message
  from wrong
  on conflict (workspace_id, kind) where closed_at is null do nothing;

  with untold as (
    select alert.id
    from public.servicetitan_alerts as alert
    where (alert.opening_told_at is null or (alert.closed_at is not null and alert.closing_told_at is null))
      and coalesce(alert.claimed_until < now(), true)
    order by alert.opened_at
    limit p_limit
    for update skip locked
  ),
  claimed as (
    update public.servicetitan_alerts as alert
    set claimed_until = now() + interval '2 minutes'
    from untold
    where alert.id = untold.id
    returning alert.*
  )
  select coalesce(jsonb_agg(jsonb_build_object(
    'id', claimed.id,
    'event', case when claimed.opening_told_at is null then 'opened' else 'closed' end,
    'workspace_id', claimed.workspace_id,
    'name', named.name,
    'kind', claimed.kind,
    'message', claimed.message,
    'opened_at', claimed.opened_at,
    'closed_at', case when claimed.opening_told_at is not null then claimed.closed_at end
  ) order by claimed.opened_at, claimed.id), '[]')
  into v_result
  from claimed
  left join public.workspaces as named on named.id::text = claimed.workspace_id;
  return v_result;
end
$$;
revoke all on function public.claim_servicetitan_alerts(integer, integer, integer, integer, integer) from public, anon, authenticated;
grant execute on function public.claim_servicetitan_alerts(integer, integer, integer, integer, integer) to service_role;

-- Notes what was told, p_told [{id, event}], and gives all of p_claimed back.
create function public.settle_servicetitan_alerts(p_claimed uuid[], p_told jsonb)
returns void
language sql
security invoker
set search_path = ''
as $$
  update public.servicetitan_alerts as alert
  set
    claimed_until = null,
    opening_told_at = case when told.event = 'opened' then coalesce(alert.opening_told_at, now()) else alert.opening_told_at end,
    closing_told_at = case when told.event = 'closed' then coalesce(alert.closing_told_at, now()) else alert.closing_told_at end
  from unnest(p_claimed) as claimed (id)
  left join jsonb_to_recordset(p_told) as told (id uuid, event text) using (id)
  where alert.id = claimed.id
$$;
revoke all on function public.settle_servicetitan_alerts(uuid[], jsonb) from public, anon, authenticated;
grant execute on function public.settle_servicetitan_alerts(uuid[], jsonb) to service_role;
