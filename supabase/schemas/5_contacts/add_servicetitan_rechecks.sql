-- Puts customers on the recheck list, or makes those that are on it due earlier. What went back keeps its
-- reason, because it is asked for as a customer and not for its contacts alone.
create or replace function public.add_servicetitan_rechecks(
  p_workspace_id text,
  p_source text,
  p_crm_ids text[],
  p_why text,
  p_due_at timestamptz
)
returns void
language plpgsql
security invoker
set search_path = ''
as $$
begin
  if coalesce(p_crm_ids, '{}') = '{}' then
    return;
  end if;
  insert into public.servicetitan_rechecks as stored (workspace_id, source, crm_id, why, due_at)
  select p_workspace_id, p_source, wanted.crm_id, p_why, p_due_at
  from (select distinct unnest(p_crm_ids) as crm_id) as wanted
  order by wanted.crm_id
  on conflict (workspace_id, source, crm_id) do update
  set
    why = case when stored.why = 'went_back' then stored.why else excluded.why end,
    due_at = excluded.due_at
  -- One whose reading failed, or that is held back, waits for its own time.
  where stored.due_at > excluded.due_at
    and stored.failures = 0
    and stored.held_at is null;
end
$$;

revoke all on function public.add_servicetitan_rechecks(text, text, text[], text, timestamptz) from public, anon, authenticated;
grant execute on function public.add_servicetitan_rechecks(text, text, text[], text, timestamptz) to service_role;
