-- What proves that a workspace's contacts are complete (R18): {proof, under_way, since}. `proof` is the last pass
-- that has ended, `under_way` the one that reads. `since` is what came behind the last proof: how many windows
-- closed, whether each began no later than the one before had ended, and how much the second way of reading had
-- to bring (R17). Null for a pass where there is none.
create or replace function public.read_servicetitan_proof(p_workspace_id text)
returns jsonb
language sql
stable
security invoker
set search_path = ''
as $$
  select jsonb_build_object(
    'wanted', state.pass_wanted_at is not null,
    'settled_until', case when state.settled_until <= now() then state.settled_until end,
    'proof', to_jsonb(last) - array['workspace_id', 'source', 'stage', 'continue_from', 'chunks', 'to_ask', 'held'],
    'under_way', case when under_way.pass is not null then jsonb_build_object(
      'why', under_way.why, 'began_at', under_way.began_at, 'stage', under_way.stage, 'page', under_way.page
    ) end,
    'since', jsonb_build_object('windows', since.windows, 'unbroken', since.unbroken, 'misses', since.misses)
  )
  from public.servicetitan_sync_state as state
  left join lateral (
    select proof.*
    from public.servicetitan_proofs as proof
    where proof.workspace_id = state.workspace_id
      and proof.source = state.source
      and proof.ended_at is not null
    order by proof.pass desc
    limit 1
  ) as last on true
  left join lateral (
    select proof.*
    from public.servicetitan_proofs as proof
    where proof.workspace_id = state.workspace_id
      and proof.source = state.source
      and proof.ended_at is null
    limit 1
  ) as under_way on true
  cross join lateral (
    select
      count(*) filter (where run.window_closed_at is not null) as windows,
      coalesce(bool_and(run.window_from <= run.until_before) filter (where run.window_closed_at is not null), true) as unbroken,
      coalesce(sum(run.misses), 0) as misses
    from (
      select
        each.*,
        max(each.window_until) over (order by each.fence rows between unbounded preceding and 1 preceding) as until_before
      from public.servicetitan_sync_runs as each
      where each.workspace_id = state.workspace_id
        and each.source = state.source
        and each.fence >= last.pass
        and (each.window_closed_at is not null or each.misses > 0)
    ) as run
  ) as since
  where state.workspace_id = p_workspace_id
$$;

revoke all on function public.read_servicetitan_proof(text) from public, anon, authenticated;
grant execute on function public.read_servicetitan_proof(text) to service_role;
