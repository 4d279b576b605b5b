-- The life of a run (R8): claim, hold, begin, commit, advance, continue, complete, fail. Each is one transaction under a
-- lock on the workspace's state row. A run that lost its lease is told so with SQLSTATE PT409, message 'superseded'.

-- The heartbeat and the fence in one: locks the state row and extends the lease by ten minutes and the announced wait.
-- p_fence null: the run has not begun yet, its instance id alone is checked.
create function public.hold_servicetitan_lease(
  p_workspace_id text,
  p_instance_id text,
  p_fence bigint,
  p_wait_seconds integer default 0
)
returns public.servicetitan_sync_state
language plpgsql
security invoker
set search_path = ''
as $$
declare
  v_state public.servicetitan_sync_state;
begin
  update public.servicetitan_sync_state as stored
  set
    alive_until = greatest(stored.alive_until, now() + make_interval(mins => 10, secs => p_wait_seconds)),
    nudged_at = null
  where stored.workspace_id = p_workspace_id
    and stored.run_instance_id = p_instance_id
    and (p_fence is null or stored.fence = p_fence)
  returning * into v_state;

  if not found then
    raise exception using
      errcode = 'PT409',
      message = 'superseded',
      detail = 'Another run of this workspace has started since, or this one has ended.';
  end if;
  return v_state;
end
$$;
revoke all on function public.hold_servicetitan_lease(text, text, bigint, integer) from public, anon, authenticated;
grant execute on function public.hold_servicetitan_lease(text, text, bigint, integer) to service_role;

-- Claims the lease for each of p_claims [{workspace_id, instance_id, tenant_id?, mode?}] and answers, in the same order,
-- [{workspace_id, instance_id, outcome}]:
--   claimed          the instance may be created
--   claimed_before   the same, by an earlier call of the same id that may have died before it created the instance
--   already_started  the instance id is in the ledger (a repeated tick, R14)
--   running          another instance holds a live lease; instance_id names it
--   stalled          the lease is past its time; instance_id names the run to wake. A later call takes it over
--   backing_off      ServiceTitan refused the credentials; only a manual start goes ahead
--   unknown_workspace, disabled, wrong_tenant
create function public.claim_servicetitan_runs(p_trigger text, p_claims jsonb)
returns jsonb
language plpgsql
security invoker
set search_path = ''
as $$
declare
  -- How long a nudged run may take to show life before it is taken over: less than the time between two ticks.
  c_grace constant interval := interval '5 minutes';
  v_result jsonb;
begin
  insert into public.servicetitan_sync_state (workspace_id)
  select connection.workspace_id
  from public.servicetitan_connections as connection
  join jsonb_to_recordset(p_claims) as claim (workspace_id text) using (workspace_id)
  order by connection.workspace_id
  on conflict (workspace_id) do nothing;

  -- In one order everywhere, so that two ticks can't deadlock.
  perform from public.servicetitan_sync_state as state
  where state.workspace_id in (select claim.workspace_id from jsonb_to_recordset(p_claims) as claim (workspace_id text))
  order by state.workspace_id
  for update;

  with claim as (
    select item.*
    from rows from (jsonb_to_recordset(p_claims) as (workspace_id text, instance_id text, tenant_id text, mode text))
      with ordinality as item (workspace_id, instance_id, tenant_id, mode, position)
  ),
  decided as (
    select
      claim.*,
      state.run_instance_id,
      case
        when connection.workspace_id is null then 'unknown_workspace'
        when claim.tenant_id <> connection.tenant_id then 'wrong_tenant'
        when not connection.enabled then 'disabled'
        when run.status = 'queued' and state.run_instance_id = claim.instance_id then 'claimed_before'
        when run.instance_id is not null then 'already_started'
        when state.run_instance_id is not null and state.alive_until > now() then 'running'
        when state.run_instance_id is not null and (state.nudged_at is null or state.nudged_at > now() - c_grace) then 'stalled'
        when p_trigger = 'cron' and state.next_attempt_at > now() then 'backing_off'
        else 'claimed'
      end as outcome
    from claim
    left join public.servicetitan_connections as connection using (workspace_id)
    left join public.servicetitan_sync_state as state using (workspace_id)
    left join public.servicetitan_sync_runs as run on run.instance_id = claim.instance_id
  ),
  superseded as (
    update public.servicetitan_sync_runs as run
    set status = 'superseded', finished_at = now(), error = 'It showed no life past its lease and was taken over.'
    from decided
    where decided.outcome = 'claimed'
      and run.instance_id = decided.run_instance_id
  ),
  nudged as (
    update public.servicetitan_sync_state as state
    set nudged_at = coalesce(state.nudged_at, now())
    from decided
    where decided.outcome = 'stalled'
      and state.workspace_id = decided.workspace_id
  ),
  leased as (
    update public.servicetitan_sync_state as state
    set
      fence = state.fence + 1,
      run_instance_id = decided.instance_id,
      -- Long enough to wait in the engine's queue behind a full house.
      alive_until = now() + interval '20 minutes',
      nudged_at = null,
      page = 0,
      parts = '{}',
      updated_at = now()
    from decided
    where decided.outcome = 'claimed'
      and state.workspace_id = decided.workspace_id
    returning state.workspace_id, state.fence
  ),
  entered as (
    insert into public.servicetitan_sync_runs (instance_id, workspace_id, fence, trigger, requested_mode, took_over)
    select decided.instance_id, decided.workspace_id, leased.fence, p_trigger, decided.mode, decided.run_instance_id
    from decided
    join leased using (workspace_id)
    where decided.outcome = 'claimed'
  )
  select coalesce(jsonb_agg(jsonb_build_object(
    'workspace_id', decided.workspace_id,
    'instance_id', case when decided.outcome in ('running', 'stalled') then decided.run_instance_id else decided.instance_id end,
    'outcome', decided.outcome
  ) order by decided.position), '[]')
  into v_result
  from decided;

  return v_result;
