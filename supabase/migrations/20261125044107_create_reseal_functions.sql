-- Changing CREDENTIALS_KEY without downtime: what the old key sealed is found here and replaced by the same secrets sealed
-- with the new one. The database sees neither key nor secret: a sealed value begins with its key's fingerprint.

-- One page of the connections of which something was sealed with another key than p_key_id, ordered by id. Ask again with
-- next_after until it is null.
create function public.list_servicetitan_connections_to_reseal(p_key_id text, p_after text, p_limit integer)
returns jsonb
language sql
stable
security invoker
set search_path = ''
as $$
  with page as (
    select connection.workspace_id, connection.client_secret_sealed, connection.app_key_sealed
    from public.servicetitan_connections as connection
    where (
        split_part(connection.client_secret_sealed, '.', 1) <> p_key_id
        or split_part(connection.app_key_sealed, '.', 1) <> p_key_id
      )
      and connection.workspace_id collate "C" > coalesce(p_after, '')
    order by connection.workspace_id collate "C"
    limit p_limit
  )
  select jsonb_build_object(
    'connections', coalesce(jsonb_agg(to_jsonb(page) order by page.workspace_id collate "C"), '[]'),
    'next_after', case when count(*) = p_limit then max(page.workspace_id collate "C") end
  )
  from page
$$;
revoke all on function public.list_servicetitan_connections_to_reseal(text, text, integer) from public, anon, authenticated;
grant execute on function public.list_servicetitan_connections_to_reseal(text, text, integer) to service_role;

-- Replaces sealed values by p_connections [{workspace_id, client_secret_sealed, app_key_sealed, was: {client_secret_sealed,
-- app_key_sealed}}] where both still are what they were, and answers how many: credentials that came in between stay.
create function public.reseal_servicetitan_connections(p_connections jsonb)
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
  from jsonb_to_recordset(p_connections) as resealed (workspace_id text, client_secret_sealed text, app_key_sealed text, was jsonb)
  where stored.workspace_id = resealed.workspace_id
    and stored.client_secret_sealed = resealed.was ->> 'client_secret_sealed'
    and stored.app_key_sealed = resealed.was ->> 'app_key_sealed';
  get diagnostics v_resealed = row_count;
  return v_resealed;
end
$$;
revoke all on function public.reseal_servicetitan_connections(jsonb) from public, anon, authenticated;
grant execute on function public.reseal_servicetitan_connections(jsonb) to service_role;
