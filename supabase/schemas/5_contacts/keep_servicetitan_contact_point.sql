-- What the contact goes on to show where no usable phone (or e-mail) is left to choose (R16). `p_stored`, when
-- no method explains where it came from: our own rows may have been harmed, and that is no reason to take
-- anything away. Null, when a method says so: it was switched off, taken away, or is of no use any more. The
-- product may have written it in its own way, such as (208) 555-0117 for +12085550117.
create or replace function public.keep_servicetitan_contact_point(p_workspace_id text, p_source text, p_crm_id text, p_stored text)
returns text
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  if p_stored is null or exists (
    select
    from public.servicetitan_contact_methods as method
    where method.workspace_id = p_workspace_id
      and method.source = p_source
      and method.crm_id = p_crm_id
      and public.to_servicetitan_key(p_stored)
        in (public.to_servicetitan_key(method.normalized), public.to_servicetitan_key(method.normalized_before))
  ) then
    return null;
  end if;
  return p_stored;
end
$$;

revoke all on function public.keep_servicetitan_contact_point(text, text, text, text) from public, anon, authenticated;
grant execute on function public.keep_servicetitan_contact_point(text, text, text, text) to service_role;