end
$$;
revoke all on function public.claim_servicetitan_runs(text, jsonb) from public, anon, authenticated;
grant execute on function public.claim_servicetitan_runs(text, jsonb) to service_role;

-- What a fetch step needs, read under the lease: {tenant_id, environment, client_id, client_secret_sealed, app_key_sealed}.
-- A connection moved to another tenant in mid-run supersedes the run: its state belongs to the old one (R3). One that was
-- switched off or removed is refused with PT410 'not_connected'.
create function public.read_servicetitan_credentials(p_workspace_id text, p_instance_id text)
returns jsonb
language plpgsql
security invoker
set search_path = ''
as $$
declare
  v_connection public.servicetitan_connections;
  v_source text;
begin
  perform public.hold_servicetitan_lease(p_workspace_id, p_instance_id, null);

  select * into v_connection from public.servicetitan_connections where workspace_id = p_workspace_id and enabled;
  if not found then
    raise exception using errcode = 'PT410', message = 'not_connected';
  end if;
  select run.source into v_source from public.servicetitan_sync_runs as run where run.instance_id = p_instance_id;
  if v_source <> v_connection.environment || '/' || v_connection.tenant_id then
    raise exception using
      errcode = 'PT409',
      message = 'superseded',
      detail = 'The workspace was connected to another tenant while this run was under way.';
  end if;

  return jsonb_build_object(
    'tenant_id', v_connection.tenant_id,
    'environment', v_connection.environment,
    'client_id', v_connection.client_id,
    'client_secret_sealed', v_connection.client_secret_sealed,
    'app_key_sealed', v_connection.app_key_sealed
  );
end
$$;
revoke all on function public.read_servicetitan_credentials(text, text) from public, anon, authenticated;
grant execute on function public.read_servicetitan_credentials(text, text) to service_role;

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

    v_mode := case
      when not v_state.initial_sync_completed or v_state.initial_feed is not null or v_run.requested_mode = 'initial' then 'initial'
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
      last_continue_from = case when v_mode = 'initial' and initial_feed is null then null else last_continue_from end,
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
        order by min(error.last_seen_at)
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
-- as long each time up to six hours, for a run every 15 minutes would only lock the account. Repeating changes nothing.
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
begin
  if exists (select from public.servicetitan_sync_runs where instance_id = p_instance_id and status = 'failed') then
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
    failures = failures + 1,
    next_attempt_at = case
      when p_code = 'credentials_refused' then now() + least(interval '15 minutes' * power(2, least(failures, 10)), interval '6 hours')
    end,
    updated_at = now()
  where workspace_id = p_workspace_id;
end
$$;
revoke all on function public.fail_servicetitan_run(text, text, text, text, integer, integer) from public, anon, authenticated;
grant execute on function public.fail_servicetitan_run(text, text, text, text, integer, integer) to service_role;
