-- Seconds from one time to the other, whatever somebody has written into their columns by hand: infinity, or a year that has
-- no number of its own. Null where one of them is null. An error here would be one of every workspace that is told in the same call.
create or replace function public.count_servicetitan_seconds(p_from timestamptz, p_to timestamptz)
returns integer
language sql
immutable
security invoker
set search_path = ''
as $$
  select case
    when p_from is not null and p_to is not null
    then greatest(-2147483647, least(2147483647, extract(epoch from p_to - p_from)))::integer
  end
$$;

revoke all on function public.count_servicetitan_seconds(timestamptz, timestamptz) from public, anon, authenticated;
grant execute on function public.count_servicetitan_seconds(timestamptz, timestamptz) to service_role;
