-- Whether that is the IANA name of a zone, and Postgres knows it (R15). Postgres takes other texts too: a POSIX
-- string such as +05:00 or Mars/Phobos+3, in which the sign means the opposite, and abbreviations such as CET,
-- which know no daylight saving. src/schedule/businessHours.ts takes the same form.
create or replace function public.is_servicetitan_time_zone(p_name text)
returns boolean
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  if p_name is null
    or p_name !~* '^(utc|gmt|est5edt|cst6cdt|mst7mdt|pst8pdt|etc/gmt(\+([0-9]|1[0-2])|-([0-9]|1[0-4]))|[a-z_]+(/[a-z_-]+){1,2})$'
    or p_name ~* '^(posix|right)/'
  then
    return false;
  end if;
  perform now() at time zone p_name;
  return true;
exception
  when invalid_parameter_value then
    return false;
end
$$;

revoke all on function public.is_servicetitan_time_zone(text) from public, anon, authenticated;
grant execute on function public.is_servicetitan_time_zone(text) to service_role;
