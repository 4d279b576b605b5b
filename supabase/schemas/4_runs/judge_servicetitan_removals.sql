-- Who may lose a contact method at the end of this run (R16): `losers`, of whom two witnesses lacked something that
-- this run's own reading lacked again, and the first of them before `p_before`; and `held`, those of them who
-- are asked again a day later, because many would lose their last phone or e-mail at once.
--
-- All who lack something are counted, asked in this run or not, so that no fault passes because few were asked
-- at a time. Customers that are merged or inactive neither count nor wait: an office that tidies up is no fault.
create or replace function public.judge_servicetitan_removals(
  p_workspace_id text,
  p_source text,
  p_instance_id text,
  p_before timestamptz
)
returns table (losers text[], held text[])
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return query
  with suspect as (
    select
      recheck.crm_id,
      recheck.held_at,
      -- What an earlier run's reading lacked is no evidence where this run has none of its own.
      recheck.read_in = p_instance_id and (
        recheck.phone_bare_again_at is not null and recheck.phone_bare_since <= p_before
        or recheck.email_bare_again_at is not null and recheck.email_bare_since <= p_before
        or lacking.twice is not null
      ) as is_certain,
      contact.active is not false and contact.merged_to_crm_id is null as counts,
      (contact.phone is not null and not lacking.other_phone) or (contact.email is not null and not lacking.other_email) as the_last
    from public.servicetitan_rechecks as recheck
    cross join lateral (
      select
        bool_or(method.missing_since is not null) as once,
        bool_or(true) filter (where method.missing_again_at is not null and method.missing_since <= p_before) as twice,
        coalesce(bool_or(true) filter (where method.missing_since is null and method.type in ('MobilePhone', 'Phone') and method.normalized is not null), false) as other_phone,
        coalesce(bool_or(true) filter (where method.missing_since is null and method.type = 'Email' and method.normalized is not null), false) as other_email
      from public.servicetitan_contact_methods as method
      where method.workspace_id = p_workspace_id
        and method.source = p_source
        and method.crm_id = recheck.crm_id
        and method.listed
        and method.active is not false
    ) as lacking
    left join lateral (
      select stored.*
      from public.contacts as stored
      where stored.workspace_id = p_workspace_id
        and stored.crm_id = recheck.crm_id
        and stored.crm_source = p_source
      limit 1
    ) as contact on true
    where recheck.workspace_id = p_workspace_id
      and recheck.source = p_source
      and (num_nonnulls(recheck.phone_bare_since, recheck.email_bare_since) > 0 or lacking.once)
  )
  select
    coalesce(array_agg(suspect.crm_id order by suspect.crm_id) filter (where suspect.is_certain), '{}'),
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
  from suspect;
end
$$;

revoke all on function public.judge_servicetitan_removals(text, text, text, timestamptz) from public, anon, authenticated;
grant execute on function public.judge_servicetitan_removals(text, text, text, timestamptz) to service_role;
