-- Refuses with PT409 'went_back' where the database does not hold the first so many chunks of a page (R21).
create or replace function public.check_servicetitan_chunks(p_parts text[], p_chunks integer)
returns void
language plpgsql
immutable
security invoker
set search_path = ''
as $$
declare
  v_missing integer;
begin
  select min(chunk.number) into v_missing
  from generate_series(0, p_chunks - 1) as chunk (number)
  where not public.is_servicetitan_part_whole(p_parts, chunk.number::text);
  if v_missing is not null then
    raise exception using
      errcode = 'PT409',
      message = 'went_back',
      detail = format('Chunk %s of the page was acknowledged, and is not there any more.', v_missing);
  end if;
end
$$;

revoke all on function public.check_servicetitan_chunks(text[], integer) from public, anon, authenticated;
grant execute on function public.check_servicetitan_chunks(text[], integer) to service_role;
