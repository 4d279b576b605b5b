-- The phones of these customers that were graded for another country than their customer's, or than the
-- workspace's own (R25): [{id, crm_id, value, country_code}]. A country of null says that none could change the
-- answer. Customers that are not stored yet are left out.
create or replace function public.find_servicetitan_phones_to_grade(
  p_workspace_id text,
  p_source text,
  p_home_country text,
  p_crm_ids text[]
)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return (
    select coalesce(jsonb_agg(jsonb_build_object(
      'id', method.id::text,
      'crm_id', method.crm_id,
      'value', method.value,
      'country_code', coalesce(contact.address_country_code, p_home_country)
    ) order by method.id), '[]')
    from (select distinct unnest(p_crm_ids) as crm_id) as about
    cross join lateral (
      select stored.address_country_code
      from public.contacts as stored
      where stored.workspace_id = p_workspace_id
        and stored.crm_id = about.crm_id
        and stored.crm_source = p_source
      limit 1
    ) as contact
    cross join lateral (
      select stored.id, stored.crm_id, stored.value, stored.home_country, stored.country_code
      from public.servicetitan_contact_methods as stored
      where stored.workspace_id = p_workspace_id
        and stored.source = p_source
        and stored.crm_id = about.crm_id
        and stored.type in ('MobilePhone', 'Phone', 'Fax')
      offset 0
    ) as method
    where method.home_country is distinct from p_home_country
      or method.country_code <> coalesce(contact.address_country_code, p_home_country)
  );
end
$$;

revoke all on function public.find_servicetitan_phones_to_grade(text, text, text, text[]) from public, anon, authenticated;
grant execute on function public.find_servicetitan_phones_to_grade(text, text, text, text[]) to service_role;
