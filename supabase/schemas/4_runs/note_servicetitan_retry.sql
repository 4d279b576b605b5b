-- What a run that goes on is waiting for: {step, attempt, attempts, cause, next_try_at}, or null when the step got through. For
-- people who look; nothing that a run does depends on it, so it asks for no lease.
create or replace function public.note_servicetitan_retry(p_workspace_id text, p_instance_id text, p_retry jsonb)
returns void
language sql
security invoker
set search_path = ''
as $$
  update public.servicetitan_sync_runs
  set retry = p_retry
  where instance_id = p_instance_id
    and workspace_id = p_workspace_id
    and status = 'running'
$$;

revoke all on function public.note_servicetitan_retry(text, text, jsonb) from public, anon, authenticated;
grant execute on function public.note_servicetitan_retry(text, text, jsonb) to service_role;
