-- Whether a run can go on from such a checkpoint (R6). Another one was put there by somebody else, and would fail
-- every run.
create or replace function public.is_servicetitan_checkpoint(p_checkpoint jsonb)
returns boolean
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return coalesce(
    jsonb_typeof(p_checkpoint) = 'object'
    and p_checkpoint @? '$ ? (@.page_size.type() == "number" && @.next_page.type() == "number")'
    and (p_checkpoint ->> 'page_size')::numeric % 1 = 0
    and (p_checkpoint ->> 'page_size')::numeric between 1 and 5000
    and (p_checkpoint ->> 'next_page')::numeric % 1 = 0
    and (p_checkpoint ->> 'next_page')::numeric between 1 and 1000000000
    and (p_checkpoint ->> 'modified_on_or_after')::timestamptz between '2000-01-01' and now()
    and (p_checkpoint ->> 'started_at')::timestamptz between '2000-01-01' and now() + interval '1 day',
    false
  );
exception
  when data_exception then
    return false;
end
$$;

revoke all on function public.is_servicetitan_checkpoint(jsonb) from public, anon, authenticated;
grant execute on function public.is_servicetitan_checkpoint(jsonb) to service_role;
