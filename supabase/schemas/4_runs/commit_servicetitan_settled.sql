-- Stores where the settled reader goes on in one feed (R17). `p_commit` as commit_servicetitan_page takes it;
-- `read_at` is the earlier of the Worker's clock and ServiceTitan's own. `p_state` is the state as it is now.
--
-- A reading that reached its end has read what was changed 15 minutes before it began: by the earliest of the
-- three clocks, the third of which is the database's when the run began. `settled_until` follows from the
-- reading before that one, for it is what a second reading has confirmed, and from the feed that is behind. A
-- token behind a stamp in the future is not kept, as in commit_servicetitan_page. Repeating the call changes
-- nothing.
create or replace function public.commit_servicetitan_settled(p_state public.servicetitan_sync_state, p_instance_id text, p_commit jsonb)
returns void
language plpgsql
security invoker
set search_path = ''
as $$
declare
  v_name text := replace(p_commit ->> 'feed', 'settled_', '');
  v_done boolean := (p_commit ->> 'done')::boolean;
  v_feed jsonb := coalesce(p_state.settled -> v_name, '{}');
  v_before timestamptz := (v_feed ->> 'as_of')::timestamptz;
  v_past_future boolean := coalesce((v_feed ->> 'past_future')::boolean, false) or coalesce((p_commit ->> 'past_future')::boolean, false);
  v_as_of timestamptz;
begin
  v_feed := v_feed || jsonb_build_object(
    'from', case
      when v_past_future and v_done
      then public.format_servicetitan_instant(
        coalesce(case when p_state.settled_until <= now() then p_state.settled_until end, p_state.initial_started_at - interval '1 hour')
      )
      else p_commit ->> 'continue_from'
    end,
    'stamp', coalesce(p_commit ->> 'stamp', v_feed ->> 'stamp'),
    'past_future', v_past_future and not v_done
  );

  if v_done then
    select least(run.started_at, (p_commit ->> 'read_at')::timestamptz) - interval '15 minutes'
    into v_as_of
    from public.servicetitan_sync_runs as run
    where run.instance_id = p_instance_id;
    -- A repeated call finds its own time. One that is ahead of now is a clock's that was wrong.
    if v_before is null or v_as_of > v_before or v_before > now() then
      v_feed := v_feed || jsonb_build_object('as_of', v_as_of, 'until', v_before);
    end if;
  end if;

  update public.servicetitan_sync_state as state
  set
    settled = state.settled || jsonb_build_object(v_name, v_feed),
    settled_until = (
      select case when count(feed.until) = 2 then min(feed.until) end
      from (
        select (each.value ->> 'until')::timestamptz as until
        from jsonb_each(state.settled || jsonb_build_object(v_name, v_feed)) as each
      ) as feed
    )
  where state.workspace_id = p_state.workspace_id;
end
$$;

revoke all on function public.commit_servicetitan_settled(public.servicetitan_sync_state, text, jsonb) from public, anon, authenticated;
grant execute on function public.commit_servicetitan_settled(public.servicetitan_sync_state, text, jsonb) to service_role;
