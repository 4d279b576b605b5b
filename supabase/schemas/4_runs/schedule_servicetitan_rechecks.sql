-- When each customer of the recheck list that was asked in this run is asked again, and who leaves the list (R16):
-- those whose reading left no question open. `p_held` wait for a day, and what they lacked is lacked anew then,
-- or was a fault. Without a proof nobody is asked again within the hour, and an empty list ends no question of
-- less than a day.
create or replace function public.schedule_servicetitan_rechecks(
  p_workspace_id text,
  p_source text,
  p_instance_id text,
  p_held text[],
  p_is_proven boolean
)
returns void
language plpgsql
security invoker
set search_path = ''
as $$
begin
  update public.servicetitan_contact_methods
  set missing_again_at = null
  where workspace_id = p_workspace_id
    and source = p_source
    and crm_id = any (p_held)
    and missing_again_at is not null;
  update public.servicetitan_rechecks
  set
    phone_bare_again_at = null,
    email_bare_again_at = null,
    held_at = coalesce(held_at, now()),
    ask_again = false,
    due_at = now() + interval '1 day'
  where workspace_id = p_workspace_id
    and source = p_source
    and crm_id = any (p_held);

  update public.servicetitan_rechecks as recheck
  set
    held_at = null,
    ask_again = false,
    due_at = case
      when recheck.ask_again then now() + interval '1 day'
      else greatest(now() + case when p_is_proven then interval '0' else interval '1 hour' end, least(
        recheck.phone_bare_since + interval '15 minutes',
        recheck.email_bare_since + interval '15 minutes',
        recheck.refused_at + interval '15 minutes',
        (
          select min(least(method.missing_since, method.refused_at) + interval '15 minutes')
          from public.servicetitan_contact_methods as method
          where method.workspace_id = p_workspace_id
            and method.source = p_source
            and method.crm_id = recheck.crm_id
            and method.listed
        )
      ))
    end
  where recheck.workspace_id = p_workspace_id
    and recheck.source = p_source
    and recheck.asked_in = p_instance_id
    and recheck.failures = 0
    and recheck.due_at <= now();

  delete from public.servicetitan_rechecks as recheck
  where recheck.workspace_id = p_workspace_id
    and recheck.source = p_source
    and recheck.asked_in = p_instance_id
    and recheck.read_in = p_instance_id
    and recheck.failures = 0
    and not (recheck.ask_again or recheck.due_at > now() + interval '2 hours')
    and num_nonnulls(recheck.phone_bare_since, recheck.email_bare_since, recheck.refused_modified_on, recheck.held_at) = 0
    and (p_is_proven or recheck.added_at <= now() - interval '1 day')
    and not exists (
      select
      from public.servicetitan_contact_methods as method
      where method.workspace_id = p_workspace_id
        and method.source = p_source
        and method.crm_id = recheck.crm_id
        and method.listed
        and (method.missing_since is not null or method.refused_modified_on is not null)
    );
end
$$;

revoke all on function public.schedule_servicetitan_rechecks(text, text, text, text[], boolean) from public, anon, authenticated;
grant execute on function public.schedule_servicetitan_rechecks(text, text, text, text[], boolean) to service_role;
