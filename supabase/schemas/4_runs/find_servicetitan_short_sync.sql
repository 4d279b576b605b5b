-- The doubt that an initial sync at its end has read fewer customers than ServiceTitan had counted (R12), as a list
-- of one; empty where it has not, or where nothing was counted. What it read are the customers that its runs sent
-- and, of a first sync, no more than those that are stored or set aside now: a run that resumes sends some again.
create or replace function public.find_servicetitan_short_sync(p_state public.servicetitan_sync_state)
returns jsonb
language sql
stable
security invoker
set search_path = ''
as $$
  select case
    when least(sent.customers, stored.customers) < sent.expected
    then jsonb_build_array(jsonb_build_object(
      'code', 'first_sync_short', 'count', least(sent.customers, stored.customers), 'of', sent.expected
    ))
    else '[]'
  end
  from (
    select sum(run.fetched) as customers, max(run.expected) as expected
    from public.servicetitan_sync_runs as run
    where run.workspace_id = p_state.workspace_id
      and run.source = p_state.source
      and run.mode = 'initial'
      and run.window_started_at >= p_state.initial_started_at
  ) as sent
  left join lateral (
    select count(*) as customers
    from (
      select contact.crm_id
      from public.contacts as contact
      where contact.workspace_id = p_state.workspace_id
        and contact.crm_source = p_state.source
      union
      select error.crm_id
      from public.servicetitan_sync_errors as error
      where error.workspace_id = p_state.workspace_id
        and error.source = p_state.source
        and error.feed = 'customers'
    ) as known
    where not p_state.initial_sync_completed
    having not p_state.initial_sync_completed
  ) as stored on true
$$;

revoke all on function public.find_servicetitan_short_sync(public.servicetitan_sync_state) from public, anon, authenticated;
grant execute on function public.find_servicetitan_short_sync(public.servicetitan_sync_state) to service_role;
