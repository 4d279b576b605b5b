-- The customers that a run asks for by id (R2, R16): the longest unasked first, at most `p_limit`, and those that
-- only share a contact behind the others. `ask` is the way that gives a second witness: the customer's own list,
-- or the list by customerIds where the own list was the first to lack something. `as_customer`: its record is
-- asked for too, because an older version of it was refused. `canaries`: customers beside them that should have
-- contact methods. `failing`: how many could not be read for a day or more, and the first of them.
create or replace function public.list_servicetitan_rechecks(p_workspace_id text, p_source text, p_instance_id text, p_limit integer)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_due jsonb;
begin
  select coalesce(jsonb_agg(jsonb_build_object('crm_id', due.crm_id, 'ask', due.ask, 'as_customer', due.as_customer) order by due.position), '[]')
  into v_due
  from (
    select
      recheck.crm_id,
      recheck.why in ('went_back', 'balance') as as_customer,
      case
        when 'own' in (recheck.phone_bare_from, recheck.email_bare_from) or exists (
          select
          from public.servicetitan_contact_methods as method
          where method.workspace_id = p_workspace_id
            and method.source = p_source
            and method.crm_id = recheck.crm_id
            and method.missing_from = 'own'
        ) then 'list'
        else 'own'
      end as ask,
      -- Those that wait for their methods, or share a contact, may be very many.
      row_number() over (
        order by case recheck.why when 'newer' then 2 when 'shared' then 1 else 0 end, recheck.asked_at nulls first, recheck.due_at, recheck.crm_id
      ) as position
    from public.servicetitan_rechecks as recheck
    where recheck.workspace_id = p_workspace_id
      and recheck.source = p_source
      and recheck.due_at <= now()
    order by position
    limit p_limit
  ) as due;

  return jsonb_build_object(
    'due', v_due,
    'canaries', case
      when v_due = '[]' then '[]'
      else to_jsonb(public.choose_servicetitan_canaries(p_workspace_id, p_source, p_instance_id))
    end,
    'failing', (
      select case when count(*) > 0 then jsonb_build_object('count', count(*), 'id', min(recheck.crm_id)) end
      from public.servicetitan_rechecks as recheck
      where recheck.workspace_id = p_workspace_id
        and recheck.source = p_source
        and recheck.failing_since <= now() - interval '1 day'
    )
  );
end
$$;

revoke all on function public.list_servicetitan_rechecks(text, text, text, integer) from public, anon, authenticated;
grant execute on function public.list_servicetitan_rechecks(text, text, text, integer) to service_role;
