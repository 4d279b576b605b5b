-- One page, ordered by workspace id, of the connections that hold a value sealed with another key than
-- `p_key_id`, with all that the values are bound to. Ask again with `next_after` until it is null.
create or replace function public.list_servicetitan_connections_to_reseal(p_key_id text, p_after text, p_limit integer)
returns jsonb
language sql
stable
security invoker
set search_path = ''
as $$
  with page as (
    select
      connection.workspace_id,
      connection.environment,
      connection.tenant_id,
      connection.client_id,
      connection.credentials_id,
      connection.client_secret_sealed,
      connection.app_key_sealed
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
