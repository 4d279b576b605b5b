-- Chooses the phone and the e-mail of each customer (R9). Phone: MobilePhone before Phone, never Fax. Among
-- equals the lowest id wins, so that the choice never flaps between runs. A method counts while it is listed,
-- not switched off, and not empty once normalised. Both are null for a customer without any.
create or replace function public.pick_servicetitan_contact_points(p_workspace_id text, p_source text, p_crm_ids text[])
returns table (crm_id text, phone text, email text)
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return query
  select wanted.crm_id, point.phone, point.email
  from (select distinct unnest(p_crm_ids) as crm_id) as wanted
  cross join lateral (
    select
      (array_agg(method.normalized order by method.type <> 'MobilePhone', method.id) filter (where method.type in ('MobilePhone', 'Phone')))[1] as phone,
      (array_agg(method.normalized order by method.id) filter (where method.type = 'Email'))[1] as email
    from public.servicetitan_contact_methods as method
    where method.workspace_id = p_workspace_id
      and method.source = p_source
      and method.crm_id = wanted.crm_id
      and method.listed
      and method.active is not false
      and method.normalized is not null
  ) as point;
end
$$;

revoke all on function public.pick_servicetitan_contact_points(text, text, text[]) from public, anon, authenticated;
grant execute on function public.pick_servicetitan_contact_points(text, text, text[]) to service_role;
