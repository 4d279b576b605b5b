-- Forgets the pass under way, with all that it saw: the workspace belongs to another tenant now (R3).
create or replace function public.drop_servicetitan_pass(p_workspace_id text)
returns void
language plpgsql
security invoker
set search_path = ''
as $$
begin
  delete from public.servicetitan_proofs
  where workspace_id = p_workspace_id
    and ended_at is null;
  delete from public.servicetitan_pass_chunks
  where workspace_id = p_workspace_id;
end
$$;

revoke all on function public.drop_servicetitan_pass(text) from public, anon, authenticated;
grant execute on function public.drop_servicetitan_pass(text) to service_role;
