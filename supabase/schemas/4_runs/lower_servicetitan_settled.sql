-- The settled reader brought a version as old as `p_stamp` that nobody had brought before (R17). Where an
-- earlier reading of the same feed should have shown it, what that reading confirmed is taken back to there;
-- where that had been told (`settled_until`), it is a doubt, once a run and feed.
create or replace function public.lower_servicetitan_settled(p_workspace_id text, p_instance_id text, p_feed text, p_stamp text)
returns void
language plpgsql
security invoker
set search_path = ''
as $$
declare
  v_stamp timestamptz := p_stamp::timestamptz;
  v_until timestamptz;
begin
  select state.settled_until into v_until from public.servicetitan_sync_state as state where state.workspace_id = p_workspace_id;

  update public.servicetitan_sync_state as state
  set
    settled = jsonb_set(state.settled, array[p_feed], state.settled -> p_feed || jsonb_strip_nulls(jsonb_build_object(
      'as_of', v_stamp,
      'until', case when state.settled -> p_feed ->> 'until' is not null then least((state.settled -> p_feed ->> 'until')::timestamptz, v_stamp) end
    ))),
    settled_until = case when state.settled_until > v_stamp then v_stamp else state.settled_until end
  where state.workspace_id = p_workspace_id
    and (state.settled -> p_feed ->> 'as_of')::timestamptz > v_stamp;

  if v_until > v_stamp then
    update public.servicetitan_sync_runs as run
    set doubts = public.chain_servicetitan_doubts(p_instance_id, jsonb_build_array(
      jsonb_build_object('code', 'settled_late', 'feed', p_feed, 'at', p_stamp)
    ))
    where run.instance_id = p_instance_id
      and not run.doubts @> jsonb_build_array(jsonb_build_object('code', 'settled_late', 'feed', p_feed));
  end if;
end
$$;

revoke all on function public.lower_servicetitan_settled(text, text, text, text) from public, anon, authenticated;
grant execute on function public.lower_servicetitan_settled(text, text, text, text) to service_role;
