-- Begins a reading of the pass once more (R18): `p_what` is 'contacts', or 'pass' for both. What was found wrong
-- stays; what was seen is forgotten. Answers false where that was begun again before.
create or replace function public.repeat_servicetitan_pass(p_pass public.servicetitan_proofs, p_what text)
returns boolean
language plpgsql
security invoker
set search_path = ''
as $$
begin
  if p_what = any (p_pass.begun_again) then
    return false;
  end if;
  update public.servicetitan_pass_chunks
  set ids = '{}', owners = '{}', unnamed = 0
  where workspace_id = p_pass.workspace_id
    and pass = p_pass.pass
    and (p_what = 'pass' or feed = 'contacts');
  update public.servicetitan_proofs
  set
    stage = 'contacts',
    continue_from = null,
    begun_again = p_pass.begun_again || p_what,
    chunks = (
      select count(*)
      from public.servicetitan_pass_chunks as chunk
      where chunk.workspace_id = p_pass.workspace_id
        and chunk.pass = p_pass.pass
    )
  where workspace_id = p_pass.workspace_id
    and pass = p_pass.pass;
  return true;
end
$$;

revoke all on function public.repeat_servicetitan_pass(public.servicetitan_proofs, text) from public, anon, authenticated;
grant execute on function public.repeat_servicetitan_pass(public.servicetitan_proofs, text) to service_role;
