-- Takes the lease from the run that holds it and answers that run's id, or null when none does. The run's
-- next call is refused (R8). What it stored stays, and a later run resumes from there.
create or replace function public.stop_servicetitan_run(p_workspace_id text, p_reason text)
returns text
language plpgsql
security invoker
set search_path = ''
as $$
declare
  v_run public.servicetitan_sync_runs;
  v_last_error text;
begin
  select last_error into v_last_error from public.servicetitan_sync_state where workspace_id = p_workspace_id for update;
  select run.* into v_run
  from public.servicetitan_sync_state as state
  join public.servicetitan_sync_runs as run on run.instance_id = state.run_instance_id
  where state.workspace_id = p_workspace_id;
  if not found then
    return null;
  end if;

  perform public.fail_servicetitan_run(
    p_workspace_id, v_run.instance_id, 'superseded', p_reason, v_run.pages, 0
  );
  -- Nothing went wrong with it; what did before still stands.
  update public.servicetitan_sync_runs set status = 'superseded' where instance_id = v_run.instance_id;
  update public.servicetitan_sync_state
  set sync_status = case when v_last_error is null then 'idle' else 'failed' end, last_error = v_last_error
  where workspace_id = p_workspace_id;
  return v_run.instance_id;
end
$$;

revoke all on function public.stop_servicetitan_run(text, text) from public, anon, authenticated;
grant execute on function public.stop_servicetitan_run(text, text) to service_role;
