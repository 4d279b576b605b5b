-- Where the settled reader goes on (R17): {customers, contacts: {from, stamp}}, or null while no reading is due.
-- One is due `p_minutes` after the last one that reached its end began, and in every run until it has passed what
-- was in doubt: until `settled_until` has reached the time of the doubt's run. What it cannot mend does not
-- count.
--
-- The customers go on where the first sync's own reading ended. The contacts begin by date, an hour before the
-- first sync. So do both where there is no token, as in a workspace whose first sync an older version made.
-- Where the first sync's reading of the contacts ended before that hour, by its end or by being stopped (R19), they
-- are read on from there: from the first record where it had no token.
create or replace function public.plan_servicetitan_settled(p_state public.servicetitan_sync_state, p_minutes integer)
returns jsonb
language sql
stable
security invoker
set search_path = ''
as $$
  select jsonb_object_agg(feed.name, jsonb_build_object(
    'from', case
      when feed.name = 'contacts' and p_state.settled -> feed.name -> 'from' = 'null' then null
      else coalesce(
        p_state.settled -> feed.name ->> 'from',
        public.format_servicetitan_instant(p_state.initial_started_at - interval '1 hour')
      )
    end,
    'stamp', p_state.settled -> feed.name ->> 'stamp'
  ))
  from unnest(array['customers', 'contacts']) as feed (name)
  having
    -- Fifteen minutes before it began, by the earliest clock.
    bool_or(coalesce((p_state.settled -> feed.name ->> 'as_of')::timestamptz, '-infinity') <= now() - make_interval(mins => p_minutes + 15))
    or exists (
      select
      from public.servicetitan_sync_runs as run
      where run.workspace_id = p_state.workspace_id
        and run.source = p_state.source
        and run.fence > p_state.fence - 100
        and run.window_started_at > coalesce(p_state.settled_until, '-infinity')
        and run.doubts @? '$[*] ? (
          @.code != "removals_held" && @.code != "most_refused" && (@.code != "part_unfinished" || @.part == "settled reading")
        )'
    )
$$;

revoke all on function public.plan_servicetitan_settled(public.servicetitan_sync_state, integer) from public, anon, authenticated;
grant execute on function public.plan_servicetitan_settled(public.servicetitan_sync_state, integer) to service_role;
