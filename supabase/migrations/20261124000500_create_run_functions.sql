-- The life of a run once it is claimed: begin, commit, advance, continue, complete, fail. Each is one transaction under the
-- lock that hold_servicetitan_lease takes on the workspace's state row.

-- The claimed run starts work: status, mode and everything it needs to go on from where the workspace stands. Repeating
-- the call gives the same answer; p_started_at (the sync start time, the Worker's clock) counts only the first time.
-- The lower bound of an incremental window is the cursor less the overlap (R4), or the checkpoint's as it was sent (R6).
create function public.begin_servicetitan_run(
  p_workspace_id text,
  p_instance_id text,
  p_started_at timestamptz,
  p_overlap_seconds integer
)
returns jsonb
language plpgsql
security invoker
set search_path = ''
as $$
declare
  v_state public.servicetitan_sync_state := public.hold_servicetitan_lease(p_workspace_id, p_instance_id, null);
  v_run public.servicetitan_sync_runs;
  v_source text;
  v_mode text;
begin
  select * into v_run from public.servicetitan_sync_runs where instance_id = p_instance_id;

  if v_run.status = 'queued' then
    select environment || '/' || tenant_id into v_source
    from public.servicetitan_connections
    where workspace_id = p_workspace_id;

    if v_state.source is distinct from v_source then -- R3: another tenant starts over
      update public.servicetitan_sync_state
      set
        source = v_source,
        last_modified_cursor = null,
        last_continue_from = null,
        initial_sync_completed = false,
        initial_feed = null,
        initial_started_at = null,
        contacts_continue_from = null,
        checkpoint = null,
        total_customers_synced = 0
      where workspace_id = p_workspace_id
      returning * into v_state;
    end if;

    -- A full sync beside the live rows can be called off; the first one has to be finished.
    v_mode := case
      when not v_state.initial_sync_completed or v_run.requested_mode = 'initial' then 'initial'
      when v_state.initial_feed is not null and v_run.requested_mode is distinct from 'incremental' then 'initial'
      else 'incremental'
    end;

    update public.servicetitan_sync_state
    set
      sync_status = 'running',
      last_sync_created = case when v_run.trigger = 'successor' then last_sync_created else 0 end,
      last_sync_updated = case when v_run.trigger = 'successor' then last_sync_updated else 0 end,
      last_sync_errors = case when v_run.trigger = 'successor' then last_sync_errors else 0 end,
      last_error = null,
      -- R12: an initial sync under way keeps its feed, token and the time it first began.
      initial_started_at = case when v_mode = 'initial' and initial_feed is null then p_started_at else initial_started_at end,
      last_continue_from = case when v_mode = 'initial' and initial_feed is not null then last_continue_from end,
      initial_feed = case when v_mode = 'initial' then coalesce(initial_feed, 'contacts') end,
      updated_at = now()
    where workspace_id = p_workspace_id
    returning * into v_state;

    update public.servicetitan_sync_runs
    set
      status = 'running',
      mode = v_mode,
      source = v_source,
      started_at = now(),
      -- R6: all four of the checkpoint, the sync start time among them, or none.
      window_started_at = case
        when v_mode = 'initial' then v_state.initial_started_at
        else coalesce((v_state.checkpoint ->> 'started_at')::timestamptz, p_started_at)
      end,
      window_from = case
        when v_mode = 'incremental' then coalesce(
          (v_state.checkpoint ->> 'modified_on_or_after')::timestamptz,
          v_state.last_modified_cursor - make_interval(secs => p_overlap_seconds)
        )
      end
    where instance_id = p_instance_id
    returning * into v_run;
  end if;

  return jsonb_build_object(
    'fence', v_run.fence,
    'mode', v_run.mode,
    'started_at', v_run.window_started_at,
    'modified_on_or_after', v_run.window_from,
    'checkpoint', v_state.checkpoint,
    'initial_feed', v_state.initial_feed,
    'continue_from', v_state.last_continue_from,
    'contacts_continue_from', v_state.contacts_continue_from,
    -- The longest untried first, and no more than a run can well re-fetch beside its work.
    'quarantined', (
      select coalesce(jsonb_agg(waiting.crm_id order by waiting.crm_id), '[]')
      from (
        select error.crm_id
        from public.servicetitan_sync_errors as error
        where error.workspace_id = p_workspace_id
          and error.source = v_run.source
        group by error.crm_id
        order by max(error.last_seen_at)
        limit 500
      ) as waiting
    )
  );
end
$$;
revoke all on function public.begin_servicetitan_run(text, text, timestamptz, integer) from public, anon, authenticated;
grant execute on function public.begin_servicetitan_run(text, text, timestamptz, integer) to service_role;

-- Stores where a feed goes on. p_commit: {feed, continue_from, done, read_at} as in the wire contract; null does nothing.
-- Called in the transaction that writes the page, or alone for a page without rows. Repeating it changes nothing.
create function public.commit_servicetitan_page(p_workspace_id text, p_instance_id text, p_fence bigint, p_commit jsonb)
returns void
language plpgsql
security invoker
set search_path = ''
as $$
declare
  v_feed text := p_commit ->> 'feed';
  v_token text := p_commit ->> 'continue_from';
  v_done boolean := (p_commit ->> 'done')::boolean;
begin
  perform public.hold_servicetitan_lease(p_workspace_id, p_instance_id, p_fence);

  if v_feed = 'contacts' then
    update public.servicetitan_sync_state
    set contacts_continue_from = v_token
    where workspace_id = p_workspace_id;
  elsif v_feed = 'initial_contacts' then
    update public.servicetitan_sync_state
    set
      initial_started_at = least(initial_started_at, (p_commit ->> 'read_at')::timestamptz),
      last_continue_from = case when v_done then null else v_token end,
      contacts_continue_from = case when v_done then v_token else contacts_continue_from end,
      initial_feed = case when v_done then 'customers' else 'contacts' end
    where workspace_id = p_workspace_id
      and initial_feed = 'contacts';
  elsif v_feed = 'initial_customers' then
    update public.servicetitan_sync_state
    set last_continue_from = v_token
    where workspace_id = p_workspace_id
      and initial_feed = 'customers';
  end if;
end
$$;
revoke all on function public.commit_servicetitan_page(text, text, bigint, jsonb) from public, anon, authenticated;
grant execute on function public.commit_servicetitan_page(text, text, bigint, jsonb) to service_role;

-- R4: the window is written, the claim moves. p_cursor is the sync start time; null ends an initial sync, whose cursor is
-- the time it first began less 15 minutes, for the export may lag by that much (R12).
create function public.advance_servicetitan_cursor(p_workspace_id text, p_instance_id text, p_fence bigint, p_cursor timestamptz)
returns void
language plpgsql
security invoker
set search_path = ''
as $$
begin
  perform public.hold_servicetitan_lease(p_workspace_id, p_instance_id, p_fence);

  if p_cursor is null then
    update public.servicetitan_sync_state
    set
      last_modified_cursor = initial_started_at - interval '15 minutes',
      last_continue_from = null,
      initial_sync_completed = true,
      initial_feed = null,
      checkpoint = null,
      updated_at = now()
    where workspace_id = p_workspace_id;
  else
    update public.servicetitan_sync_state
    set
      last_modified_cursor = greatest(last_modified_cursor, p_cursor),
      checkpoint = null,
      updated_at = now()
    where workspace_id = p_workspace_id;
  end if;
end
$$;
revoke all on function public.advance_servicetitan_cursor(text, text, bigint, timestamptz) from public, anon, authenticated;
grant execute on function public.advance_servicetitan_cursor(text, text, bigint, timestamptz) to service_role;

-- R6: stores the checkpoint (null for an initial sync, whose token is stored page by page) and hands the lease to the
-- successor, in one transaction. Repeating the call changes nothing.
create function public.continue_servicetitan_run(
  p_workspace_id text,
  p_instance_id text,
  p_fence bigint,
  p_successor_id text,
  p_checkpoint jsonb,
  p_pages integer,
  p_calls integer
)
returns void
language plpgsql
security invoker
set search_path = ''
as $$
begin
  if exists (select from public.servicetitan_sync_runs where instance_id = p_instance_id and status = 'continued') then
    return;
  end if;
  perform public.hold_servicetitan_lease(p_workspace_id, p_instance_id, p_fence);

  update public.servicetitan_sync_runs
  set
    status = 'continued',
    finished_at = now(),
    window_started_at = coalesce((p_checkpoint ->> 'started_at')::timestamptz, window_started_at),
    pages = p_pages,
    service_titan_calls = p_calls
  where instance_id = p_instance_id;

  insert into public.servicetitan_sync_runs (instance_id, workspace_id, fence, trigger, predecessor)
  values (p_successor_id, p_workspace_id, p_fence + 1, 'successor', p_instance_id);

  update public.servicetitan_sync_state
  set
    fence = p_fence + 1,
    run_instance_id = p_successor_id,
    alive_until = now() + interval '20 minutes',
    checkpoint = p_checkpoint,
    page = 0,
    parts = '{}',
    updated_at = now()
  where workspace_id = p_workspace_id;
end
$$;
revoke all on function public.continue_servicetitan_run(text, text, bigint, text, jsonb, integer, integer) from public, anon, authenticated;
grant execute on function public.continue_servicetitan_run(text, text, bigint, text, jsonb, integer, integer) to service_role;

-- The run ended well: the lease is free. p_commit stores where the contacts feed goes on when its last page was empty, for
-- then nothing else is written. Repeating the call changes nothing.
create function public.complete_servicetitan_run(
  p_workspace_id text,
  p_instance_id text,
  p_fence bigint,
  p_commit jsonb,
  p_pages integer,
  p_calls integer
)
returns void
language plpgsql
security invoker
set search_path = ''
as $$
begin
  if exists (select from public.servicetitan_sync_runs where instance_id = p_instance_id and status = 'completed') then
    return;
  end if;
  perform public.commit_servicetitan_page(p_workspace_id, p_instance_id, p_fence, p_commit);

  update public.servicetitan_sync_runs
  set status = 'completed', finished_at = now(), pages = p_pages, service_titan_calls = p_calls
  where instance_id = p_instance_id;

  update public.servicetitan_sync_state
  set
    sync_status = 'completed',
    last_error = null,
    run_instance_id = null,
    alive_until = null,
    failures = 0,
    next_attempt_at = null,
    last_completed_at = now(),
    updated_at = now()
  where workspace_id = p_workspace_id;
end
$$;
revoke all on function public.complete_servicetitan_run(text, text, bigint, jsonb, integer, integer) from public, anon, authenticated;
grant execute on function public.complete_servicetitan_run(text, text, bigint, jsonb, integer, integer) to service_role;

-- The run ended badly: the reason is kept, the lease is free, the cursor stays. Refused credentials make ticks wait, twice
-- as long each time in a row up to six hours, for a run every 15 minutes would only lock the account. Repeating changes nothing.
create function public.fail_servicetitan_run(
  p_workspace_id text,
  p_instance_id text,
  p_code text,
  p_error text,
  p_pages integer,
  p_calls integer
)
returns void
language plpgsql
security invoker
set search_path = ''
as $$
declare
  -- These say nothing about ServiceTitan or the feeds: the run was not created, or was told to stop.
  v_did_not_try constant boolean := p_code in ('not_created', 'superseded');
  v_run public.servicetitan_sync_runs;
begin
  select * into v_run from public.servicetitan_sync_runs where instance_id = p_instance_id;
  if v_run.status = 'failed' then
    return;
  end if;
  perform public.hold_servicetitan_lease(p_workspace_id, p_instance_id, null);

  update public.servicetitan_sync_runs
  set status = 'failed', finished_at = now(), error_code = p_code, error = p_error, pages = p_pages, service_titan_calls = p_calls
  where instance_id = p_instance_id;

  update public.servicetitan_sync_state
  set
    sync_status = 'failed',
    last_error = p_error,
    run_instance_id = null,
    alive_until = null,
    -- A full sync that fails gives way to the incremental ones: the rows it began with stay current without it.
    initial_feed = case when v_did_not_try or not initial_sync_completed then initial_feed end,
    last_continue_from = case when v_did_not_try or not initial_sync_completed then last_continue_from end,
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

  -- A wish for a full sync outlives the run that was to fulfil it.
  if v_did_not_try and v_run.status = 'queued' and v_run.requested_mode = 'initial' then
    update public.servicetitan_sync_state
    set initial_feed = 'contacts', last_continue_from = null, initial_started_at = now()
    where workspace_id = p_workspace_id
      and initial_feed is null;
  end if;
end
$$;
revoke all on function public.fail_servicetitan_run(text, text, text, text, integer, integer) from public, anon, authenticated;
grant execute on function public.fail_servicetitan_run(text, text, text, text, integer, integer) to service_role;
