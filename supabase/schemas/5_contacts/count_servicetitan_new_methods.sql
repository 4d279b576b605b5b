-- How many contact methods of a part are not counted yet, where an attempt before wrote some of its records apart and did
-- not come to its end: those of customers that no row of the reads log holds for these records.
create or replace function public.count_servicetitan_new_methods(p_run jsonb, p_methods jsonb)
returns integer
language sql
stable
security invoker
set search_path = ''
as $$
  select count(*)::integer
  from jsonb_to_recordset(p_methods) as item (crm_id text)
  where not exists (
    select
    from public.servicetitan_sync_reads as chunk
    where chunk.instance_id = p_run ->> 'instance_id'
      and chunk.page = (p_run ->> 'page')::integer
      and starts_with(chunk.part, (p_run ->> 'part') || ':')
      and (public.to_servicetitan_ids(array[item.crm_id]))[1] = any (
        chunk.created || chunk.updated || chunk.unchanged || chunk.stale || chunk.set_aside
      )
  )
$$;

revoke all on function public.count_servicetitan_new_methods(jsonb, jsonb) from public, anon, authenticated;
grant execute on function public.count_servicetitan_new_methods(jsonb, jsonb) to service_role;
