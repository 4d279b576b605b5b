-- Every page of the window is written, so the cursor moves (R4). `p_cursor` is the sync start time. Null ends
-- an initial sync: its cursor is the time it first began less 15 minutes, because an export may lag by that
-- much (R12). No clock that runs ahead makes a cursor that is later than now, and one that was stored so goes
-- back. The ledger notes the new cursor, from which reports work out how old the data was. `p_doubts` is
-- what the run could not make sure of so far (R10): it is told with the cursor, for a run may die after it.
-- A first sync that ends in doubt asks for a pass (R12, R18).
-- `p_place`: the window's last page, which the database has to hold (check_servicetitan_place).
create or replace function public.advance_servicetitan_cursor(
  p_workspace_id text,
  p_instance_id text,
  p_fence bigint,
  p_cursor timestamptz,
  p_doubts jsonb default '[]',
  p_place jsonb default null
)
returns void
language plpgsql
security invoker
set search_path = ''
as $$
declare
  v_state public.servicetitan_sync_state := public.hold_servicetitan_lease(p_workspace_id, p_instance_id, p_fence);
  v_cursor timestamptz;
  v_short jsonb := '[]';
  v_doubts jsonb;
begin
  perform public.check_servicetitan_place(v_state, p_place);

  if p_cursor is null then
    v_short := public.find_servicetitan_short_sync(v_state);
    update public.servicetitan_sync_state
    set
      last_modified_cursor = case when initial_started_at > now() then now() else initial_started_at end - interval '15 minutes',
      last_continue_from = null,
      -- R17: an export that ended too early is read on from where it ended. A token of an earlier reading misses nothing.
      settled = jsonb_build_object(
        'customers', jsonb_build_object('from', last_continue_from, 'stamp', initial_stamp, 'as_of', least(initial_started_at, now()) - interval '15 minutes'),
        'contacts', jsonb_build_object('as_of', least(initial_started_at, now()) - interval '15 minutes')
      ) || settled,
      initial_stamp = null,
      initial_sync_completed = true,
      initial_feed = null,
      checkpoint = null,
      updated_at = now()
    where workspace_id = p_workspace_id
    returning last_modified_cursor into v_cursor;
  else
    update public.servicetitan_sync_state
    set
      last_modified_cursor = case
        when last_modified_cursor <= now() then greatest(last_modified_cursor, least(p_cursor, now()))
        else least(p_cursor, now())
      end,
      checkpoint = null,
      updated_at = now()
    where workspace_id = p_workspace_id
    returning last_modified_cursor into v_cursor;
  end if;

  update public.servicetitan_sync_runs
  set
    window_until = v_cursor,
    window_closed_at = coalesce(window_closed_at, now()),
    doubts = public.chain_servicetitan_doubts(p_instance_id, p_doubts || v_short)
  where instance_id = p_instance_id
  returning doubts into v_doubts;

  if p_cursor is null and v_doubts <> '[]' then
    update public.servicetitan_sync_state
    set pass_wanted_at = coalesce(pass_wanted_at, now())
    where workspace_id = p_workspace_id;
  end if;
end
$$;

revoke all on function public.advance_servicetitan_cursor(text, text, bigint, timestamptz, jsonb, jsonb) from public, anon, authenticated;
grant execute on function public.advance_servicetitan_cursor(text, text, bigint, timestamptz, jsonb, jsonb) to service_role;
