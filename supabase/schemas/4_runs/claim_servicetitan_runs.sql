-- Claims the lease for each of `p_claims` [{workspace_id, instance_id, tenant_id?}] before the
-- Workflow instances are created (R8, R14). `p_deployment` is which Worker asks: its setting DEPLOYMENT. Answers
-- [{workspace_id, instance_id, outcome, …}] in the same order:
--   claimed            the instance may be created
--   claimed_before     the same, by an earlier call that may have died before it created the instance
--   already_started    the instance id is in the ledger: a repeated tick
--   running            another instance holds a live lease and instance_id names it, or somebody has the row
--                      locked, or this call names the workspace twice
--   stalled            the lease ran out. instance_id names the run to wake; a later call takes it over
--   elsewhere          another Worker, `deployment`, has a run under way here, or has completed one within the hour
--   backing_off        ServiceTitan refused the credentials, so only a manual start goes ahead
--   unknown_workspace  nobody connected it
--   disabled           it is paused; a run of it that died is ended here
--   wrong_tenant       it is connected to another tenant than the claim names
--   claim_failed       the database refused this one, with `sqlstate`
-- Each is claimed in a subtransaction of its own, because what is wrong with one workspace costs no other its run.
create or replace function public.claim_servicetitan_runs(p_trigger text, p_claims jsonb, p_deployment text default 'production')
returns jsonb
language plpgsql
security invoker
set search_path = ''
as $$
declare
  v_claim record;
  v_answers jsonb := '{}';
  v_answer jsonb;
begin
  -- By workspace, so that two calls at once never wait for each other crosswise.
  for v_claim in
    select item.value, item.position
    from jsonb_array_elements(p_claims) with ordinality as item (value, position)
    order by item.value ->> 'workspace_id' collate "C", item.position
  loop
    begin
      v_answer := public.claim_servicetitan_run(p_trigger, v_claim.value, p_deployment);
    exception
      when others then
        v_answer := jsonb_build_object(
          'workspace_id', v_claim.value ->> 'workspace_id',
          'instance_id', v_claim.value ->> 'instance_id',
          'outcome', 'claim_failed',
          'sqlstate', sqlstate
        );
    end;
    v_answers := v_answers || jsonb_build_object(v_claim.position::text, v_answer);
  end loop;
  return (
    select coalesce(jsonb_agg(answer.value order by answer.key::integer), '[]')
    from jsonb_each(v_answers) as answer
  );
end
$$;

revoke all on function public.claim_servicetitan_runs(text, jsonb, text) from public, anon, authenticated;
grant execute on function public.claim_servicetitan_runs(text, jsonb, text) to service_role;
