-- Ends the pass: adds up what its chunks have found, as sets, so that what was written twice counts once (R18),
-- and forgets what it saw. `p_why_not`: why it is not whole, beside what is noted in the row already.
create or replace function public.finish_servicetitan_pass(p_pass public.servicetitan_proofs, p_why_not jsonb)
returns void
language plpgsql
security invoker
set search_path = ''
as $$
declare
  v_unnamed bigint;
  v_last public.servicetitan_proofs;
begin
  select coalesce(sum(chunk.unnamed), 0) into v_unnamed
  from public.servicetitan_pass_chunks as chunk
  where chunk.workspace_id = p_pass.workspace_id
    and chunk.pass = p_pass.pass;
  perform public.blame_servicetitan_pass(p_pass.workspace_id, p_pass.pass, p_why_not || case
    when v_unnamed > 0 then jsonb_build_array(jsonb_build_object('code', 'unnamed', 'count', v_unnamed))
    else '[]'
  end);
  select * into v_last
  from public.servicetitan_proofs
  where workspace_id = p_pass.workspace_id
    and source = p_pass.source
    and ended_at is not null
  order by pass desc
  limit 1;

  with chunk as (
    select * from public.servicetitan_pass_chunks where workspace_id = p_pass.workspace_id and pass = p_pass.pass
  ),
  differing as (
    select each.key::bigint as id, field.name, each.is_kept
    from (
      select pair.key, pair.value, false as is_kept from chunk cross join lateral jsonb_each(chunk.differing) as pair
      union all
      select pair.key, pair.value, true from chunk cross join lateral jsonb_each(chunk.kept) as pair
    ) as each
    cross join lateral jsonb_array_elements_text(each.value) as field (name)
  ),
  found as (
    select 'missing' as kind, unnest(missing) as id from chunk
    union
    select 'stale', unnest(stale) from chunk
    union
    select 'differing', id from differing
    union
    -- A trigger keeps it, or it differed in the same field in the pass before.
    select 'returned', differing.id
    from differing
    where differing.is_kept
      or v_last.ids -> 'fields' -> differing.id::text ? differing.name
    union
    select 'went_back', unnest(went_back) from chunk
    union
    select 'refused', unnest(set_aside) from chunk
  ),
  counted as (
    select
      count(*) filter (where found.kind = 'missing') as missing,
      count(*) filter (where found.kind = 'stale') as stale,
      count(*) filter (where found.kind = 'differing') as differing,
      count(*) filter (where found.kind = 'returned') as returned,
      count(*) filter (where found.kind = 'went_back') as went_back,
      count(*) filter (where found.kind = 'refused') as refused,
      count(distinct found.id) filter (where found.kind in ('missing', 'stale', 'differing')) as wrong
    from found
  ),
  seen as (
    select count(distinct shown.id) as seen, count(distinct shown.id) filter (where not exists (
      select from found where found.id = shown.id
    )) as right_when_read
    from (select unnest(ids) as id from chunk where feed <> 'contacts') as shown
  )
  update public.servicetitan_proofs as proof
  set
    stage = 'ended',
    ended_at = now(),
    continue_from = null,
    to_ask = '{}',
    whole = proof.why_not = '[]',
    seen = seen.seen,
    listed = coalesce(proof.listed, seen.seen),
    right_when_read = seen.right_when_read,
    missing = counted.missing,
    stale = counted.stale,
    differing = counted.differing,
    returned = counted.returned,
    mended = counted.wrong - (select count(distinct kept.id) from differing as kept where kept.is_kept),
    went_back = counted.went_back,
    refused = counted.refused,
    gone = coalesce(proof.gone, 0),
    rechecks = (
      select count(*)
      from public.servicetitan_rechecks as recheck
      where recheck.workspace_id = p_pass.workspace_id
        and recheck.source = p_pass.source
        and recheck.due_at < 'infinity'
    ),
    fields = (
      select coalesce(jsonb_object_agg(each.name, each.count), '{}')
      from (select differing.name, count(distinct differing.id) as count from differing group by differing.name) as each
    ),
    unreadable_fields = (
      select coalesce(jsonb_object_agg(each.name, each.count), '{}')
      from (
        select pair.key as name, sum(pair.value::bigint) as count
        from chunk
        cross join lateral jsonb_each_text(chunk.unreadable) as pair
        group by pair.key
      ) as each
    ),
    ids = proof.ids || (
      select coalesce(jsonb_object_agg(each.kind, each.ids), '{}')
      from (
        select numbered.kind, jsonb_agg(numbered.id::text order by numbered.id) as ids
        from (select found.*, row_number() over (partition by found.kind order by found.id) as number from found) as numbered
        where numbered.number <= 100
        group by numbered.kind
      ) as each
    ) || jsonb_build_object('fields', (
      select coalesce(jsonb_object_agg(each.id, each.fields), '{}')
      from (
        select differing.id, jsonb_agg(distinct differing.name order by differing.name) as fields
        from differing
        group by differing.id
        order by differing.id
        limit 100
      ) as each
    ))
  from counted, seen
  where proof.workspace_id = p_pass.workspace_id
    and proof.pass = p_pass.pass;

  delete from public.servicetitan_pass_chunks where workspace_id = p_pass.workspace_id;
end
$$;

revoke all on function public.finish_servicetitan_pass(public.servicetitan_proofs, jsonb) from public, anon, authenticated;
grant execute on function public.finish_servicetitan_pass(public.servicetitan_proofs, jsonb) to service_role;
