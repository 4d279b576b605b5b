-- Asks for a pass (R18). It begins with the next run of the workspace, or after the pass that is under way. A
-- workspace that was never connected has nothing to compare.
create or replace function public.want_servicetitan_pass(p_workspace_id text)
returns void
language sql
security invoker
set search_path = ''
as $$
  update public.servicetitan_sync_state
  set pass_wanted_at = coalesce(pass_wanted_at, now())
  where workspace_id = p_workspace_id
$$;

revoke all on function public.want_servicetitan_pass(text) from public, anon, authenticated;
grant execute on function public.want_servicetitan_pass(text) to service_role;
