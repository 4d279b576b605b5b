-- Notes why the pass under way will not be whole (R18), as far as the run knows it: `p_why_not` is [{code, count}].
create or replace function public.doubt_servicetitan_pass(p_workspace_id text, p_instance_id text, p_fence bigint, p_why_not jsonb)
returns void
language plpgsql
security invoker
set search_path = ''
as $$
declare
  v_source text := (public.hold_servicetitan_lease(p_workspace_id, p_instance_id, p_fence)).source;
begin
  perform public.blame_servicetitan_pass(p_workspace_id, proof.pass, p_why_not)
  from public.servicetitan_proofs as proof
  where proof.workspace_id = p_workspace_id
    and proof.source = v_source
    and proof.ended_at is null;
end
$$;

revoke all on function public.doubt_servicetitan_pass(text, text, bigint, jsonb) from public, anon, authenticated;
grant execute on function public.doubt_servicetitan_pass(text, text, bigint, jsonb) to service_role;
