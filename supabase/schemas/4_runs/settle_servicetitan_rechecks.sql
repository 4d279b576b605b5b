-- The end of a run's rechecks, in one call (R16): takes away what two witnesses lacked, and says who is asked
-- again, and when. `p_asked` are the customers that were asked; those of them of whom nothing was written in
-- this run failed. `p_is_proven`: a canary's list was not empty; without one, the two witnesses have to be a day
-- apart.
--
-- Where ten or more customers on the list lack something, and more than half of them would lose their last
-- phone or their last e-mail, nothing is taken: they are asked again a day later, and what is lacking then
-- goes. Customers that are merged or inactive neither count nor wait, because an office that tidies up is no
-- fault.
--
-- A contact that the product's own rules do not let change is set aside (R10, R22). `p_path`: see
-- write_servicetitan_customers.
--
-- Answers {taken, held}: contact methods taken away, customers held back. Repeating the call changes nothing.
create or replace function public.settle_servicetitan_rechecks(
  p_workspace_id text,
  p_instance_id text,
  p_fence bigint,
  p_asked text[],
  p_is_proven boolean,
  p_path text default current_setting('search_path')
)
returns jsonb
language plpgsql
security invoker
set search_path = ''
as $$
declare
  v_source text := (public.hold_servicetitan_lease(p_workspace_id, p_instance_id, p_fence)).source;
  v_patience interval := case when p_is_proven then interval '15 minutes' else interval '1 day' end;
  v_losers text[];
  v_held text[] := '{}';
  v_taken integer;
  v_updated text[] := '{}';
  v_point record;
  v_reason text;
  v_set_aside jsonb := '[]';
