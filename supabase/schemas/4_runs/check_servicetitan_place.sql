-- Refuses with PT409 'went_back' where the database does not hold what the run was told it holds (R21).
-- `p_place`: {page, chunks, next}: the last page of the run that was written whole, how many chunks it had, and
-- the number of the page that comes next. Pages between the two may be there or not: their step failed, and the
-- part that it belonged to is in doubt. Null asks for nothing: a Worker of an earlier version.
create or replace function public.check_servicetitan_place(p_state public.servicetitan_sync_state, p_place jsonb)
returns void
language plpgsql
immutable
security invoker
set search_path = ''
as $$
declare
  v_page integer := (p_place ->> 'page')::integer;
  v_chunks integer := (p_place ->> 'chunks')::integer;
begin
  if v_page is null or p_state.page > v_page and p_state.page < (p_place ->> 'next')::integer then
    return;
  elsif p_state.page <> v_page
    or exists (select from unnest(p_state.parts) as held (part) where substring(held.part from '^\d{1,6}')::integer >= v_chunks)
  then
    raise exception using
      errcode = 'PT409',
      message = 'went_back',
      detail = format('The run was told that page %s is written, of %s chunks; the database holds page %s.', v_page, v_chunks, p_state.page);
  end if;
  perform public.check_servicetitan_chunks(p_state.parts, v_chunks);
end
$$;

revoke all on function public.check_servicetitan_place(public.servicetitan_sync_state, jsonb) from public, anon, authenticated;
grant execute on function public.check_servicetitan_place(public.servicetitan_sync_state, jsonb) to service_role;
