-- Writes a row of the reads log, and counts in the ledger and in the state what it changes about the run's customers.
-- This is the one place that counts them: each distinct customer once, whatever pages, parts, retries, rechecks and
-- comparisons of the run it comes with, by the most that became of it: created, else updated, else unchanged, else
-- stale. `fetched` are those read as customers; `through_contacts` those that were not, and that a phone or an e-mail
-- changed; `errors` those set aside. What the run did before stands in the log itself.
--
-- `p_feed`: 'customers' for what was read as customers. Of 'contacts' those that are unchanged count nowhere, because the
-- contacts feed also shows phones of customers that have no contact yet. So a first sync looks nothing up while it reads
-- that feed. Lists without anything leave no row.
--
-- No nested loop: without statistics of the log, the customers of the row would be looked for one by one among all of
-- the run.
create or replace function public.enter_servicetitan_reads(
  p_state public.servicetitan_sync_state,
  p_instance_id text,
  p_page integer,
  p_part text,
  p_feed text,
  p_created bigint[],
  p_updated bigint[],
  p_unchanged bigint[] default null,
  p_stale bigint[] default null,
  p_set_aside bigint[] default null
)
returns void
language plpgsql
security invoker
set search_path = ''
set enable_nestloop = off
as $$
declare
  v_change record;
  v_read constant integer := case when p_feed = 'customers' then 32 else 0 end;
begin
  if num_nonnulls(p_created, p_updated, p_unchanged, p_stale, p_set_aside) = 0 then
    return;
  end if;

  -- What is known of a customer: 1 created, 2 updated, 4 unchanged, 8 stale, 16 set aside, 32 read as a customer.
  with shown as materialized (
    select fact.id, bit_or(fact.facts | v_read) as facts
    from (
      select unnest(p_created) as id, 1 as facts
      union all select unnest(p_updated), 2
      union all select unnest(p_unchanged), 4 where v_read <> 0
      union all select unnest(p_stale), 8
      union all select unnest(p_set_aside), 16
    ) as fact
    group by fact.id
  ),
  before as (
    select known.id, bit_or(known.facts) as facts
    from public.servicetitan_sync_reads as chunk
    cross join lateral (
      select case when chunk.feed = 'customers' then 32 else 0 end as read
    ) as as_customers
    cross join lateral (
      select unnest(chunk.created) as id, 1 | read as facts
      union all select unnest(chunk.updated), 2 | read
      union all select unnest(chunk.unchanged), 4 | read where read <> 0
      union all select unnest(chunk.stale), 8 | read
      union all select unnest(chunk.set_aside), 16 | read
    ) as known
    join shown on shown.id = known.id
    where chunk.instance_id = p_instance_id
      and exists (select from shown)
    group by known.id
  ),
  -- What it counted as leaves, what it counts as now comes.
  told as (
    select side.facts, side.sign
    from shown
    left join before on before.id = shown.id
    cross join lateral (
      values (coalesce(before.facts, 0), -1), (coalesce(before.facts, 0) | shown.facts, 1)
    ) as side (facts, sign)
  )
  select
    coalesce(sum(sign) filter (where facts & 32 = 32), 0) as fetched,
    coalesce(sum(sign) filter (where facts & 32 = 0 and facts & 3 <> 0), 0) as through_contacts,
    coalesce(sum(sign) filter (where facts & 1 = 1), 0) as created,
    coalesce(sum(sign) filter (where facts & 3 = 2), 0) as updated,
    coalesce(sum(sign) filter (where facts & 39 = 36), 0) as unchanged,
    coalesce(sum(sign) filter (where facts & 47 = 40), 0) as stale,
    coalesce(sum(sign) filter (where facts & 16 = 16), 0) as errors
  into v_change
  from told;

  -- R21: the ledger may have gone back behind the log.
  update public.servicetitan_sync_runs
  set
    fetched = greatest(0, fetched + v_change.fetched),
    through_contacts = greatest(0, through_contacts + v_change.through_contacts),
    created = greatest(0, created + v_change.created),
    updated = greatest(0, updated + v_change.updated),
    unchanged = greatest(0, unchanged + v_change.unchanged),
    stale = greatest(0, stale + v_change.stale),
    errors = greatest(0, errors + v_change.errors)
  where instance_id = p_instance_id
    and v_change::text <> '(0,0,0,0,0,0,0)';

  update public.servicetitan_sync_state
  set
    last_sync_created = last_sync_created + v_change.created,
    last_sync_updated = last_sync_updated + v_change.updated,
    last_sync_errors = last_sync_errors + v_change.errors
  where workspace_id = p_state.workspace_id
    and (v_change.created, v_change.updated, v_change.errors) is distinct from (0, 0, 0);

  -- The part is there already where a repeated call found something new to write.
  insert into public.servicetitan_sync_reads as stored
    (workspace_id, source, instance_id, page, part, feed, created, updated, unchanged, stale, set_aside)
  values (
    p_state.workspace_id, p_state.source, p_instance_id, p_page, p_part, p_feed,
    p_created, p_updated, p_unchanged, p_stale, p_set_aside
  )
  on conflict (instance_id, page, part) do update
  set
    created = stored.created || excluded.created,
    updated = stored.updated || excluded.updated,
    unchanged = stored.unchanged || excluded.unchanged,
    stale = stored.stale || excluded.stale,
    set_aside = stored.set_aside || excluded.set_aside;
end
$$;

revoke all on function public.enter_servicetitan_reads(public.servicetitan_sync_state, text, integer, text, text, bigint[], bigint[], bigint[], bigint[], bigint[]) from public, anon, authenticated;
grant execute on function public.enter_servicetitan_reads(public.servicetitan_sync_state, text, integer, text, text, bigint[], bigint[], bigint[], bigint[], bigint[]) to service_role;
