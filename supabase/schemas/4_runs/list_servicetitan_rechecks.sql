-- The customers that a run asks for by id (R2, R16): the longest unasked first, at most `p_limit`. `ask` is the
-- way that gives a second witness: the customer's own list, or the list by customerIds where the own list was
-- the first to lack something. `as_customer`: its record is asked for too, because an older version of it was
-- refused. `canary`: a customer beside them that should have contact methods. If its list comes empty, nothing
-- that the others lack is believed. Null where there is nobody else.
create or replace function public.list_servicetitan_rechecks(p_workspace_id text, p_source text, p_instance_id text, p_limit integer)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_due jsonb;
  v_canary text;
  -- Another one each run, because the methods of any one customer may really be gone.
  v_from text := md5(p_instance_id);
begin
  select coalesce(jsonb_agg(jsonb_build_object('crm_id', due.crm_id, 'ask', due.ask, 'as_customer', due.as_customer) order by due.position), '[]')
  into v_due
  from (
    select
      recheck.crm_id,
      recheck.why in ('went_back', 'balance') as as_customer,
      case
        when recheck.bare_from = 'own' or exists (
          select
          from public.servicetitan_contact_methods as method
          where method.workspace_id = p_workspace_id
            and method.source = p_source
            and method.crm_id = recheck.crm_id
            and method.missing_from = 'own'
        ) then 'list'
        else 'own'
      end as ask,
      -- Those that wait for their methods may be very many.
      row_number() over (order by recheck.why = 'newer', recheck.asked_at nulls first, recheck.due_at, recheck.crm_id) as position
    from public.servicetitan_rechecks as recheck
    where recheck.workspace_id = p_workspace_id
      and recheck.source = p_source
      and recheck.due_at <= now()
    order by position
    limit p_limit
  ) as due;

  if v_due <> '[]' then
    select candidate.crm_id into v_canary
    from (
      (
        select contact.crm_id, 1 as turn
        from public.contacts as contact
        where contact.workspace_id = p_workspace_id
          and contact.crm_source = p_source
          and contact.phone is not null
          and contact.crm_id >= translate(v_from, 'abcdef', '123456')
          and not exists (
            select from public.servicetitan_rechecks as recheck
            where recheck.workspace_id = p_workspace_id and recheck.source = p_source and recheck.crm_id = contact.crm_id
          )
        order by contact.crm_id
        limit 1
      )
      union all
      (
        select contact.crm_id, 2
        from public.contacts as contact
        where contact.workspace_id = p_workspace_id
          and contact.crm_source = p_source
          and contact.phone is not null
          and not exists (
            select from public.servicetitan_rechecks as recheck
            where recheck.workspace_id = p_workspace_id and recheck.source = p_source and recheck.crm_id = contact.crm_id
          )
        order by contact.crm_id
        limit 1
      )
    ) as candidate
    order by candidate.turn
    limit 1;
  end if;
  return jsonb_build_object('due', v_due, 'canary', v_canary);
end
$$;

revoke all on function public.list_servicetitan_rechecks(text, text, text, integer) from public, anon, authenticated;
grant execute on function public.list_servicetitan_rechecks(text, text, text, integer) to service_role;
