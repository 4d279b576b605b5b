-- Writes since when ServiceTitan no longer has these customers, or with null that it shows them again (R18). A mark that
-- stands keeps its date. `p_path`: see write_servicetitan_customers.
create or replace function public.mark_servicetitan_missing(
  p_workspace_id text,
  p_source text,
  p_crm_ids text[],
  p_since timestamptz,
  p_path text
)
returns void
language plpgsql
security invoker
set search_path = ''
as $$
begin
  perform set_config('search_path', concat_ws(', ', 'pg_catalog', nullif(p_path, '')), true);
  update public.contacts
  set crm_missing_since = p_since
  where workspace_id = p_workspace_id
    and crm_id = any (p_crm_ids)
    and crm_source = p_source
    and (crm_missing_since is null) <> (p_since is null);
end
$$;

revoke all on function public.mark_servicetitan_missing(text, text, text[], timestamptz, text) from public, anon, authenticated;
grant execute on function public.mark_servicetitan_missing(text, text, text[], timestamptz, text) to service_role;
