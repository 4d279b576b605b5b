-- The end of a run's rechecks, in one call (R16): takes away what two witnesses lacked, and says who is asked
-- again, and when. `p_asked` are the customers that were asked; those of them who were not read whole in this
-- run failed. `p_suspects`: canaries that came empty or failed, who are asked themselves next. `p_is_proven`: a
-- list with something in it shows that the empty ones can be believed; without one, the two witnesses have to be
-- a day apart. judge_servicetitan_removals says who loses something, and who is held back.
--
-- A removal that the product's rules refuse or pass over is that customer's own (R10, R22): it is set
-- aside, and tried again as a reading that failed.
--
-- Answers {taken, held, unproven}: contact methods taken away, customers held back, and those asked who have
-- lacked something for two hours or more without a proof. Repeating the call changes nothing. `p_place`: the last
-- page, which the database has to hold (check_servicetitan_place). `p_path`: see write_servicetitan_customers.
create or replace function public.settle_servicetitan_rechecks(
  p_workspace_id text,
  p_instance_id text,
  p_fence bigint,
  p_asked text[],
  p_suspects text[],
  p_is_proven boolean,
  p_place jsonb default null,
  p_path text default current_setting('search_path')
)
returns jsonb
language plpgsql
security invoker
set search_path = ''
as $$
declare
  v_state public.servicetitan_sync_state := public.hold_servicetitan_lease(p_workspace_id, p_instance_id, p_fence);
  v_source text := v_state.source;
  v_before timestamptz := now() - case when p_is_proven then interval '15 minutes' else interval '1 day' end;
  v_judged record;
  v_crm_id text;
  v_from_one record;
  v_taken integer := 0;
  v_updated text[] := '{}';
  v_refused text[] := '{}';
  v_unproven integer;
begin
  perform public.check_servicetitan_place(v_state, p_place);

  select * into v_judged
  from public.judge_servicetitan_removals(p_workspace_id, v_source, p_instance_id, v_before);

  foreach v_crm_id in array v_judged.losers loop
    continue when v_crm_id = any (v_judged.held);
    begin
      select * into v_from_one from public.take_servicetitan_methods(p_workspace_id, v_source, v_crm_id, v_before, p_path);
      v_taken := v_taken + v_from_one.taken;
      if v_from_one.changed then
        v_updated := v_updated || v_crm_id;
      end if;
    exception
      when others then
        if public.is_servicetitan_outage(sqlstate, sqlerrm) then
          raise;
        end if;
        v_refused := v_refused || v_crm_id;
        perform public.set_servicetitan_records_aside(p_workspace_id, v_source, p_instance_id, jsonb_build_array(
          jsonb_build_object(
            'crm_id', v_crm_id,
            'feed', 'contacts',
            'reason', 'The database refused to take a phone or an e-mail from its contact: see the checks, triggers and rules of the table contacts.',
            'sqlstate', case when sqlstate <> 'PT422' then sqlstate end
          )
        ));
    end;
  end loop;

  perform public.enter_servicetitan_reads(
    v_state, p_instance_id, v_state.page, 'rechecks', 'contacts', null, public.to_servicetitan_ids(v_updated),
    p_set_aside => public.to_servicetitan_ids(v_refused)
  );
  update public.servicetitan_sync_state
  set total_customers_synced = total_customers_synced + cardinality(v_updated)
  where workspace_id = p_workspace_id
    and v_updated <> '{}';

  -- R10: asked again with the next three runs, then hourly, then daily.
  update public.servicetitan_rechecks
  set
    asked_at = now(),
    asked_in = p_instance_id,
    read_in = case when not crm_id = any (v_refused) then read_in end,
    failures = failures + 1,
    failing_since = coalesce(failing_since, now()),
    due_at = now() + case when failures < 3 then interval '0' when failures < 27 then interval '1 hour' else interval '1 day' end
  where workspace_id = p_workspace_id
    and source = v_source
    and (crm_id = any (p_asked) and asked_in is distinct from p_instance_id or crm_id = any (v_refused));

  perform public.schedule_servicetitan_rechecks(p_workspace_id, v_source, p_instance_id, v_judged.held, p_is_proven);
  perform public.add_servicetitan_rechecks(p_workspace_id, v_source, p_suspects, 'missing', now());

  select count(*) into v_unproven
  from public.servicetitan_rechecks as recheck
  where not p_is_proven
    and recheck.workspace_id = p_workspace_id
    and recheck.source = v_source
    and recheck.crm_id = any (p_asked)
    and (
      least(recheck.phone_bare_since, recheck.email_bare_since) <= now() - interval '2 hours'
      or exists (
        select
        from public.servicetitan_contact_methods as method
        where method.workspace_id = p_workspace_id
          and method.source = v_source
          and method.crm_id = recheck.crm_id
          and method.listed
          and method.missing_since <= now() - interval '2 hours'
      )
    );
  return jsonb_build_object('taken', v_taken, 'held', cardinality(v_judged.held), 'unproven', v_unproven);
end
$$;

revoke all on function public.settle_servicetitan_rechecks(text, text, bigint, text[], text[], boolean, jsonb, text) from public, anon, authenticated;
grant execute on function public.settle_servicetitan_rechecks(text, text, bigint, text[], text[], boolean, jsonb, text) to service_role;
