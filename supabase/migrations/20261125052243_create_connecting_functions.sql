-- Connecting, showing, pausing and disconnecting a workspace. What changes a connection locks the workspace's state row first, as
-- every write of a run does, so that no run is in the middle of a write when it is told to stop.

grant delete on public.servicetitan_connections to service_role;

-- Takes the lease from the run that holds it, if one does, and answers its id: its next call is refused. All it has stored stays,
-- and a later run goes on from there. A full sync that was asked for is not forgotten.
create function public.stop_servicetitan_run(p_workspace_id text, p_reason text)
returns text
language plpgsql
security invoker
set search_path = ''
as $$
declare
  v_run public.servicetitan_sync_runs;
begin
  perform from public.servicetitan_sync_state where workspace_id = p_workspace_id for update;
  select run.* into v_run
  from public.servicetitan_sync_state as state
  join public.servicetitan_sync_runs as run on run.instance_id = state.run_instance_id
  where state.workspace_id = p_workspace_id;
  if not found then
    return null;
  end if;

  perform public.fail_servicetitan_run(
    p_workspace_id, v_run.instance_id, 'superseded', p_reason, v_run.pages, v_run.service_titan_calls
  );
  -- Nothing went wrong.
  update public.servicetitan_sync_runs set status = 'superseded' where instance_id = v_run.instance_id;
  update public.servicetitan_sync_state set sync_status = 'idle', last_error = null where workspace_id = p_workspace_id;
  return v_run.instance_id;
end
$$;
revoke all on function public.stop_servicetitan_run(text, text) from public, anon, authenticated;
grant execute on function public.stop_servicetitan_run(text, text) to service_role;

-- Stores a connection whose secrets are sealed already. p_connection: {workspace_id, name, time_zone, environment,
-- tenant_id, client_id, client_secret_sealed, app_key_sealed}. A name or zone of null leaves what is there. A run of another
-- tenant is stopped (R3); one of the same goes on with the new credentials.
create or replace function public.save_servicetitan_connection(p_connection jsonb)
returns void
language plpgsql
security invoker
set search_path = ''
as $$
declare
  v_workspace_id text := p_connection ->> 'workspace_id';
  v_before public.servicetitan_connections;
begin
  -- New credentials deserve a new attempt at once, whatever the old ones had earned.
  insert into public.servicetitan_sync_state as stored (workspace_id)
  values (v_workspace_id)
  on conflict (workspace_id) do update
  set failures = 0, next_attempt_at = null;

  select * into v_before from public.servicetitan_connections where workspace_id = v_workspace_id;
  if (v_before.environment, v_before.tenant_id) is distinct from (p_connection ->> 'environment', p_connection ->> 'tenant_id') then
    perform public.stop_servicetitan_run(v_workspace_id, 'The workspace was connected to another tenant.');
  end if;

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
end
$$;

-- A connection and how its sync stands, without the secrets: of a sealed value only the fingerprint of its key. Null when the
-- workspace is not connected. What the state knows of another tenant is not told.
create function public.read_servicetitan_connection(p_workspace_id text)
returns jsonb
language sql
stable
security invoker
set search_path = ''
as $$
  select jsonb_build_object(
    'workspace_id', connection.workspace_id,
    'name', workspace.name,
    'time_zone', workspace.time_zone,
    'environment', connection.environment,
    'tenant_id', connection.tenant_id,
    'client_id', connection.client_id,
    'enabled', connection.enabled,
    'connected_at', connection.created_at,
    'updated_at', connection.updated_at,
    'key_ids', jsonb_build_array(
      split_part(connection.client_secret_sealed, '.', 1),
      split_part(connection.app_key_sealed, '.', 1)
    ),
    'sync', jsonb_build_object(
      'status', coalesce(state.sync_status, 'idle'),
      'instance_id', state.run_instance_id,
      'initial_sync_completed', coalesce(own.initial_sync_completed, false),
      'last_modified_cursor', own.last_modified_cursor,
      'last_completed_at', own.last_completed_at,
      'next_attempt_at', state.next_attempt_at,
      'last_error', state.last_error
    )
  )
  from public.servicetitan_connections as connection
  left join public.workspaces as workspace on workspace.id::text = connection.workspace_id
  left join public.servicetitan_sync_state as state on state.workspace_id = connection.workspace_id
  left join public.servicetitan_sync_state as own
    on own.workspace_id = connection.workspace_id and own.source = connection.environment || '/' || connection.tenant_id
  where connection.workspace_id = p_workspace_id
$$;
revoke all on function public.read_servicetitan_connection(text) from public, anon, authenticated;
grant execute on function public.read_servicetitan_connection(text) to service_role;

-- Pauses (false) or resumes (true) a workspace and answers whether it is connected. Pausing stops the run under way.
create function public.enable_servicetitan_connection(p_workspace_id text, p_enabled boolean)
returns boolean
language plpgsql
security invoker
set search_path = ''
as $$
begin
  if not p_enabled then
    perform public.stop_servicetitan_run(p_workspace_id, 'The workspace was paused.');
  end if;
  update public.servicetitan_connections
  set enabled = p_enabled, updated_at = now()
  where workspace_id = p_workspace_id;
  return found;
end
$$;
revoke all on function public.enable_servicetitan_connection(text, boolean) from public, anon, authenticated;
grant execute on function public.enable_servicetitan_connection(text, boolean) to service_role;

-- Removes a connection with its secrets, stops its run, and answers whether there was one. Contacts and state stay: should the
-- same tenant be connected again, the sync goes on from its cursor.
create function public.delete_servicetitan_connection(p_workspace_id text)
returns boolean
language plpgsql
security invoker
set search_path = ''
as $$
begin
  perform public.stop_servicetitan_run(p_workspace_id, 'The workspace was disconnected.');
  delete from public.servicetitan_connections where workspace_id = p_workspace_id;
  return found;
end
$$;
revoke all on function public.delete_servicetitan_connection(text) from public, anon, authenticated;
grant execute on function public.delete_servicetitan_connection(text) to service_role;
