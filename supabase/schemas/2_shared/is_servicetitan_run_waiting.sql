-- Whether a run was claimed two minutes ago or more and nobody has begun it. It may wait for its turn, or the answer to its
-- claim was lost and nobody creates its instance: only the engine can say (R14).
create or replace function public.is_servicetitan_run_waiting(p_instance_id text)
returns boolean
language sql
stable
security invoker
set search_path = ''
as $$
  select exists (
    select
    from public.servicetitan_sync_runs as run
    where run.instance_id = p_instance_id
      and run.status = 'queued'
      and run.created_at < now() - interval '2 minutes'
  )
$$;

revoke all on function public.is_servicetitan_run_waiting(text) from public, anon, authenticated;
grant execute on function public.is_servicetitan_run_waiting(text) to service_role;
