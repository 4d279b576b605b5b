-- Writes the records of a chunk that was refused, each for itself (R10). `p_batch` is as
-- sync_servicetitan_contacts takes it, without records; `p_items`: [{customers, contact_methods, rechecked}], a
-- record each. `run` says which of its part's records they are: `from`, counted from 0, and `of` how many. The
-- part's name with that range is entered in the state, so that a later call can see that they are there (R21). First 25 together, in a subtransaction of their own; where that is refused, each of them in one
-- of its own. So 500 bad records take one call and not 1,000.
--
-- Answers {created, updated, unchanged, stale, renormalize, set_aside, refused: [{at, sqlstate, message, inside}]};
-- `at` is the place in `p_items`, `inside` the product's function that failed, null where none did (R23). What is the database's or the run's own fault is raised. A statement timeout is not
-- caught at all. `message` may quote values: it is for the Edge Function, which reads the names of rules in it.
create or replace function public.sync_servicetitan_records_apart(
  p_batch jsonb,
  p_items jsonb,
  p_path text default current_setting('search_path')
)
returns jsonb
language plpgsql
security invoker
set search_path = ''
set enable_seqscan = off
set jit = off
as $$
declare
  v_together constant integer := 25;
  v_run jsonb := p_batch -> 'run';
  v_part text := v_run ->> 'part';
  v_first integer := coalesce((v_run ->> 'from')::integer, 0);
  v_of integer := coalesce((v_run ->> 'of')::integer, jsonb_array_length(p_items));
  v_whole text := format('%s:%s-%s/%s', v_part, v_first, v_first + jsonb_array_length(p_items) - 1, v_of);
  v_state public.servicetitan_sync_state;
  v_total jsonb := '{"created": 0, "updated": 0, "unchanged": 0, "stale": 0}';
  v_renormalize jsonb := '[]';
  v_set_aside jsonb := '[]';
  v_refused jsonb := '[]';
  v_context text;
  v_from integer := 0;
  v_to integer;
  v_size integer := v_together;
  v_written jsonb;
begin
  while v_from < jsonb_array_length(p_items) loop
    v_to := least(v_from + v_size, jsonb_array_length(p_items));
    begin
      v_written := public.sync_servicetitan_contacts(
        p_batch
        || jsonb_build_object(
          'run', v_run || jsonb_build_object('part', format('%s:%s-%s/%s', v_whole, v_from, v_to - 1, jsonb_array_length(p_items))),
          'customers', jsonb_path_query_array(p_items, '$[$from to $last].customers[*]', jsonb_build_object('from', v_from, 'last', v_to - 1)),
          'contact_methods', jsonb_path_query_array(p_items, '$[$from to $last].contact_methods[*]', jsonb_build_object('from', v_from, 'last', v_to - 1)),
          'rechecked', jsonb_path_query_array(p_items, '$[$from to $last].rechecked[*]', jsonb_build_object('from', v_from, 'last', v_to - 1))
        ),
        p_path
      );
      v_total := (
        select jsonb_object_agg(count.key, count.value::bigint + (v_written ->> count.key)::bigint)
        from jsonb_each_text(v_total) as count
      );
      v_renormalize := v_renormalize || (v_written -> 'renormalize');
      v_set_aside := v_set_aside || (v_written -> 'set_aside');
    exception
      when others then
        if public.is_servicetitan_outage(sqlstate, sqlerrm) then
          raise;
        end if;
        if v_to - v_from > 1 then
          v_size := 1;
          continue;
        end if;
        get stacked diagnostics v_context = pg_exception_context;
        v_refused := v_refused || jsonb_build_object(
          'at', v_from, 'sqlstate', sqlstate, 'message', sqlerrm, 'inside', public.find_servicetitan_culprit(v_context)
        );
    end;
    v_from := v_to;
    -- Together again from the next boundary on.
    if v_from % v_together = 0 then
      v_size := v_together;
    end if;
  end loop;

  -- Where all are refused, nothing has entered the page yet.
  v_state := public.hold_servicetitan_page(v_run);
  update public.servicetitan_sync_state
  set
    page = v_state.page,
    parts = public.enter_servicetitan_part(v_state.parts, v_whole, false, null, null) || array(
      select distinct v_whole || '~' || (phone.value ->> 'crm_id') from jsonb_array_elements(v_renormalize) as phone
    )
  where workspace_id = v_state.workspace_id;
  return v_total || jsonb_build_object('renormalize', v_renormalize, 'set_aside', v_set_aside, 'refused', v_refused);
end
$$;

revoke all on function public.sync_servicetitan_records_apart(jsonb, jsonb, text) from public, anon, authenticated;
grant execute on function public.sync_servicetitan_records_apart(jsonb, jsonb, text) to service_role;
