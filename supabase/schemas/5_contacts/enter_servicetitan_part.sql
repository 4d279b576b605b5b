-- The parts of a page when one more is written (R21): it takes the place of those that it was written in, and of
-- what was outstanding in them. `p_outstanding`: phones of it are still to be normalised. `p_closes`, where its
-- records were written apart: {of, without}: how many they were, and the numbers of those that nothing was written
-- of. Then the database has to hold all the others, else PT409 'went_back'. `p_rejected`: the customers set aside;
-- their phones are outstanding no more.
create or replace function public.enter_servicetitan_part(
  p_parts text[],
  p_part text,
  p_outstanding boolean,
  p_closes jsonb,
  p_rejected text[]
)
returns text[]
language plpgsql
immutable
security invoker
set search_path = ''
as $$
declare
  v_parts text[] := p_parts;
begin
  if p_part is null then
    return p_parts;
  elsif jsonb_typeof(p_closes) = 'object' then
    v_parts := array(
      select held.part
      from unnest(p_parts) as held (part)
      where (starts_with(held.part, p_part || ':') and substring(held.part from '~(\d+)$') = any (p_rejected)) is not true
    );
    if not coalesce(public.collect_servicetitan_ranges(v_parts, p_part), '{}') + (
      select coalesce(range_agg(int4range(without.record::integer, without.record::integer, '[]')), '{}')
      from jsonb_array_elements_text(p_closes -> 'without') as without (record)
    ) @> int4range(0, (p_closes ->> 'of')::integer) then
      raise exception using
        errcode = 'PT409',
        message = 'went_back',
        detail = format('Records of part %s that were written apart are not there any more.', p_part);
    end if;
  end if;
  return array(
    select held.part
    from unnest(v_parts) as held (part)
    where not (held.part = p_part or starts_with(held.part, p_part || ':') or starts_with(held.part, p_part || '~'))
  ) || p_part || case when p_outstanding then array[p_part || '~'] else '{}' end;
end
$$;

revoke all on function public.enter_servicetitan_part(text[], text, boolean, jsonb, text[]) from public, anon, authenticated;
grant execute on function public.enter_servicetitan_part(text[], text, boolean, jsonb, text[]) to service_role;
