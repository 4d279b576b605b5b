-- Whether a text is a time that a sync can have noted: of this century, and no later than now (R21).
create or replace function public.is_servicetitan_past(p_text text)
returns boolean
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return coalesce(p_text::timestamptz between '2000-01-01' and now(), false);
exception
  when data_exception then
    return false;
end
$$;

revoke all on function public.is_servicetitan_past(text) from public, anon, authenticated;
grant execute on function public.is_servicetitan_past(text) to service_role;
