-- One page, ordered by workspace id, of the connected workspaces that are enabled or hold a run: what a tick
-- chooses from (src/schedule/tick.ts). Ask again with `next_after` until it is null.
--
-- It answers one JSON value, because the Data API cuts a set of rows at 1,000 without saying so.
create or replace function public.list_servicetitan_workspaces(p_after text, p_limit integer)
returns jsonb
language sql
stable
security invoker
set search_path = ''
as $$
  with page as (
    select
      connection.workspace_id, connection.tenant_id, connection.enabled, workspace.time_zone, state.run_instance_id, state.alive_until, state.next_attempt_at
    from public.servicetitan_connections as connection
    left join public.workspaces as workspace on workspace.id::text = connection.workspace_id
    left join public.servicetitan_sync_state as state on state.workspace_id = connection.workspace_id
    -- A run that died before its workspace was switched off has to be ended all the same.
    where (connection.enabled or state.run_instance_id is not null)
      and connection.workspace_id collate "C" > coalesce(p_after, '')
    order by connection.workspace_id collate "C"
    limit p_limit
  )
  select jsonb_build_object(
    'workspaces', coalesce(jsonb_agg(jsonb_build_object(
      'workspace_id', page.workspace_id,
      'tenant_id', page.tenant_id,
      'time_zone', page.time_zone,
      'time_zone_known', public.is_servicetitan_time_zone(page.time_zone),
      'enabled', page.enabled,
      'running', page.run_instance_id is not null and public.is_servicetitan_lease_live(page.alive_until),
      'stalled', page.run_instance_id is not null
        and (not public.is_servicetitan_lease_live(page.alive_until) or public.is_servicetitan_run_waiting(page.run_instance_id)),
      'backing_off', public.is_servicetitan_backing_off(page.next_attempt_at)
    ) order by page.workspace_id collate "C"), '[]'),
    'next_after', case when count(*) = p_limit then max(page.workspace_id collate "C") end
  )
  from page
$$;

revoke all on function public.list_servicetitan_workspaces(text, integer) from public, anon, authenticated;
grant execute on function public.list_servicetitan_workspaces(text, integer) to service_role;
