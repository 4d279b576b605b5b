-- The instant as the sync stores ServiceTitan's: 28 characters in UTC, so that text order (collate "C") is the
-- order of time.
create or replace function public.format_servicetitan_instant(p_instant timestamptz)
returns text
language sql
immutable
security invoker
set search_path = ''
as $$
  select to_char(p_instant at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US') || '0Z'
$$;

revoke all on function public.format_servicetitan_instant(timestamptz) from public, anon, authenticated;
grant execute on function public.format_servicetitan_instant(timestamptz) to service_role;
