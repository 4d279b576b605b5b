-- Gives a contact of this source its phone and e-mail, and the fields of metadata that go with them. Answers
-- whether the row was written: where it differs, false says that a trigger, a rule or a policy of the product
-- passed it over (R22). `p_path`: see write_servicetitan_customers.
create or replace function public.put_servicetitan_contact_point(
  p_workspace_id text,
  p_source text,
  p_crm_id text,
  p_phone text,
  p_email text,
  p_fields jsonb,
  p_path text
)
returns boolean
language plpgsql
security invoker
set search_path = ''
as $$
begin
  perform set_config('search_path', concat_ws(', ', 'pg_catalog', nullif(p_path, '')), true);
  update public.contacts
  set phone = p_phone, email = p_email, metadata = public.merge_servicetitan_fields(metadata, p_fields)
  where workspace_id = p_workspace_id
    and crm_id = p_crm_id
    and crm_source = p_source
    and (phone, email, metadata) is distinct from (p_phone, p_email, public.merge_servicetitan_fields(metadata, p_fields));
  return found;
end
$$;

revoke all on function public.put_servicetitan_contact_point(text, text, text, text, text, jsonb, text) from public, anon, authenticated;
grant execute on function public.put_servicetitan_contact_point(text, text, text, text, text, jsonb, text) to service_role;
