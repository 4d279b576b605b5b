-- The fence of the next start (R8): greater than the state's and than every one in the ledger, because either table
-- may have been put back without the other. A number that no sync ever reaches was put there by somebody else; it
-- does not count, and is never given.
create or replace function public.next_servicetitan_fence(p_workspace_id text)
returns bigint
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  c_most constant bigint := 1000000000000000;
  v_fence bigint;
begin
  select 1 + greatest(
    0,
    (select state.fence from public.servicetitan_sync_state as state where state.workspace_id = p_workspace_id and state.fence < c_most),
    (select max(run.fence) from public.servicetitan_sync_runs as run where run.workspace_id = p_workspace_id and run.fence < c_most)
  )
  into v_fence;
  while exists (select from public.servicetitan_sync_runs as run where run.workspace_id = p_workspace_id and run.fence = v_fence) loop
    v_fence := v_fence + 1;
  end loop;
  return v_fence;
end
$$;

revoke all on function public.next_servicetitan_fence(text) from public, anon, authenticated;
grant execute on function public.next_servicetitan_fence(text) to service_role;
