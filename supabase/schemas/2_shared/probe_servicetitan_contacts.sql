-- Whether contacts takes a row as the sync writes it (R23): tries one, and takes it back. Only where contacts has
-- no trigger of its own, which might do something that can't be taken back, such as a call of another system.
-- Answers [] or [{object, fault, statement}], with the SQLSTATE in `fault`. What depends on a row's values, as a
-- check does, says nothing here: such rows are set aside one by one (R10).
create or replace function public.probe_servicetitan_contacts(p_workspace_id text, p_path text)
returns jsonb
language plpgsql
security invoker
set search_path = ''
as $$
begin
  if exists (
    select
    from pg_catalog.pg_trigger
    where tgrelid = to_regclass('public.contacts') and not tgisinternal and tgenabled <> 'D'
  ) then
    return '[]';
  end if;
  perform set_config('search_path', concat_ws(', ', 'pg_catalog', nullif(p_path, '')), true);
  insert into public.contacts as stored (
    workspace_id, crm_id, crm_source, name, email, phone, address_street, address_unit, address_city, address_state, address_zip,
    address_country, address_country_code, address_latitude, address_longitude, active, merged_to_crm_id, crm_modified_on, metadata
  )
  values (
    p_workspace_id, 'probe of the sync', 'production/0', '', null, null, null, null, null, null, null, null, null, null, null, true,
    null, '2000-01-01T00:00:00.0000000Z', '{"custom_fields": {}}'
  )
  on conflict (workspace_id, crm_id) do update
  set name = excluded.name;
  -- Where the probe passed, this takes it back.
  raise exception using errcode = 'PT200', message = 'probed';
exception
  when others then
    if sqlstate = 'PT200' or sqlstate ~ '^(22|23|P0)' and sqlstate <> '23502' then
      return '[]';
    end if;
    if public.is_servicetitan_outage(sqlstate, sqlerrm) and sqlstate <> '55000' then
      raise;
    end if;
    return jsonb_build_array(jsonb_build_object(
      'object', 'table public.contacts', 'fault', 'closed to a row of the sync (SQLSTATE ' || sqlstate || ')', 'statement', null
    ));
end
$$;

revoke all on function public.probe_servicetitan_contacts(text, text) from public, anon, authenticated;
grant execute on function public.probe_servicetitan_contacts(text, text) to service_role;
