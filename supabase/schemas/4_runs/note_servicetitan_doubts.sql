-- Writes down what the run could not make sure of so far, before a token moves past it: the run may die behind
-- that, and its successor begins there (R10). Repeating the call changes nothing.
create or replace function public.note_servicetitan_doubts(p_workspace_id text, p_instance_id text, p_fence bigint, p_doubts jsonb)
returns void
language plpgsql
security invoker
set search_path = ''
as $$
begin
  perform public.hold_servicetitan_lease(p_workspace_id, p_instance_id, p_fence);

  update public.servicetitan_sync_runs
  set doubts = public.chain_servicetitan_doubts(p_instance_id, p_doubts)
  where instance_id = p_instance_id;
end
$$;

revoke all on function public.note_servicetitan_doubts(text, text, bigint, jsonb) from public, anon, authenticated;
grant execute on function public.note_servicetitan_doubts(text, text, bigint, jsonb) to service_role;
