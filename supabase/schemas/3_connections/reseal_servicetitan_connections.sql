-- Replaces sealed values after a rotation of `CREDENTIALS_KEY` and answers how many connections changed.
-- `p_connections`: [{workspace_id, credentials_id, client_secret_sealed, app_key_sealed, was:
-- {client_secret_sealed, app_key_sealed}}]. A connection changes only where it still is of that saving and both
-- values are what `was` says: credentials that were saved in between must not be overwritten by the old ones.
-- The saving stays what it was, because the new values are bound to it.
create or replace function public.reseal_servicetitan_connections(p_connections jsonb)
returns integer
language plpgsql
security invoker
set search_path = ''
as $$
declare
  v_resealed integer;
begin
  update public.servicetitan_connections as stored
  set
    client_secret_sealed = resealed.client_secret_sealed,
    app_key_sealed = resealed.app_key_sealed
  from jsonb_to_recordset(p_connections) as resealed (workspace_id text, credentials_id uuid, client_secret_sealed text, app_key_sealed text, was jsonb)
  where stored.workspace_id = resealed.workspace_id
    and stored.credentials_id = resealed.credentials_id
    and stored.client_secret_sealed = resealed.was ->> 'client_secret_sealed'
    and stored.app_key_sealed = resealed.was ->> 'app_key_sealed';
  get diagnostics v_resealed = row_count;
  return v_resealed;
end
$$;

revoke all on function public.reseal_servicetitan_connections(jsonb) from public, anon, authenticated;
grant execute on function public.reseal_servicetitan_connections(jsonb) to service_role;
