-- What a fetch step needs: {tenant_id, environment, client_id, credentials_id, client_secret_sealed,
-- app_key_sealed}. Read under the lease, so that it is the run's heartbeat as well.
--
-- A connection that moved to another tenant in mid-run supersedes the run, because its state belongs to the
-- old tenant (R3). One that was switched off or removed is refused with PT410 'not_connected'.
create or replace function public.read_servicetitan_credentials(p_workspace_id text, p_instance_id text)
returns jsonb
language plpgsql
security invoker
set search_path = ''
as $$
declare
  v_connection public.servicetitan_connections;
  v_source text;
begin
  perform public.hold_servicetitan_lease(p_workspace_id, p_instance_id, null);

  select * into v_connection from public.servicetitan_connections where workspace_id = p_workspace_id and enabled;
  if not found then
    raise exception using errcode = 'PT410', message = 'not_connected';
  end if;
  select run.source into v_source from public.servicetitan_sync_runs as run where run.instance_id = p_instance_id;
  if v_source <> v_connection.environment || '/' || v_connection.tenant_id then
    raise exception using
      errcode = 'PT409',
      message = 'superseded',
      detail = 'The workspace was connected to another tenant while this run was under way.';
  end if;

  return jsonb_build_object(
    'tenant_id', v_connection.tenant_id,
    'environment', v_connection.environment,
    'client_id', v_connection.client_id,
    'credentials_id', v_connection.credentials_id,
    'client_secret_sealed', v_connection.client_secret_sealed,
    'app_key_sealed', v_connection.app_key_sealed
  );
end
$$;

revoke all on function public.read_servicetitan_credentials(text, text) from public, anon, authenticated;
grant execute on function public.read_servicetitan_credentials(text, text) to service_role;
