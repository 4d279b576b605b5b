-- The business hours of yesterday and today in a time zone (R15), one row each: what the age of the data and
-- silence are measured in. The minute of `p_end_hour` itself is still in, as it is for ticks. Answers one row
-- of all time where no zone is given, where it is none that Postgres knows (is_servicetitan_time_zone), or where
-- the hours are the whole day, so that an unknown zone fails no report.
create or replace function public.list_servicetitan_business_hours(p_time_zone text, p_start_hour integer, p_end_hour integer)
returns table (opens_at timestamptz, closes_at timestamptz)
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  if (p_start_hour > 0 or p_end_hour < 24) and public.is_servicetitan_time_zone(p_time_zone) then
    return query
    select
      (day + make_interval(hours => p_start_hour)) at time zone p_time_zone,
      (day + make_interval(hours => p_end_hour, mins => 1)) at time zone p_time_zone -- the last minute is in
    from (select date_trunc('day', now() at time zone p_time_zone)) as today (today)
    cross join lateral generate_series(today - interval '1 day', today, interval '1 day') as day;
    return;
  end if;
  return query select '-infinity'::timestamptz, 'infinity'::timestamptz;
end
$$;

revoke all on function public.list_servicetitan_business_hours(text, integer, integer) from public, anon, authenticated;
grant execute on function public.list_servicetitan_business_hours(text, integer, integer) to service_role;
