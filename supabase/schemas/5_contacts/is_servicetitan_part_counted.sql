-- Whether the records of a part are counted already, so that a repeated call is not counted twice (R11): the part
-- itself, one that it belongs to, or a range of its records is there.
create or replace function public.is_servicetitan_part_counted(p_parts text[], p_part text)
returns boolean
language plpgsql
immutable
security invoker
set search_path = ''
as $$
declare
  v_range text[] := regexp_match(p_part, '^(.*):(\d{1,6})-(\d{1,6})/\d{1,6}$');
begin
  if p_part = any (p_parts) then
    return true;
  elsif v_range is null then
    return false;
  end if;
  return coalesce(public.collect_servicetitan_ranges(p_parts, v_range[1]) @> int4range(v_range[2]::integer, v_range[3]::integer, '[]'), false)
    or public.is_servicetitan_part_counted(p_parts, v_range[1]);
end
$$;

revoke all on function public.is_servicetitan_part_counted(text[], text) from public, anon, authenticated;
grant execute on function public.is_servicetitan_part_counted(text[], text) to service_role;
