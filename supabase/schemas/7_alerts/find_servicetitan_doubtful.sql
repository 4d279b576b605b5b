-- What a person has to hear of one workspace although its runs complete, as (workspace_id, kind, message): runs in
-- doubt, changes that only the second reading brought, a second reading that stands still, and removals held back.
--
-- `p_settled_until`: up to when every change was read twice (R17), or since when that could have been. It may lie
-- three hours back, of business time alone (R15): at most two readings take as long.
create or replace function public.find_servicetitan_doubtful(
  p_workspace_id text,
  p_source text,
  p_time_zone text,
  p_settled_until timestamptz,
  p_after_ticks integer,
  p_start_hour integer,
  p_end_hour integer
)
returns table (workspace_id text, kind text, message text)
language sql
stable
security invoker
set search_path = ''
as $$
  with ended as materialized (
    select run.doubts, row_number() over (order by run.fence desc) as position
    from public.servicetitan_sync_runs as run
    where run.workspace_id = p_workspace_id
      and run.source = p_source
      and run.status in ('completed', 'failed')
    order by run.fence desc
    limit p_after_ticks
  )
  -- Removals that are held back have an alert of their own.
  select
    p_workspace_id,
    'doubts_persist',
    format('The last %s runs were in doubt (%s): GET /workspaces/%s/runs says of what.', p_after_ticks, string_agg(distinct doubtful.codes, ', '), p_workspace_id)
  from ended
  cross join lateral (
    select string_agg(distinct doubt.value ->> 'code', ', ') as codes
    from jsonb_array_elements(ended.doubts) as doubt
    where doubt.value ->> 'code' ~ '^[a-z_]{1,40}$'
      and doubt.value ->> 'code' <> 'removals_held'
  ) as doubtful
  where doubtful.codes is not null
  having count(*) = p_after_ticks

  union all
  select
    p_workspace_id,
    'misses_repeat',
    format('In the last day %s runs brought %s changes that the first reading had missed: they are in place now, but ServiceTitan shows changes too late or leaves them out; open a case with ServiceTitan.', count(*), sum(run.misses))
  from public.servicetitan_sync_runs as run
  where run.workspace_id = p_workspace_id
    and run.source = p_source
    and run.misses > 0
    and run.created_at > now() - interval '1 day'
  having count(*) > 1

  union all
  select
    p_workspace_id,
    'not_confirmed',
    'Nothing that ServiceTitan changed in the last three business hours was read a second time: GET /workspaces says why the last run was in doubt.'
  from public.list_servicetitan_business_hours(p_time_zone, p_start_hour, p_end_hour) as day
  having bool_or(now() >= day.opens_at and now() < day.closes_at)
    and sum(greatest(0, extract(epoch from least(now(), day.closes_at) - greatest(p_settled_until, day.opens_at)))) > 3 * 3600

  union all
  select
    p_workspace_id,
    'removals_held',
    'Many customers would lose their last phone or e-mail at once, so the removals are held back for a day: look whether somebody deleted contacts in bulk.'
  from ended
  where ended.position = 1
    and ended.doubts @> '[{"code": "removals_held"}]'
$$;

revoke all on function public.find_servicetitan_doubtful(text, text, text, timestamptz, integer, integer, integer) from public, anon, authenticated;
grant execute on function public.find_servicetitan_doubtful(text, text, text, timestamptz, integer, integer, integer) to service_role;
