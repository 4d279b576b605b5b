-- What a run says of itself at its end: the doubts of its predecessor, which holds those of all before it, those
-- of the runs whose window it closes because their successor was lost, its own that are written down already, and
-- `p_doubts`, each once. So the last run says all that the whole reading could not make sure of.
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
    cross join lateral (
      select coalesce(jsonb_agg(each.value order by earlier.fence), '[]') as doubts
      from public.servicetitan_sync_runs as earlier
      cross join lateral jsonb_array_elements(earlier.doubts) as each
      where earlier.workspace_id = run.workspace_id
        and earlier.fence between run.fence - 50 and run.fence - 1
        and (
          earlier.instance_id = run.predecessor
          or earlier.mode = run.mode and earlier.source = run.source and earlier.window_started_at = run.window_started_at
        )
    ) as before
    cross join lateral jsonb_array_elements(before.doubts || run.doubts || coalesce(p_doubts, '[]')) with ordinality as doubt (value, position)
    where run.instance_id = p_instance_id
    group by doubt.value
    order by position
    limit 200
  ) as said
$$;

revoke all on function public.chain_servicetitan_doubts(text, jsonb) from public, anon, authenticated;
grant execute on function public.chain_servicetitan_doubts(text, jsonb) to service_role;
