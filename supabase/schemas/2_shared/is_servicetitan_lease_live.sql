-- Whether a lease that lasts until then is in force (R8). None is ever given for more than two hours, so one that
-- lasts longer was not given by the sync: it would hold the workspace up for ever.
create or replace function public.is_servicetitan_lease_live(p_alive_until timestamptz)
returns boolean
language sql
stable
security invoker
set search_path = ''
as $$
  select coalesce(p_alive_until > now() and p_alive_until <= now() + interval '2 hours', false)
$$;

revoke all on function public.is_servicetitan_lease_live(timestamptz) from public, anon, authenticated;
grant execute on function public.is_servicetitan_lease_live(timestamptz) to service_role;
