-- Asks for a pass (R18): it begins with the next run of the workspace, or after the pass that is under way.
-- Answers false, and notes nothing, where the workspace is not connected to that tenant, or is paused.
create or replace function public.want_servicetitan_pass(p_workspace_id text, p_tenant_id text)
returns boolean
language plpgsql
security invoker
set search_path = ''
as $$
begin
  if not exists (
    select
    from public.servicetitan_connections
    where workspace_id = p_workspace_id
      and tenant_id = p_tenant_id
      and enabled
  ) then
    return false;
  end if;
  insert into public.servicetitan_sync_state as state (workspace_id, pass_wanted_at)
  values (p_workspace_id, now())
  on conflict (workspace_id) do update
  set pass_wanted_at = coalesce(state.pass_wanted_at, excluded.pass_wanted_at);
  return true;
end
$$;

revoke all on function public.want_servicetitan_pass(text, text) from public, anon, authenticated;
grant execute on function public.want_servicetitan_pass(text, text) to service_role;
