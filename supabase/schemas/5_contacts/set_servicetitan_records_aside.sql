-- Puts records into the quarantine (R10). `p_records`: [{crm_id, feed, reason, sqlstate?, call_failed?}]. One
-- that is there already keeps its place, and counts an attempt for each run that met it.
create or replace function public.set_servicetitan_records_aside(
  p_workspace_id text,
  p_source text,
  p_instance_id text,
  p_records jsonb
)
returns void
language plpgsql
security invoker
set search_path = ''
as $$
begin
  insert into public.servicetitan_sync_errors as stored (workspace_id, source, crm_id, feed, reason, sqlstate, call_failed, instance_id)
  select distinct on (item.crm_id, item.feed)
    p_workspace_id, p_source, item.crm_id, item.feed, item.reason, item.sqlstate, coalesce(item.call_failed, false), p_instance_id
  from jsonb_to_recordset(p_records) as item (crm_id text, feed text, reason text, sqlstate text, call_failed boolean)
  order by item.crm_id, item.feed
  on conflict (workspace_id, source, crm_id, feed) do update
  set
    reason = excluded.reason,
    sqlstate = excluded.sqlstate,
    call_failed = excluded.call_failed,
    instance_id = excluded.instance_id,
    attempts = stored.attempts + case when stored.instance_id = excluded.instance_id then 0 else 1 end,
    last_seen_at = now();
end
$$;

revoke all on function public.set_servicetitan_records_aside(text, text, text, jsonb) from public, anon, authenticated;
grant execute on function public.set_servicetitan_records_aside(text, text, text, jsonb) to service_role;
