-- Chooses the phone and the e-mail of each customer (R25), by the rank of its methods: what is valid before what
-- is possible, MobilePhone before Phone, never Fax. Among equals the lowest id wins, so that the choice never
-- flaps between runs. A method counts while it is listed and not switched off (R9). Both are null for a customer
-- without any that is of use.
--
-- `phone_fields` and `email_fields` are the keys of `metadata.custom_fields` that go with the choice: its kind,
-- its consent, and where nothing is of use the text that was entered. Each is null where nothing is to be said. A
-- number or an address may be entered more than once: who said no to it once has said no.
create or replace function public.pick_servicetitan_contact_points(p_workspace_id text, p_source text, p_crm_ids text[])
returns table (crm_id text, phone text, email text, phone_fields jsonb, email_fields jsonb)
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return query
  select
    wanted.crm_id,
    (best.phone).normalized,
    (best.email).normalized,
    jsonb_build_object(
      'phone_type', case when (best.phone).rank < 5 then (best.phone).type end,
      'phone_extension', (best.phone).extension,
      'phone_do_not_text', case when (best.phone).rank < 5 then refused.texts or (best.phone).do_not_text end,
      'phone_marketing', case when (best.phone).rank < 5 then not refused.calls and (best.phone).marketing end,
      'phone_as_entered', case when (best.phone).rank >= 5 then (best.phone).value end
    ),
    jsonb_build_object(
      'email_marketing', case when (best.email).rank < 5 then not refused.mails and (best.email).marketing end,
      'email_as_entered', case when (best.email).rank >= 5 then (best.email).value end
    )
  from (select distinct unnest(p_crm_ids) as crm_id) as wanted
  cross join lateral (
    select
      (array_agg(method order by method.rank, method.id) filter (where method.type <> 'Email'))[1] as phone,
      (array_agg(method order by method.rank, method.id) filter (where method.type = 'Email'))[1] as email
    from public.servicetitan_contact_methods as method
    where method.workspace_id = p_workspace_id
      and method.source = p_source
      and method.crm_id = wanted.crm_id
      and method.rank is not null
  ) as best
  cross join lateral (
    select
      coalesce(bool_or(method.type <> 'Email' and method.do_not_text), false) as texts,
      coalesce(bool_or(method.type <> 'Email' and not method.marketing), false) as calls,
      coalesce(bool_or(method.type = 'Email' and not method.marketing), false) as mails
    from public.servicetitan_contact_methods as method
    where method.workspace_id = p_workspace_id
      and method.source = p_source
      and method.crm_id = wanted.crm_id
      and method.rank is not null
      and (
        method.type <> 'Email' and method.normalized = (best.phone).normalized
        or method.type = 'Email' and lower(method.normalized) = lower((best.email).normalized)
      )
  ) as refused;
end
$$;

revoke all on function public.pick_servicetitan_contact_points(text, text, text[]) from public, anon, authenticated;
grant execute on function public.pick_servicetitan_contact_points(text, text, text[]) to service_role;
