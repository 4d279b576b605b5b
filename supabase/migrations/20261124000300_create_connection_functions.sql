-- Connecting a workspace, and the schedule's view of all of them.

-- Stores a connection whose secrets are sealed already. p_connection: {workspace_id, name, time_zone, environment,
-- tenant_id, client_id, client_secret_sealed, app_key_sealed}. A name or zone of null leaves what is there.
create function public.save_servicetitan_connection(p_connection jsonb)
returns void
language plpgsql
security invoker
set search_path = ''
as $$
declare
  v_workspace_id text := p_connection ->> 'workspace_id';
begin
  if exists (select from public.workspaces where id::text = v_workspace_id) then
    update public.workspaces
    set
      name = coalesce(p_connection ->> 'name', name),
      time_zone = coalesce(p_connection ->> 'time_zone', time_zone)
    where id::text = v_workspace_id;
  else
    insert into public.workspaces (id, name, time_zone)
    values (v_workspace_id, p_connection ->> 'name', p_connection ->> 'time_zone');
  end if;

  insert into public.servicetitan_connections as stored
    (workspace_id, environment, tenant_id, client_id, client_secret_sealed, app_key_sealed)
  values (
    v_workspace_id,
    p_connection ->> 'environment',
    p_connection ->> 'tenant_id',
    p_connection ->> 'client_id',
    p_connection ->> 'client_secret_sealed',
    p_connection ->> 'app_key_sealed'
  )
  on conflict (workspace_id) do update
  set
    environment = excluded.environment,
    tenant_id = excluded.tenant_id,
    client_id = excluded.client_id,
    client_secret_sealed = excluded.client_secret_sealed,
    app_key_sealed = excluded.app_key_sealed,
    enabled = true,
    updated_at = now();

  -- New credentials deserve a new attempt at once, whatever the old ones had earned.
  insert into public.servicetitan_sync_state as stored (workspace_id)
  values (v_workspace_id)
  on conflict (workspace_id) do update
  set failures = 0, next_attempt_at = null;
end
$$;
revoke all on function public.save_servicetitan_connection(jsonb) from public, anon, authenticated;
grant execute on function public.save_servicetitan_connection(jsonb) to service_role;

-- One page of the connected workspaces that are enabled or hold a run, ordered by id, as one JSON value: the Data API cuts a set at 1,000 rows
-- without saying so. Ask again with next_after until it is null.
create function public.list_servicetitan_workspaces(p_after text, p_limit integer)
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
      'enabled', page.enabled,
      'running', page.run_instance_id is not null and page.alive_until > now(),
      'stalled', page.run_instance_id is not null and page.alive_until <= now(),
      'backing_off', coalesce(page.next_attempt_at > now(), false)
    ) order by page.workspace_id collate "C"), '[]'),
    'next_after', case when count(*) = p_limit then max(page.workspace_id collate "C") end
  )
  from page
$$;
revoke all on function public.list_servicetitan_workspaces(text, integer) from public, anon, authenticated;
grant execute on function public.list_servicetitan_workspaces(text, integer) to service_role;
