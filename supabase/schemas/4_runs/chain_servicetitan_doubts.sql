-- What a run says of itself at its end: the doubts of its predecessor, which holds those of all before it, its
-- own that are written down already, and `p_doubts`, each once. So the last run of a chain says all that the chain could not make sure of.
create or replace function public.chain_servicetitan_doubts(p_instance_id text, p_doubts jsonb)
returns jsonb
language sql
stable
security invoker
set search_path = ''
as $$
  select coalesce(jsonb_agg(said.doubt order by said.position), '[]')
  from (
    select doubt.value as doubt, min(doubt.position) as position
    from public.servicetitan_sync_runs as run
    left join public.servicetitan_sync_runs as before on before.instance_id = run.predecessor
    cross join lateral jsonb_array_elements(coalesce(before.doubts, '[]') || run.doubts || coalesce(p_doubts, '[]')) with ordinality as doubt (value, position)
    where run.instance_id = p_instance_id
    group by doubt.value
    order by position
    limit 200
  ) as said
$$;

revoke all on function public.chain_servicetitan_doubts(text, jsonb) from public, anon, authenticated;
grant execute on function public.chain_servicetitan_doubts(text, jsonb) to service_role;
