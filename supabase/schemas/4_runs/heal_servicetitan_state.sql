-- Takes out of a workspace's state what no run can go on from, and answers the state (R21). The sync writes no such
-- thing; it stands there after an edit by hand, or a restore that went wrong. Without its cursor, or without the
-- time when it began, a sync begins anew, beside the rows.
create or replace function public.heal_servicetitan_state(p_workspace_id text)
returns public.servicetitan_sync_state
language plpgsql
security invoker
set search_path = ''
as $$
declare
  c_first constant timestamptz := '2000-01-01';
  c_most constant bigint := 1000000000000000;
  c_stamp constant text := '^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z$';
  v_state public.servicetitan_sync_state;
begin
  update public.servicetitan_sync_state
  set
    last_modified_cursor = case when isfinite(last_modified_cursor) and last_modified_cursor >= c_first then last_modified_cursor end,
    initial_sync_completed = initial_sync_completed
      and coalesce(isfinite(last_modified_cursor) and last_modified_cursor >= c_first, false),
    initial_feed = case when isfinite(initial_started_at) and initial_started_at >= c_first then initial_feed end,
    initial_started_at = case when isfinite(initial_started_at) and initial_started_at >= c_first then initial_started_at end,
    last_continue_from = case when length(last_continue_from) between 1 and 8000 then last_continue_from end,
    contacts_continue_from = case when length(contacts_continue_from) between 1 and 8000 then contacts_continue_from end,
    initial_stamp = case when initial_stamp ~ c_stamp then initial_stamp end,
    contacts_stamp = case when contacts_stamp ~ c_stamp then contacts_stamp end,
    settled = public.heal_servicetitan_settled(settled),
    settled_until = case when public.is_servicetitan_past(settled_until::text) then settled_until end,
    checkpoint = case when public.is_servicetitan_checkpoint(checkpoint) then checkpoint end,
    total_customers_synced = case when total_customers_synced between 0 and c_most then total_customers_synced else 0 end,
    last_sync_created = case when last_sync_created between 0 and c_most then last_sync_created else 0 end,
    last_sync_updated = case when last_sync_updated between 0 and c_most then last_sync_updated else 0 end,
    last_sync_errors = case when last_sync_errors between 0 and c_most then last_sync_errors else 0 end,
    failures = case when failures between 0 and 1000 then failures else 0 end
  where workspace_id = p_workspace_id
  returning * into v_state;
  return v_state;
end
$$;

revoke all on function public.heal_servicetitan_state(text) from public, anon, authenticated;
grant execute on function public.heal_servicetitan_state(text) to service_role;
