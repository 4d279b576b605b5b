-- What everything that writes a part of a page begins with: holds the lease (R8), refuses a page that comes after a
-- later one with PT409 'page_out_of_order' (R2), and one before which the database went back with PT409
-- 'went_back' (R21). Answers the state, with what it holds of this very page: nothing where the page is new.
-- `p_run`: {workspace_id, instance_id, fence, page, before?}; `before`: {page, chunks}, the last page that was
-- written whole before.
create or replace function public.hold_servicetitan_page(p_run jsonb)
returns public.servicetitan_sync_state
language plpgsql
security invoker
set search_path = ''
as $$
declare
  v_page integer := (p_run ->> 'page')::integer;
  v_state public.servicetitan_sync_state := public.hold_servicetitan_lease(
    p_run ->> 'workspace_id', p_run ->> 'instance_id', (p_run ->> 'fence')::bigint
  );
begin
  if v_page < v_state.page then
    raise exception using
      errcode = 'PT409',
      message = 'page_out_of_order',
      detail = format('Page %s of the run came after page %s had been applied.', v_page, v_state.page);
  elsif v_page > v_state.page then
    perform public.check_servicetitan_place(v_state, (p_run -> 'before') || jsonb_build_object('next', v_page));
    v_state.page := v_page;
    v_state.parts := '{}';
  end if;
  return v_state;
end
$$;

revoke all on function public.hold_servicetitan_page(jsonb) from public, anon, authenticated;
grant execute on function public.hold_servicetitan_page(jsonb) to service_role;
