-- What a person has to hear of the comparisons of one workspace (R18), as (workspace_id, kind, message): two in a
-- row that were not whole, or none for twice `p_pass_days`; differences that the live reader could not have
-- brought; customers held back from being marked as gone; and differences that come back after they were mended.
-- `p_since`: since when there could have been one.
--
-- Ten edited contacts are told, and one that was missing or stale: people edit, and the sync loses nothing.
create or replace function public.find_servicetitan_failed_proofs(
  p_workspace_id text,
  p_source text,
  p_since timestamptz,
  p_pass_days integer
)
returns table (workspace_id text, kind text, message text)
language sql
stable
security invoker
set search_path = ''
as $$
  with ended as materialized (
    select proof.*, row_number() over (order by proof.pass desc) as position
    from public.servicetitan_proofs as proof
    where proof.workspace_id = p_workspace_id
      and proof.source = p_source
      and proof.ended_at is not null
    order by proof.pass desc
    limit 2
  ),
  last as (
    select * from ended where ended.position = 1
  )
  select
    p_workspace_id,
    'not_proved',
    format('Nothing proves that the contacts are complete: %s. GET /proof?workspaceId=%s says why.', case
      when count(*) = 2 and bool_and(not ended.whole) then 'two comparisons in a row were not whole'
      else format('no comparison has ended in %s days', 2 * p_pass_days)
    end, p_workspace_id)
  from ended
  having (count(*) = 2 and bool_and(not ended.whole))
    or (p_pass_days > 0 and greatest(max(ended.ended_at), p_since) < now() - make_interval(days => 2 * p_pass_days))

  union all
  select
    p_workspace_id,
    'differences_found',
    format('A comparison found %s missing, %s stale and %s edited contacts, and mended them: GET /proof?workspaceId=%s names them.', last.missing, last.stale, last.differing, p_workspace_id)
  from last
  where last.missing + last.stale > 0
    or last.differing >= 10

  union all
  select
    p_workspace_id,
    'gone_held',
    format('%s customers were not listed by ServiceTitan any more. That many are not believed at once: the next comparison marks those that it does not find either.', reason.value ->> 'count')
  from last
  cross join lateral jsonb_array_elements(last.why_not) as reason
  where reason.value ->> 'code' = 'gone_held'

  union all
  select
    p_workspace_id,
    'rewritten',
    format('%s contacts differ from ServiceTitan again after they were mended, so something in this database rewrites them: GET /proof?workspaceId=%s names contacts and fields.', last.returned, p_workspace_id)
  from last
  where last.returned > 0
$$;

revoke all on function public.find_servicetitan_failed_proofs(text, text, timestamptz, integer) from public, anon, authenticated;
grant execute on function public.find_servicetitan_failed_proofs(text, text, timestamptz, integer) to service_role;
