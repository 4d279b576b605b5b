-- The run ended well: it is entered as completed and the lease is free. `p_commit` stores where the contacts
-- feed continues when its last page was empty, because no page carries the token then. Answers all
-- that the run, and those that it succeeds, could not make sure of. Repeating the call changes nothing.
-- `p_place`: the last page, which the database has to hold (check_servicetitan_place).
create or replace function public.complete_servicetitan_run(
  p_workspace_id text,
  p_instance_id text,
  p_fence bigint,
  p_commit jsonb,
  p_pages integer,
  p_calls integer,
  p_steps integer default null,
  p_doubts jsonb default '[]',
  p_place jsonb default null
)
returns jsonb
language plpgsql
security invoker
set search_path = ''
as $$
declare
  v_doubts jsonb;
begin
  select run.doubts into v_doubts
  from public.servicetitan_sync_runs as run
  where run.instance_id = p_instance_id
    and run.status = 'completed';
  if found then
    return v_doubts;
  end if;
  perform public.commit_servicetitan_page(p_workspace_id, p_instance_id, p_fence, p_commit, p_place);

  update public.servicetitan_sync_runs
  set status = 'completed', finished_at = now(), pages = p_pages, service_titan_calls = service_titan_calls + p_calls, steps = coalesce(p_steps, steps),
    doubts = public.chain_servicetitan_doubts(p_instance_id, p_doubts)
  where instance_id = p_instance_id
  returning doubts into v_doubts;

  update public.servicetitan_sync_state
  set
    sync_status = 'completed',
    last_error = null,
    run_instance_id = null,
    alive_until = null,
    failures = 0,
    next_attempt_at = null,
    last_completed_at = now(),
    completed_by = deployment,
    updated_at = now()
  where workspace_id = p_workspace_id;
  return v_doubts;
end
$$;

revoke all on function public.complete_servicetitan_run(text, text, bigint, jsonb, integer, integer, integer, jsonb, jsonb) from public, anon, authenticated;
grant execute on function public.complete_servicetitan_run(text, text, bigint, jsonb, integer, integer, integer, jsonb, jsonb) to service_role;
