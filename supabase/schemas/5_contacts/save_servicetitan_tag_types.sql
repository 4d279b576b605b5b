-- Stores what ServiceTitan lists of tag types: [{id, name, active}]. Null: the app may not read them. Either way they
-- are asked for again in a day. One that is listed no longer stays, for customers may carry it. An identical row
-- is not written (R11).
create or replace function public.save_servicetitan_tag_types(p_workspace_id text, p_source text, p_tag_types jsonb)
returns void
language plpgsql
security invoker
set search_path = ''
as $$
begin
  update public.servicetitan_sync_state
  set tag_types_asked_at = now(), tag_types_refused = jsonb_typeof(p_tag_types) <> 'array'
  where workspace_id = p_workspace_id;

  insert into public.servicetitan_tag_types as stored (workspace_id, source, id, name, active)
  select p_workspace_id, p_source, item.id, item.name, item.active
  from jsonb_to_recordset(case when jsonb_typeof(p_tag_types) = 'array' then p_tag_types else '[]' end)
    as item (id text, name text, active boolean)
  where not exists (
    select
    from public.servicetitan_tag_types as same
    where same.workspace_id = p_workspace_id
      and same.source = p_source
      and same.id = item.id
      and (same.name, same.active) = (item.name, item.active)
  )
  on conflict (workspace_id, source, id) do update
  set name = excluded.name, active = excluded.active;
end
$$;

revoke all on function public.save_servicetitan_tag_types(text, text, jsonb) from public, anon, authenticated;
grant execute on function public.save_servicetitan_tag_types(text, text, jsonb) to service_role;
