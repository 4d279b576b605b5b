-- Customer ids as the reads log keeps them: each once, as numbers, because a bigint takes a fraction of the
-- space of a text. Null for none. Expects digits and leaves out 19 of them that are no int64.
create or replace function public.to_servicetitan_ids(p_crm_ids text[])
returns bigint[]
language sql
immutable
security invoker
set search_path = ''
as $$
  select array_agg(distinct crm_id::bigint)
  from unnest(p_crm_ids) as crm_id
  where length(crm_id) < 19
    or crm_id collate "C" <= '9223372036854775807'
$$;

revoke all on function public.to_servicetitan_ids(text[]) from public, anon, authenticated;
grant execute on function public.to_servicetitan_ids(text[]) to service_role;
