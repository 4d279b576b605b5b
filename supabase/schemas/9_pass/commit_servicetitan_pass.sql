-- Stores where the pass goes on (R18). `p_commit` as commit_servicetitan_page takes it, of the feed pass_contacts
-- or pass_customers. At the end of the contacts come the customers, unless they were read before the contacts
-- were begun again. Repeating the call changes nothing.
create or replace function public.commit_servicetitan_pass(p_state public.servicetitan_sync_state, p_commit jsonb)
returns void
language sql
security invoker
set search_path = ''
as $$
  update public.servicetitan_proofs as proof
  set
    continue_from = case when not (p_commit ->> 'done')::boolean then p_commit ->> 'continue_from' end,
    stage = case
      when not (p_commit ->> 'done')::boolean then proof.stage
      when proof.stage = 'contacts' and not exists (
        select
        from public.servicetitan_pass_chunks as chunk
        where chunk.workspace_id = proof.workspace_id
          and chunk.pass = proof.pass
          and chunk.feed = 'customers'
          and chunk.ids <> '{}'
      ) then 'customers'
      else 'sweep'
    end
  where proof.workspace_id = p_state.workspace_id
    and proof.source = p_state.source
    and proof.ended_at is null
    and 'pass_' || proof.stage = p_commit ->> 'feed'
$$;

revoke all on function public.commit_servicetitan_pass(public.servicetitan_sync_state, jsonb) from public, anon, authenticated;
grant execute on function public.commit_servicetitan_pass(public.servicetitan_sync_state, jsonb) to service_role;
