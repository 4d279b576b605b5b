-- A connection and how its sync stands, without secrets: of a sealed value it tells only the fingerprint of
-- its key. Null when the workspace is not connected. Cursor, `initial_sync_completed` and `last_completed_at`
-- are told only while the state belongs to this tenant (R3).
create or replace function public.read_servicetitan_connection(p_workspace_id text)
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
    'country', connection.country,
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