begin
  -- R10: asked again with the next three runs, then hourly, then daily.
  update public.servicetitan_rechecks
  set
    asked_at = now(),
    asked_in = p_instance_id,
    failures = failures + 1,
    due_at = now() + case when failures < 3 then interval '0' when failures < 27 then interval '1 hour' else interval '1 day' end
  where workspace_id = p_workspace_id
    and source = v_source
    and crm_id = any (p_asked)
    and asked_in is distinct from p_instance_id;

  -- Who may lose something, asked in this run or not: a fault must not pass because few were asked at a time.
  with suspect as (
    select
      recheck.crm_id,
      recheck.held_at,
      recheck.asked_in = p_instance_id and (
        recheck.bare_again_at is not null and recheck.bare_since <= now() - v_patience
        or lacking.twice is not null
      ) as is_certain,
      contact.active is not false and contact.merged_to_crm_id is null as counts,
      (contact.phone is not null and not lacking.other_phone) or (contact.email is not null and not lacking.other_email) as the_last
    from public.servicetitan_rechecks as recheck
    cross join lateral (
      select
        bool_or(method.missing_since is not null) as once,
        bool_or(true) filter (where method.missing_again_at is not null and method.missing_since <= now() - v_patience) as twice,
        coalesce(bool_or(true) filter (where method.missing_since is null and method.type in ('MobilePhone', 'Phone') and method.normalized is not null), false) as other_phone,
        coalesce(bool_or(true) filter (where method.missing_since is null and method.type = 'Email' and method.normalized is not null), false) as other_email
      from public.servicetitan_contact_methods as method
      where method.workspace_id = p_workspace_id
        and method.source = v_source
        and method.crm_id = recheck.crm_id
        and method.listed
        and method.active is not false
    ) as lacking
    left join lateral (
      select stored.*
      from public.contacts as stored
      where stored.workspace_id = p_workspace_id
        and stored.crm_id = recheck.crm_id
        and stored.crm_source = v_source
      limit 1
    ) as contact on true
    where recheck.workspace_id = p_workspace_id
      and recheck.source = v_source
      and (recheck.bare_since is not null or lacking.once)
  )
  select
    coalesce(array_agg(suspect.crm_id) filter (where suspect.is_certain), '{}'),
    case
      when count(*) filter (where suspect.counts) >= 10
        and count(*) filter (where suspect.counts and suspect.the_last) * 2 > count(*) filter (where suspect.counts)
      then coalesce(
        array_agg(suspect.crm_id) filter (
          where suspect.is_certain and suspect.counts and coalesce(suspect.held_at > now() - interval '23 hours', true)
        ),
        '{}'
      )
      else '{}'
    end
  into v_losers, v_held
  from suspect;

  with taken as (
    update public.servicetitan_contact_methods as method
    set listed = false, missing_since = null, missing_from = null, missing_again_at = null
    where method.workspace_id = p_workspace_id
      and method.source = v_source
      and method.crm_id = any (v_losers)
      and not method.crm_id = any (v_held)
      and method.listed
      and method.missing_again_at is not null
      and method.missing_since <= now() - v_patience
    returning method.id
  )
  select count(*) into v_taken from taken;

  for v_point in
    select point.crm_id, point.phone, point.email
    from public.pick_servicetitan_contact_points(p_workspace_id, v_source, v_losers) as point
    cross join lateral (
      select contact.phone, contact.email
      from public.contacts as contact
      where contact.workspace_id = p_workspace_id
        and contact.crm_id = point.crm_id
        and contact.crm_source = v_source
      limit 1
    ) as stored
    where not point.crm_id = any (v_held)
      and (stored.phone, stored.email) is distinct from (point.phone, point.email)
    order by point.crm_id
  loop
    v_reason := null;
    begin
      if public.put_servicetitan_contact_point(
        p_workspace_id, v_source, v_point.crm_id, v_point.phone, v_point.email, p_path
      ) then
        v_updated := v_updated || v_point.crm_id;
      else
        v_reason := 'contacts did not take its phone or e-mail: a trigger, a rule or a policy of your table passed it over';
      end if;
    exception
      when others then
        if public.is_servicetitan_outage(sqlstate, sqlerrm) then
          raise;
        end if;
        v_reason := format('The database refused its phone or e-mail: SQLSTATE %s', sqlstate);
    end;
    if v_reason is not null then
      v_set_aside := v_set_aside || jsonb_build_object('crm_id', v_point.crm_id, 'feed', 'contacts', 'reason', v_reason);
    end if;
  end loop;
  perform public.set_servicetitan_records_aside(p_workspace_id, v_source, p_instance_id, v_set_aside);

  update public.servicetitan_sync_runs
  set updated = updated + cardinality(v_updated)
  where instance_id = p_instance_id;
  update public.servicetitan_sync_state
  set last_sync_updated = last_sync_updated + cardinality(v_updated), total_customers_synced = total_customers_synced + cardinality(v_updated)
  where workspace_id = p_workspace_id
    and v_updated <> '{}';

  -- What was held back is lacked anew a day later, or was a fault.
  update public.servicetitan_contact_methods
  set missing_again_at = null
  where workspace_id = p_workspace_id
    and source = v_source
    and crm_id = any (v_held)
    and missing_again_at is not null;

  update public.servicetitan_rechecks as recheck
  set
    bare_since = case when recheck.crm_id = any (v_held) or not recheck.crm_id = any (v_losers) then recheck.bare_since end,
    bare_from = case when recheck.crm_id = any (v_held) or not recheck.crm_id = any (v_losers) then recheck.bare_from end,
    bare_again_at = case when recheck.crm_id = any (v_losers) then null else recheck.bare_again_at end,
    held_at = case when recheck.crm_id = any (v_held) then coalesce(recheck.held_at, now()) end,
    ask_again = false,
    due_at = case
      when recheck.crm_id = any (v_held) then now() + interval '1 day'
      when recheck.ask_again then now() + interval '1 day'
      else greatest(now() + case when p_is_proven then interval '0' else interval '1 hour' end, least(
        recheck.bare_since + interval '15 minutes',
        recheck.refused_at + interval '15 minutes',
        (
          select min(least(method.missing_since, method.refused_at) + interval '15 minutes')
          from public.servicetitan_contact_methods as method
          where method.workspace_id = p_workspace_id
            and method.source = v_source
            and method.crm_id = recheck.crm_id
            and method.listed
        )
      ))
    end
  where recheck.workspace_id = p_workspace_id
    and recheck.source = v_source
    and recheck.asked_in = p_instance_id
    and recheck.failures = 0
    and recheck.due_at <= now();

  -- A whole reading that left no question open ends it.
  delete from public.servicetitan_rechecks as recheck
  where recheck.workspace_id = p_workspace_id
    and recheck.source = v_source
    and recheck.asked_in = p_instance_id
    and recheck.failures = 0
    and not (recheck.ask_again or recheck.due_at > now() + interval '2 hours')
    and recheck.bare_since is null
    and recheck.refused_modified_on is null
    and recheck.held_at is null
    and not exists (
      select
      from public.servicetitan_contact_methods as method
      where method.workspace_id = p_workspace_id
        and method.source = v_source
        and method.crm_id = recheck.crm_id
        and method.listed
        and (method.missing_since is not null or method.refused_modified_on is not null)
    );
  return jsonb_build_object('taken', v_taken, 'held', cardinality(v_held));
end
$$;

revoke all on function public.settle_servicetitan_rechecks(text, text, bigint, text[], boolean, text) from public, anon, authenticated;
grant execute on function public.settle_servicetitan_rechecks(text, text, bigint, text[], boolean, text) to service_role;
