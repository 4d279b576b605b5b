-- Pauses (false) or resumes (true) a workspace. Answers whether it is connected. Pausing stops the run that
-- is under way.
create or replace function public.enable_servicetitan_connection(p_workspace_id text, p_enabled boolean)
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
