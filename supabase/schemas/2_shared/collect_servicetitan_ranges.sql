-- The records of a part that the database holds in parts of their own (R21), by number; of the names
-- is_servicetitan_part_whole knows. A range of which phones are outstanding does not count.
create or replace function public.collect_servicetitan_ranges(p_parts text[], p_part text)
returns int4multirange
language sql
immutable
security invoker
set search_path = ''
as $$
  select range_agg(int4range(ends[1]::integer, ends[2]::integer, '[]'))
  from unnest(p_parts) as held (part)
  cross join lateral regexp_match(substr(held.part, length(p_part) + 1), '^:(\d{1,6})-(\d{1,6})/\d{1,6}$') as ends
  where starts_with(held.part, p_part || ':')
    and ends is not null
    and not exists (select from unnest(p_parts) as outstanding (part) where starts_with(outstanding.part, held.part || '~'))
$$;

revoke all on function public.collect_servicetitan_ranges(text[], text) from public, anon, authenticated;
grant execute on function public.collect_servicetitan_ranges(text[], text) to service_role;
