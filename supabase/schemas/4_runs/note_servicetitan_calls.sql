-- Adds to the ledger the calls of ServiceTitan's that an attempt of a step made before it failed. Those of the attempts that
-- succeed come with their results, and are told when the run ends. For people who look; nothing that a run does depends
-- on it, so it asks for no lease.
create or replace function public.note_servicetitan_calls(p_workspace_id text, p_instance_id text, p_calls integer)
returns void
language sql
security invoker
set search_path = ''
as $$
  update public.servicetitan_sync_runs
  set service_titan_calls = service_titan_calls + p_calls
  where instance_id = p_instance_id
    and workspace_id = p_workspace_id
    and status = 'running'
$$;

revoke all on function public.note_servicetitan_calls(text, text, integer) from public, anon, authenticated;
grant execute on function public.note_servicetitan_calls(text, text, integer) to service_role;
