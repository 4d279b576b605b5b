-- Writes one chunk in one transaction: the way in for what the Edge Function has mapped. `p_batch`: {run:
-- {workspace_id, instance_id, fence, page, country, part, before?, closes?, expected?}, customers, contact_methods,
-- rejected, commit, retries_quarantined, reader?, rechecked, unreadable?, tag_types?, pass?}. `rechecked`: [{crm_id,
-- witness, is_whole}], the customers that the recheck list asked for; a witness of null is not believed, and one that was
-- not read whole failed (R16). `part` names the chunk, or some of its records (is_servicetitan_part_whole); it is counted
-- once, however often it is sent. `closes`: the chunk's records were written apart, and this call ends that.
-- `expected` is the number of customers in the window, `unreadable` in how many records a field could not be read
-- (R20), `country` the workspace's own one (R25). `reader`: 'settled' for what the settled reader shows (R17); `pass`:
-- which page of a comparison this is (R18).
--
-- Refused with PT409 'superseded' when the run does not hold the lease (R8), with PT409 'page_out_of_order' when
-- a later page was applied already (R2), and with PT409 'went_back' when the database does not hold the page
-- before, or what a commit stands for (R21).
--
-- Answers {created, updated, unchanged, stale, set_aside, renormalize, committed}. `set_aside`: [{crm_id, feed,
-- reason}], what contacts did not take (R22). Phones in `renormalize` were graded for another country than their
-- customer's, or than the workspace's. The commit then waits until
-- renormalize_servicetitan_phones brings them right, so that a crash in between repeats the page.
--
-- `p_path` is the search path that the Data API gives its calls: see write_servicetitan_customers.
--
-- `enable_seqscan` is off here and for all that it calls, and what it calls for a statement of its own is
-- PL/pgSQL. A session plans each statement once: a plan from a time when the tables were small would later
-- read a grown table through for every row. That reaches the product's triggers too, and a plan without a
-- sequential scan looks costly enough to be compiled, so `jit` is off beside it.
create or replace function public.sync_servicetitan_contacts(
  p_batch jsonb,
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
  v_run jsonb := p_batch -> 'run';
  v_workspace_id text := v_run ->> 'workspace_id';
  v_instance_id text := v_run ->> 'instance_id';
  v_fence bigint := (v_run ->> 'fence')::bigint;
  v_page integer := (v_run ->> 'page')::integer;
  v_part text := v_run ->> 'part';
  v_home text := v_run ->> 'country';
  v_customers jsonb := p_batch -> 'customers';
  v_methods jsonb := p_batch -> 'contact_methods';
  v_rejected jsonb := p_batch -> 'rejected';
  v_is_settled boolean := coalesce(p_batch ->> 'reader' = 'settled', false);
  v_state public.servicetitan_sync_state := public.hold_servicetitan_page(v_run);
  v_source text := v_state.source;
  v_is_new boolean;
  v_ids text[];
  v_reread text[];
  v_rechecked text[];
  v_touched text[] := '{}';
  v_counts jsonb := '{"created": 0, "updated": 0, "unchanged": 0, "stale": 0, "set_aside": []}';
  v_written jsonb;
  v_refreshed text[];
  v_refreshed_count integer;
  v_written_count bigint;
  v_is_begun boolean;
  v_new_methods integer := 0;
  v_set_aside jsonb;
  v_renormalize jsonb;
  v_parts text[];
  v_committed boolean := false;
  v_is_of_pass constant boolean := p_batch ? 'pass';
  v_before jsonb;
begin
  v_is_new := v_part is not null and not public.is_servicetitan_part_counted(v_state.parts, v_part);

  -- Some of its records are there: an attempt before wrote them apart, and did not come to its end.
  v_is_begun := v_is_new and exists (
    select from unnest(v_state.parts) as held (part) where starts_with(held.part, v_part || ':')
  );
  if v_is_new then
    v_new_methods := case
      when v_is_begun then public.count_servicetitan_new_methods(v_run, v_methods)
      else jsonb_array_length(v_methods)
    end;
  end if;

  select coalesce(array_agg(item.crm_id), '{}'), coalesce(array_agg(item.crm_id) filter (where item.methods_reread), '{}')
  into v_ids, v_reread
  from jsonb_to_recordset(v_customers) as item (crm_id text, methods_reread boolean);

  v_rechecked := array(select item.crm_id from jsonb_to_recordset(p_batch -> 'rechecked') as item (crm_id text));

  if v_is_of_pass then
    select jsonb_object_agg(contact.crm_id, to_jsonb(contact))
    into v_before
    from (
      select unnest(v_ids)
      union
      select item.crm_id from jsonb_to_recordset(v_methods) as item (crm_id text)
    ) as shown (crm_id)
    cross join lateral (
      select stored.*
      from public.contacts as stored
      where stored.workspace_id = v_workspace_id
        and stored.crm_id = shown.crm_id
      limit 1
    ) as contact;
  end if;

  if v_methods @? '$[*] ? (!exists(@.type) || !exists(@.value) || !exists(@.memo) || !exists(@.do_not_text) || !exists(@.marketing) || !exists(@.active))' then
    v_methods := public.fill_servicetitan_methods(v_workspace_id, v_source, v_methods);
  end if;
  if v_is_settled then
    perform public.note_servicetitan_misses(v_state, v_instance_id, v_customers, v_methods);
  end if;
  if v_methods <> '[]' then
    v_touched := public.write_servicetitan_contact_methods(v_workspace_id, v_source, v_methods, v_instance_id, v_rechecked);
  end if;
  if v_reread <> '{}' then
    perform public.note_servicetitan_methods_missing(
      v_workspace_id, v_source, v_methods, v_reread, 'list', false
    );
  end if;
  v_touched := v_touched || v_reread || v_rechecked;
  if v_ids <> '{}' then
    v_counts := public.write_servicetitan_customers(
      v_workspace_id, v_source, v_customers, v_instance_id, v_rechecked,
      -- What a pass asks for by id is written as it is.
      v_is_settled or coalesce(p_batch #>> '{pass,feed}' = 'customers', false),
      p_path
    );
  end if;

  v_renormalize := public.find_servicetitan_phones_to_grade(v_workspace_id, v_source, v_home, v_touched || v_ids);

  -- Those still to be graded are refreshed then, so that a contact's good number does not flap in between.
  v_written := public.refresh_servicetitan_contact_points(v_workspace_id, v_source, array(
    select unnest(v_touched)
    except
    select item.crm_id from jsonb_to_recordset(v_renormalize) as item (crm_id text)
  ), p_path);
  v_refreshed := array(select jsonb_array_elements_text(v_written -> 'refreshed'));
  v_refreshed_count := cardinality(v_refreshed);
  v_written_count := (v_counts ->> 'created')::bigint + (v_counts ->> 'updated')::bigint + v_refreshed_count;
  v_set_aside := (v_counts -> 'set_aside') || (v_written -> 'set_aside');
  v_rejected := v_rejected || v_set_aside;
  if v_rechecked <> '{}' then
    perform public.note_servicetitan_rechecks(v_workspace_id, v_source, v_instance_id, p_batch -> 'rechecked', v_methods);
  end if;

  if p_batch ? 'tag_types' then
    perform public.save_servicetitan_tag_types(v_workspace_id, v_source, p_batch -> 'tag_types');
  end if;

  -- R10: what a retry by id reads well leaves the quarantine; what is refused enters it.
  if (p_batch ->> 'retries_quarantined')::boolean then
    delete from public.servicetitan_sync_errors as error
    where error.workspace_id = v_workspace_id
      and error.source = v_source
      and error.crm_id = any (v_ids)
      and (error.feed = 'customers' or error.crm_id = any (v_reread))
      and not v_rejected @> jsonb_build_array(jsonb_build_object('crm_id', error.crm_id, 'feed', error.feed));
  end if;

  if v_rejected <> '[]' then
    perform public.set_servicetitan_records_aside(v_workspace_id, v_source, v_instance_id, v_rejected);
  end if;

  v_parts := public.enter_servicetitan_part(
    v_state.parts, v_part, v_renormalize <> '[]', v_run -> 'closes',
    array(select item.crm_id from jsonb_to_recordset(v_rejected) as item (crm_id text))
  );
  -- The commit may travel with a part of a chunk. So the chunk itself has to be whole by it, its phones apart,
  -- which the commit waits for.
  if v_run ? 'before' and jsonb_typeof(p_batch -> 'commit') = 'object' then
    perform public.check_servicetitan_chunks(
      v_parts, substring(v_part from '^\d{1,6}')::integer + case when v_renormalize = '[]' then 1 else 0 end
    );
  end if;

  if v_is_of_pass then
    perform public.note_servicetitan_pass(
      v_state, v_instance_id, p_batch || jsonb_build_object('rejected', v_rejected), coalesce(v_before, '{}'), v_counts -> 'ids',
      array(
        select jsonb_array_elements_text(nullif(v_counts #> '{ids,created}', 'null'))
        union
        select jsonb_array_elements_text(nullif(v_counts #> '{ids,updated}', 'null'))
        union
        select unnest(v_refreshed)
      )
    );
  end if;
  -- R18: whatever shows the customer says that it is there.
  if jsonb_typeof(v_counts #> '{ids,shown_again}') = 'array' then
    perform public.mark_servicetitan_missing(
      v_workspace_id, v_source, array(select jsonb_array_elements_text(v_counts #> '{ids,shown_again}')), null, p_path
    );
  end if;

  if jsonb_typeof(p_batch -> 'commit') = 'object' and v_renormalize = '[]' then
    perform public.commit_servicetitan_page(v_workspace_id, v_instance_id, v_fence, p_batch -> 'commit');
    v_committed := true;
  end if;

  -- A call that is repeated after all counts what it found to write.
  if v_is_new or v_written_count > 0 then
    perform public.log_servicetitan_reads(v_state, v_run, v_customers, v_rejected, v_counts -> 'ids', v_touched, v_refreshed);
  end if;

  update public.servicetitan_sync_runs
  set
    pages = greatest(pages, v_page),
    contact_methods = contact_methods + v_new_methods,
    expected = coalesce(expected, (v_run ->> 'expected')::bigint),
    unreadable_fields = case
      -- A pass counts its own: the same record may have come with the live pages of this run.
      when v_is_new and not v_is_of_pass and not v_is_begun and p_batch ? 'unreadable' then public.add_servicetitan_counts(unreadable_fields, p_batch -> 'unreadable')
      else unreadable_fields
    end
  where instance_id = v_instance_id;

  update public.servicetitan_sync_state
  set
    page = v_page,
    -- R25: what was graded first says for which country; another one has all phones graded anew.
    home_country = coalesce(home_country, v_home),
    parts = v_parts,
    total_customers_synced = total_customers_synced + v_written_count,
    updated_at = now()
  where workspace_id = v_workspace_id;

  return v_counts - 'ids'
    || jsonb_build_object(
      'set_aside', v_set_aside,
      'updated', (v_counts ->> 'updated')::bigint + v_refreshed_count,
      'renormalize', v_renormalize,
      'committed', v_committed
    );
end
$$;

revoke all on function public.sync_servicetitan_contacts(jsonb, text) from public, anon, authenticated;
grant execute on function public.sync_servicetitan_contacts(jsonb, text) to service_role;
