-- Deletes runs, chunks of the reads log and closed alerts older than `p_days`, at most `p_limit` rows of each
-- table in a call, and answers how many rows went. Call it again until that is 0.
--
-- They stay at least 31 days, because R8 refuses an instance id that is in the ledger while the Workflow
-- engine may still know it. The run that holds a lease always stays. A chunk in which nothing changed stays
-- 14 days, and so does an older version that was refused once and never again.
create or replace function public.prune_servicetitan_history(p_days integer, p_limit integer)
returns integer
language sql
security invoker
set search_path = ''
as $$
  with horizon as (
    select now() - make_interval(days => greatest(p_days, 31)) as at, now() - interval '14 days' as unchanged_at
  ),
  runs as (
    delete from public.servicetitan_sync_runs as run
    where run.instance_id in (
      select old.instance_id
      from public.servicetitan_sync_runs as old
      where old.created_at < (select horizon.at from horizon)
        and not exists (
          select from public.servicetitan_sync_state as state where state.run_instance_id = old.instance_id
        )
      order by old.created_at
      limit p_limit
    )
    returning 1
  ),
  reads as (
    delete from public.servicetitan_sync_reads as chunk
    where (chunk.instance_id, chunk.page, chunk.part) in (
      select old.instance_id, old.page, old.part
      from public.servicetitan_sync_reads as old
      where old.read_at < (select horizon.at from horizon)
        or (
          old.read_at < (select horizon.unchanged_at from horizon)
          and num_nonnulls(old.created, old.updated, old.stale, old.set_aside) = 0
        )
      order by old.read_at
      limit p_limit
    )
    returning 1
  ),
  alerts as (
    delete from public.servicetitan_alerts as alert
    where alert.id in (
      select old.id
      from public.servicetitan_alerts as old
      where old.closed_at < (select horizon.at from horizon)
      limit p_limit
    )
    returning 1
  ),
  rechecks as (
    delete from public.servicetitan_rechecks as recheck
    where (recheck.workspace_id, recheck.source, recheck.crm_id) in (
      select old.workspace_id, old.source, old.crm_id
      from public.servicetitan_rechecks as old
      where old.due_at = 'infinity'
        and old.added_at < (select horizon.unchanged_at from horizon)
      limit p_limit
    )
    returning 1
  )
  select (
    (select count(*) from runs) + (select count(*) from reads) + (select count(*) from alerts) + (select count(*) from rechecks)
  )::integer
$$;

revoke all on function public.prune_servicetitan_history(integer, integer) from public, anon, authenticated;
grant execute on function public.prune_servicetitan_history(integer, integer) to service_role;
