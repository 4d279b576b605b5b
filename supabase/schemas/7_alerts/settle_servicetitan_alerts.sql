-- Notes which alerts were told, `p_told` [{id, event}], and gives all of `p_claimed` back.
create or replace function public.settle_servicetitan_alerts(p_claimed uuid[], p_told jsonb)
returns void
language sql
security invoker
set search_path = ''
as $$
  update public.servicetitan_alerts as alert
  set
    claimed_until = null,
    opening_told_at = case when told.event = 'opened' then coalesce(alert.opening_told_at, now()) else alert.opening_told_at end,
    closing_told_at = case when told.event = 'closed' then coalesce(alert.closing_told_at, now()) else alert.closing_told_at end
  from unnest(p_claimed) as claimed (id)
  left join jsonb_to_recordset(p_told) as told (id uuid, event text) using (id)
  where alert.id = claimed.id
$$;

revoke all on function public.settle_servicetitan_alerts(uuid[], jsonb) from public, anon, authenticated;
grant execute on function public.settle_servicetitan_alerts(uuid[], jsonb) to service_role;
