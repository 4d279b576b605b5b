-- Adds to why the pass under way is not whole (R18): `p_why_not` is [{code, count}]; each code once, with the
-- newest count.
create or replace function public.blame_servicetitan_pass(p_workspace_id text, p_pass bigint, p_why_not jsonb)
returns void
language sql
security invoker
set search_path = ''
as $$
  update public.servicetitan_proofs as proof
  set why_not = (
    select coalesce(jsonb_agg(latest.reason order by latest.position), '[]')
    from (
      select distinct on (reason.value ->> 'code') reason.value as reason, reason.position
      from jsonb_array_elements(proof.why_not || p_why_not) with ordinality as reason (value, position)
      order by reason.value ->> 'code', reason.position desc
    ) as latest
  )
  where proof.workspace_id = p_workspace_id
    and proof.pass = p_pass
    and proof.ended_at is null
$$;

revoke all on function public.blame_servicetitan_pass(text, bigint, jsonb) from public, anon, authenticated;
grant execute on function public.blame_servicetitan_pass(text, bigint, jsonb) to service_role;
