-- Stores a connection whose secrets are sealed already, enables it, and lets a workspace that was backing off
-- try again at once. `p_connection`: {workspace_id, name, time_zone, environment, tenant_id, client_id,
-- credentials_id, client_secret_sealed, app_key_sealed, country?}. A name, a time zone or a country of null
-- leaves what is there.
--
-- Connecting to another tenant or environment stops the run that is under way (R3). A run of the same tenant
-- continues with the new credentials. A workspace that was disconnected is compared anew (R18): nobody knows what
-- was done to its contacts meanwhile.
--
-- Refused with PT412, and then nothing is stored: 'tables_unfit' where the product's tables could take no row of
-- the sync (R23), with [{object, fault, statement}] as its detail; 'workspace_missing' where workspaces has no
-- row of this id and takes none. Where rows of the sync are there already, the obstacles are answered instead.
-- `p_path` is the search path of the Data API: the product's triggers on
-- workspaces run under it (R23).
create or replace function public.save_servicetitan_connection(
  p_connection jsonb,
  p_path text default current_setting('search_path')
)
returns jsonb
language plpgsql
security invoker
set search_path = ''
as $$
declare
  v_workspace_id text := p_connection ->> 'workspace_id';
  v_before public.servicetitan_connections;
  v_obstacles jsonb := (select coalesce(jsonb_agg(obstacle), '[]') from public.find_servicetitan_obstacles() as obstacle);
  v_is_synced boolean := false;
begin
  if v_obstacles <> '[]' then
    if not v_obstacles @> '[{"object": "column public.contacts.crm_source", "fault": "missing"}]' then
      execute $query$select exists (select from public.contacts where crm_source::text ~ '^(production|integration)/[0-9]+$')$query$
      into v_is_synced;
    end if;
    if not v_is_synced then
      raise exception using errcode = 'PT412', message = 'tables_unfit', detail = v_obstacles::text;
    end if;
  end if;

  -- New credentials deserve a new attempt at once, whatever the old ones had earned.
  insert into public.servicetitan_sync_state as stored (workspace_id)
  values (v_workspace_id)
  on conflict (workspace_id) do update
  set failures = 0, next_attempt_at = null;

  select * into v_before from public.servicetitan_connections where workspace_id = v_workspace_id;
  if (v_before.environment, v_before.tenant_id) is distinct from (p_connection ->> 'environment', p_connection ->> 'tenant_id') then
    perform public.stop_servicetitan_run(v_workspace_id, 'The workspace was connected to another tenant.');
    update public.servicetitan_sync_state set sync_status = 'idle', last_error = null where workspace_id = v_workspace_id;
  end if;

  if v_before.workspace_id is null then
    update public.servicetitan_sync_state
    set pass_wanted_at = coalesce(pass_wanted_at, now())
    where workspace_id = v_workspace_id
      and initial_sync_completed;
  end if;

  perform set_config('search_path', concat_ws(', ', 'pg_catalog', nullif(p_path, '')), true);
  if exists (select from public.workspaces where id::text = v_workspace_id) then
    update public.workspaces
    set
      name = coalesce(p_connection ->> 'name', name),
      time_zone = coalesce(p_connection ->> 'time_zone', time_zone)
    where id::text = v_workspace_id;
  else
    begin
      insert into public.workspaces (id, name, time_zone)
      values (v_workspace_id, p_connection ->> 'name', p_connection ->> 'time_zone');
    exception
      when others then
        if public.is_servicetitan_outage(sqlstate, sqlerrm) then
          raise;
        end if;
        raise exception using errcode = 'PT412', message = 'workspace_missing', detail = sqlstate;
    end;
  end if;
  perform set_config('search_path', '', true);

  insert into public.servicetitan_connections as stored
    (workspace_id, environment, tenant_id, client_id, credentials_id, client_secret_sealed, app_key_sealed, country)
  values (
    v_workspace_id,
    p_connection ->> 'environment',
    p_connection ->> 'tenant_id',
    p_connection ->> 'client_id',
    (p_connection ->> 'credentials_id')::uuid,
    p_connection ->> 'client_secret_sealed',
    p_connection ->> 'app_key_sealed',
    p_connection ->> 'country'
  )
  on conflict (workspace_id) do update
  set
    environment = excluded.environment,
    tenant_id = excluded.tenant_id,
    client_id = excluded.client_id,
    credentials_id = excluded.credentials_id,
    client_secret_sealed = excluded.client_secret_sealed,
    app_key_sealed = excluded.app_key_sealed,
    country = coalesce(excluded.country, stored.country),
    enabled = true,
    updated_at = now();

  v_obstacles := v_obstacles || public.probe_servicetitan_contacts(v_workspace_id, p_path);
  if not v_is_synced and v_obstacles <> '[]' then
    raise exception using errcode = 'PT412', message = 'tables_unfit', detail = v_obstacles::text;
  end if;
  return v_obstacles;
end
$$;

revoke all on function public.save_servicetitan_connection(jsonb, text) from public, anon, authenticated;
grant execute on function public.save_servicetitan_connection(jsonb, text) to service_role;
