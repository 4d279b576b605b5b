-- R2's exception: an older version of a customer or of one of its contact methods was refused. A stamp can be
-- wrong, and the source's own word is the truth, so the customer is asked for by id: 15 minutes later where
-- the stored stamp is in the future, else when a second run met the refusal. `p_modified_on` is the refused
-- version of the customer itself; null for a contact method, which keeps its own. Of several versions the oldest
-- is remembered: a customer that goes on changing is asked for no later for that.
create or replace function public.note_servicetitan_refusal(
  p_workspace_id text,
  p_source text,
  p_crm_id text,
  p_modified_on text,
  p_instance_id text,
  p_is_certain boolean
)
returns void
language plpgsql
security invoker
set search_path = ''
as $$
begin
  insert into public.servicetitan_rechecks as stored
    (workspace_id, source, crm_id, why, due_at, refused_modified_on, refused_at, refused_in)
  values (
    p_workspace_id, p_source, p_crm_id, 'went_back',
    case when p_is_certain then now() + interval '15 minutes' else 'infinity' end,
    p_modified_on, case when p_modified_on is not null then now() end, p_instance_id
  )
  on conflict (workspace_id, source, crm_id) do update
  set
    why = 'went_back',
    due_at = least(
      stored.due_at,
      case when p_is_certain or stored.refused_in <> p_instance_id then now() + interval '15 minutes' else 'infinity' end
    ),
    refused_modified_on = least(p_modified_on, stored.refused_modified_on),
    refused_at = case when p_modified_on < stored.refused_modified_on then now() else coalesce(stored.refused_at, excluded.refused_at) end,
    refused_in = p_instance_id
  where (stored.why, stored.refused_modified_on, stored.refused_in)
    is distinct from ('went_back', least(p_modified_on, stored.refused_modified_on), p_instance_id)
    or p_is_certain and stored.due_at = 'infinity';
end
$$;

revoke all on function public.note_servicetitan_refusal(text, text, text, text, text, boolean) from public, anon, authenticated;
grant execute on function public.note_servicetitan_refusal(text, text, text, text, text, boolean) to service_role;
