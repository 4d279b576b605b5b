-- Whether the database holds all of a part of a page (R21). `p_parts` is what the state keeps of the page:
--   3              a chunk by its number, or another part by its name
--   3:0-249/500    records 0 to 249 of the 500 of part 3, written apart; of these again 3:0-249/500:0-24/250
--   3~, 3~1234     phones of part 3, or of customer 1234 in it, that are still to be normalised for their country
-- A part is whole when it is there by itself or its parts cover all its records, and no phones of those are
-- outstanding. A part that was written whole and then again in parts (R24) leaves its phones to them.
create or replace function public.is_servicetitan_part_whole(p_parts text[], p_part text)
returns boolean
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  if p_part = any (p_parts)
    and not exists (select from unnest(p_parts) as held (part) where starts_with(held.part, p_part || '~'))
  then
    return true;
  end if;
  return coalesce(
    public.collect_servicetitan_ranges(p_parts, p_part) @> (
      select int4range(0, max(sized[1]::integer))
      from unnest(p_parts) as held (part)
      cross join lateral regexp_match(substr(held.part, length(p_part) + 1), '^:\d+-\d+/(\d{1,6})$') as sized
      where starts_with(held.part, p_part || ':')
    ),
    false
  );
end
$$;

revoke all on function public.is_servicetitan_part_whole(text[], text) from public, anon, authenticated;
grant execute on function public.is_servicetitan_part_whole(text[], text) to service_role;
