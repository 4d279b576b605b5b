-- Ends runs whose Workflow instances are gone for good: terminated or deleted by a person, or ended by an error that could not be
-- written down. `p_runs` [{workspace_id, instance_id, code, error, unless_queued}]; answers the instance ids of those that it
-- ended. A run that has ended by itself, that does not hold its lease any more, or that waits to be created where that is
-- excepted, is left as it is; none of them holds up another.
create or replace function public.end_servicetitan_gone_runs(p_runs jsonb)
returns jsonb
language plpgsql
security invoker
set search_path = ''
as $$
declare
  v_gone record;
  v_ended text[] := '{}';
begin
  for v_gone in
    select gone.*, run.pages, run.steps
    from jsonb_to_recordset(p_runs) as gone (workspace_id text, instance_id text, code text, error text, unless_queued boolean)
    join public.servicetitan_sync_runs as run using (instance_id)
    where run.status = 'running' or (run.status = 'queued' and not gone.unless_queued)
    -- All calls lock in one order.
    order by gone.workspace_id
  loop
    begin
      perform public.fail_servicetitan_run(
        v_gone.workspace_id, v_gone.instance_id, v_gone.code, v_gone.error, v_gone.pages, 0, v_gone.steps
      );
      v_ended := v_ended || v_gone.instance_id;
    exception
      when sqlstate 'PT409' then
        null;
    end;
  end loop;
  return to_jsonb(v_ended);
end
$$;

revoke all on function public.end_servicetitan_gone_runs(jsonb) from public, anon, authenticated;
grant execute on function public.end_servicetitan_gone_runs(jsonb) to service_role;
