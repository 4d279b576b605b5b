-- Why a pass goes on or begins in this run (R18); null while none is due. The first one comes with the first
-- incremental run, which is the second run of a workspace. Later ones come once in `p_days`, each workspace at a
-- time of its own, and a day after one that was not whole. 0 days: only when somebody asks.
create or replace function public.plan_servicetitan_pass(p_state public.servicetitan_sync_state, p_days integer)
returns text
language sql
stable
security invoker
set search_path = ''
as $$
  select case
    when not p_state.initial_sync_completed then null
    when under_way.why is not null then under_way.why
    when p_state.pass_wanted_at is not null then 'asked'
    when p_days = 0 then null
    when last.began_at is null or last.began_at < p_state.initial_started_at then 'first'
    when last.ended_at > now() - interval '1 day' then null
    when not last.whole then 'not_whole'
    when floor((extract(epoch from now()) + own.seconds) / (p_days * 86400))
      > floor((extract(epoch from last.began_at) + own.seconds) / (p_days * 86400)) then 'due'
  end
  from (select ('x' || left(md5(p_state.workspace_id), 7))::bit(28)::integer as seconds) as own
  left join lateral (
    select proof.why
    from public.servicetitan_proofs as proof
    where proof.workspace_id = p_state.workspace_id
      and proof.source = p_state.source
      and proof.ended_at is null
    limit 1
  ) as under_way on true
  left join lateral (
    select proof.began_at, proof.ended_at, proof.whole
    from public.servicetitan_proofs as proof
    where proof.workspace_id = p_state.workspace_id
      and proof.source = p_state.source
      and proof.ended_at is not null
    order by proof.pass desc
    limit 1
  ) as last on true
$$;

revoke all on function public.plan_servicetitan_pass(public.servicetitan_sync_state, integer) from public, anon, authenticated;
grant execute on function public.plan_servicetitan_pass(public.servicetitan_sync_state, integer) to service_role;
