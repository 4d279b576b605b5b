-- The run ended badly: the reason is kept, the lease is free and the cursor stays (R4). A second report of
-- the failure changes nothing.
--
-- Refused credentials make ticks wait, twice as long each time in a row and up to six hours, because an
-- attempt every 15 minutes would only lock the account.
create or replace function public.fail_servicetitan_run(
  p_workspace_id text,
  p_instance_id text,
  p_code text,
  p_error text,
  p_pages integer,
  p_calls integer,
  p_steps integer default null,
  p_doubts jsonb default '[]'
)
returns void
language plpgsql
security invoker
set search_path = ''
as $$
declare
  -- These say nothing about ServiceTitan or the feeds: the run was not created, was told to stop, its instance was ended by
  -- hand, or the database went back.
  v_did_not_try constant boolean := p_code in ('not_created', 'superseded', 'instance_gone', 'database_went_back');
  v_run public.servicetitan_sync_runs;
begin
  select * into v_run from public.servicetitan_sync_runs where instance_id = p_instance_id;
  if v_run.status = 'failed'
    and not exists (
      select from public.servicetitan_sync_state where workspace_id = p_workspace_id and run_instance_id = p_instance_id
    )
  then
    return;
  end if;
  perform public.hold_servicetitan_lease(p_workspace_id, p_instance_id, null);

  update public.servicetitan_sync_runs
  set status = 'failed', finished_at = now(), error_code = p_code, error = p_error, pages = p_pages, service_titan_calls = service_titan_calls + case when v_run.finished_at is null then p_calls else 0 end, steps = coalesce(p_steps, steps),
    doubts = public.chain_servicetitan_doubts(p_instance_id, p_doubts)
  where instance_id = p_instance_id;

  update public.servicetitan_sync_state
  set
    sync_status = 'failed',
    last_error = p_error,
    run_instance_id = null,
    alive_until = null,
    -- A reading that went round in a circle can't go on where it stood (R19): its window begins anew.
    checkpoint = case when p_code <> 'reading_stopped' then checkpoint end,
    failures = case
      when v_did_not_try then failures
      when p_code = 'credentials_refused' then failures + 1
      else 0
    end,
    -- A minute short of the quarter, or the first wait would cost two ticks.
    next_attempt_at = case
      when v_did_not_try then next_attempt_at
      when p_code = 'credentials_refused' then now() + least(interval '14 minutes' * power(2, least(failures, 10)), interval '6 hours')
    end,
    updated_at = now()
  where workspace_id = p_workspace_id;
end
$$;

revoke all on function public.fail_servicetitan_run(text, text, text, text, integer, integer, integer, jsonb) from public, anon, authenticated;
grant execute on function public.fail_servicetitan_run(text, text, text, text, integer, integer, integer, jsonb) to service_role;
