-- Whether ticks wait because ServiceTitan refused the credentials. The longest wait is six hours, so a time that is
-- further away was not set by the sync and counts for nothing.
create or replace function public.is_servicetitan_backing_off(p_next_attempt_at timestamptz)
returns boolean
language sql
stable
security invoker
set search_path = ''
as $$
  select coalesce(p_next_attempt_at > now() and p_next_attempt_at <= now() + interval '6 hours', false)
$$;

revoke all on function public.is_servicetitan_backing_off(timestamptz) from public, anon, authenticated;
grant execute on function public.is_servicetitan_backing_off(timestamptz) to service_role;
