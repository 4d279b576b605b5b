-- Opens and closes incidents by what is wrong now, for all workspaces in one call, and answers those that
-- have to be told: [{id, event: opened | closed, workspace_id, name, kind, message, opened_at, closed_at}].
-- At most `p_limit` of them, and for two minutes they are this caller's alone. What could not be told comes
-- again with the next tick. The other parameters are those of find_servicetitan_incidents.
create or replace function public.claim_servicetitan_alerts(
  p_after_ticks integer,
  p_tick_seconds integer,
  p_start_hour integer,
  p_end_hour integer,
  p_limit integer,
  p_pass_days integer default 7
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
    select incident.* from public.find_servicetitan_incidents(
      p_after_ticks, p_tick_seconds, p_start_hour, p_end_hour, p_pass_days
    ) as incident
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

revoke all on function public.claim_servicetitan_alerts(integer, integer, integer, integer, integer, integer) from public, anon, authenticated;
grant execute on function public.claim_servicetitan_alerts(integer, integer, integer, integer, integer, integer) to service_role;
