-- Removes a connection with its secrets and stops its run. Answers whether there was a connection. Contacts
-- and state stay: when the same tenant is connected again, the sync resumes from its cursor (R4).
create or replace function public.delete_servicetitan_connection(p_workspace_id text)
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
