-- Puts customers on the recheck list, or makes those that are on it due earlier. What went back or differs in
-- its balance keeps its reason, because it is asked for as a customer and not for its contacts alone. That a
-- contact is shared, or its customer newer, are the weakest reasons, because they are asked about last. Who
-- shares a contact is asked for once more a day later: a list that is late still shows a contact that has moved
-- on.
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
  insert into public.servicetitan_rechecks as stored (workspace_id, source, crm_id, why, due_at, ask_again)
  select p_workspace_id, p_source, wanted.crm_id, p_why, p_due_at, p_why = 'shared'
  from (select distinct unnest(p_crm_ids) as crm_id) as wanted
  order by wanted.crm_id
  on conflict (workspace_id, source, crm_id) do update
  set
    why = case
      when stored.why in ('went_back', 'balance') or excluded.why = 'newer' then stored.why
      when excluded.why = 'shared' and stored.why <> 'newer' then stored.why
      else excluded.why
    end,
    due_at = least(stored.due_at, excluded.due_at),
    ask_again = stored.ask_again or excluded.ask_again
  -- One whose reading failed, or that is held back, waits for its own time.
  where (
      stored.due_at > excluded.due_at
      or (excluded.ask_again and not stored.ask_again)
      or (stored.why = 'shared' and excluded.why <> 'shared')
    )
    and stored.failures = 0
    and stored.held_at is null;
end
$$;

revoke all on function public.add_servicetitan_rechecks(text, text, text[], text, timestamptz) from public, anon, authenticated;
grant execute on function public.add_servicetitan_rechecks(text, text, text[], text, timestamptz) to service_role;
