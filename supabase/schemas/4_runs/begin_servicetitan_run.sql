-- A claimed run starts work: sets status and mode, and answers everything the run needs to resume where the
-- workspace stands. Until the run has written something, repeating the call gives the same answer.
-- `p_started_at` is the sync start time by the Worker's clock and counts only the first time, and no later than
-- now: a Worker's clock that runs ahead would move the cursor past what nobody has read.
--
-- An incremental window begins at the cursor less the overlap (R4). A cursor in the future, of a clock that ran
-- ahead, says nothing of what came since it was stored: the last one in the ledger that can be true counts, or
-- the initial sync's. A window that a checkpoint continues begins where it began before (R6), unless one of its
-- times is in the future; then it begins anew. A connection to another tenant starts over (R3). An initial sync that was under
-- way keeps its feed, its token and the time it first began (R12). The last error stays until a run completes: that another one
-- has begun mends nothing yet. `p_settled_minutes`: how long after the last settled reading the next one is due (R17).
-- `p_pass_days`: how often everything is compared (R18).
create or replace function public.begin_servicetitan_run(
  p_workspace_id text,
  p_instance_id text,
  p_started_at timestamptz,
  p_overlap_seconds integer,
  p_settled_minutes integer default 55,
  p_pass_days integer default 7
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
  v_cursor timestamptz;
begin
  select * into v_run from public.servicetitan_sync_runs where instance_id = p_instance_id;
  if not found then
    raise exception using errcode = 'PT409', message = 'went_back', detail = 'The run is not in the ledger.';
  end if;

  if v_run.status = 'queued' then
    select environment || '/' || tenant_id into v_source
    from public.servicetitan_connections
    where workspace_id = p_workspace_id;

    if v_state.source is distinct from v_source then -- R3: another tenant starts over
      perform public.drop_servicetitan_pass(p_workspace_id);
      update public.servicetitan_sync_state
      set
        source = v_source,
        last_modified_cursor = null,
        last_continue_from = null,
        initial_sync_completed = false,
        initial_feed = null,
        initial_started_at = null,
        initial_stamp = null,
        contacts_continue_from = null,
        contacts_past_future = false,
        contacts_stamp = null,
        settled = '{}',
        settled_until = null,
        checkpoint = null,
        home_country = null,
        tag_types_asked_at = null,
        tag_types_refused = false,
        pass_wanted_at = case when source is null then pass_wanted_at end,
        total_customers_synced = 0
      where workspace_id = p_workspace_id
      returning * into v_state;
    end if;

    v_state := public.heal_servicetitan_state(p_workspace_id);

    v_mode := case when v_state.initial_sync_completed then 'incremental' else 'initial' end;

    update public.servicetitan_sync_state
    set
      sync_status = 'running',
      page = 0,
      last_sync_created = case when v_run.trigger = 'successor' then last_sync_created else 0 end,
      last_sync_updated = case when v_run.trigger = 'successor' then last_sync_updated else 0 end,
      last_sync_errors = case when v_run.trigger = 'successor' then last_sync_errors else 0 end,
      export_seen = case when v_run.trigger = 'successor' then export_seen else '{}' end,
      export_again = case when v_run.trigger = 'successor' then export_again end,
      -- R12: an initial sync under way keeps its feed, token and the time it first began.
      initial_started_at = case
        when v_mode = 'initial' and initial_feed is null then least(p_started_at, now())
        -- Whoever stored it may have known no clock but the database's.
        when v_mode = 'initial' then least(initial_started_at, p_started_at, now())
        when initial_started_at > now() then now()
        else initial_started_at
      end,
      last_continue_from = case when v_mode = 'initial' and initial_feed is not null then last_continue_from end,
      initial_stamp = case when v_mode = 'initial' and initial_feed is not null then initial_stamp end,
      initial_feed = case when v_mode = 'initial' then coalesce(initial_feed, 'contacts') end,
      checkpoint = case
        when greatest((checkpoint ->> 'modified_on_or_after')::timestamptz, (checkpoint ->> 'started_at')::timestamptz) <= now()
          then checkpoint
      end,
      updated_at = now()
    where workspace_id = p_workspace_id
    returning * into v_state;

    v_cursor := v_state.last_modified_cursor;
    if v_cursor > now() then
      select coalesce(max(run.window_until), v_state.initial_started_at - interval '15 minutes', now()) into v_cursor
      from public.servicetitan_sync_runs as run
      where run.workspace_id = p_workspace_id
        and run.source = v_source
        and run.window_until <= now();
    end if;

    update public.servicetitan_sync_runs
    set
      status = 'running',
      mode = v_mode,
      source = v_source,
      started_at = now(),
      -- A window whose successor was lost goes on with the run that handed it over.
      predecessor = coalesce(predecessor, case
        when v_mode = 'incremental' and v_state.checkpoint is not null
        then (
          select earlier.instance_id
          from public.servicetitan_sync_runs as earlier
          where earlier.workspace_id = p_workspace_id
            and earlier.source = v_source
            and earlier.status = 'continued'
          order by earlier.fence desc
          limit 1
        )
      end),
      -- R6: all of the checkpoint, the sync start time among it, or none.
      window_started_at = case
        when v_mode = 'initial' then v_state.initial_started_at
        else coalesce((v_state.checkpoint ->> 'started_at')::timestamptz, least(p_started_at, now()))
      end,
      window_from = case
        when v_mode = 'incremental' then coalesce(
          (v_state.checkpoint ->> 'modified_on_or_after')::timestamptz,
          v_cursor - make_interval(secs => p_overlap_seconds)
        )
      end
    where instance_id = p_instance_id
    returning * into v_run;
  end if;

  return jsonb_build_object(
    'fence', v_run.fence,
    'country', (select country from public.servicetitan_connections where workspace_id = p_workspace_id),
    'graded_for', v_state.home_country,
    'tag_types', jsonb_build_object(
      'due', coalesce(v_state.tag_types_asked_at < now() - interval '1 day', true),
      'refused', v_state.tag_types_refused
    ),
    'time_zone', (select time_zone from public.workspaces where id::text = p_workspace_id),
    'mode', v_run.mode,
    'started_at', v_run.window_started_at,
    'modified_on_or_after', v_run.window_from,
    'checkpoint', v_state.checkpoint,
    'initial_feed', v_state.initial_feed,
    'continue_from', v_state.last_continue_from,
    'contacts_continue_from', v_state.contacts_continue_from,
    'initial_stamp', v_state.initial_stamp,
    'contacts_stamp', v_state.contacts_stamp,
    -- The longest unasked first, and no more than a run can well re-fetch beside its work.
    'quarantined', (
      select coalesce(jsonb_agg(waiting.crm_id order by waiting.asked_at, waiting.crm_id), '[]')
      from (
        select error.crm_id, max(error.last_seen_at) as asked_at
        from public.servicetitan_sync_errors as error
        where error.workspace_id = p_workspace_id
          and error.source = v_run.source
        group by error.crm_id
        having not bool_or(error.call_failed)
        order by asked_at
        limit 500
      ) as waiting
    ),
    'pass_due', v_run.mode = 'incremental' and public.plan_servicetitan_pass(v_state, p_pass_days) is not null,
    -- R17: where the settled reading goes on; null while none is due.
    'settled', case
      when v_run.mode = 'incremental' then public.plan_servicetitan_settled(v_state, p_settled_minutes)
    end,
    'settled_until', case when v_state.settled_until <= now() then v_state.settled_until end,
    'export_seen', v_state.export_seen,
    'export_again', v_state.export_again,
    'rechecks', public.list_servicetitan_rechecks(p_workspace_id, v_run.source, p_instance_id, 50),
    -- Those whose call fails are asked alone: in the first hour by every run, in the first day hourly, then daily.
    'poison', (
      select coalesce(jsonb_agg(waiting.crm_id order by waiting.asked_at, waiting.crm_id), '[]')
      from (
        select error.crm_id, max(error.last_seen_at) as asked_at
        from public.servicetitan_sync_errors as error
        where error.workspace_id = p_workspace_id
          and error.source = v_run.source
        group by error.crm_id
        having bool_or(error.call_failed)
          and max(error.last_seen_at) <= now() - case
            when min(error.first_seen_at) > now() - interval '1 hour' then interval '0'
            when min(error.first_seen_at) > now() - interval '1 day' then interval '1 hour'
            else interval '1 day'
          end
        order by asked_at
        limit 20
      ) as waiting
    ),
    -- Nobody asks for their contacts together with others'.
    'poisoned_contacts', (
      select coalesce(jsonb_agg(known.crm_id order by known.crm_id), '[]')
      from (
        select error.crm_id
        from public.servicetitan_sync_errors as error
        where error.workspace_id = p_workspace_id
          and error.source = v_run.source
          and error.feed = 'contacts'
          and error.call_failed
        limit 1000
      ) as known
    )
  );
end
$$;

revoke all on function public.begin_servicetitan_run(text, text, timestamptz, integer, integer, integer) from public, anon, authenticated;
grant execute on function public.begin_servicetitan_run(text, text, timestamptz, integer, integer, integer) to service_role;
