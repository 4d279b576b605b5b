-- Gives contact methods what they lack (R20). A key that a row lacks could not be read: it comes from the
-- customer's stored method of that id. A row of ids alone says that the method is there: it becomes the
-- stored one, and is left out where none is stored. Type and value of a method that is new are empty where
-- they are lacking, and of no use. Rows that lack nothing stay as they are.
create or replace function public.fill_servicetitan_methods(p_workspace_id text, p_source text, p_methods jsonb)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return (
    select coalesce(jsonb_agg(
      case
        when item.given ?& array['type', 'value', 'memo', 'do_not_text', 'marketing', 'active'] then item.given
        when not item.given ? 'modified_on' then stored.method
        else '{"type": "", "value": "", "usability": "unusable", "active": true}' || jsonb_strip_nulls(coalesce(stored.method, '{}')) || item.given
      end
      order by item.position
    ), '[]')
    from jsonb_array_elements(p_methods) with ordinality as item (given, position)
    left join lateral (
      select to_jsonb(method) as method
      from public.servicetitan_contact_methods as method
      where method.workspace_id = p_workspace_id
        and method.source = p_source
        and method.id = (item.given ->> 'id')::bigint
        and method.crm_id = item.given ->> 'crm_id'
      limit 1
    ) as stored on true
    where item.given ? 'modified_on'
      or stored.method is not null
  );
end
$$;

revoke all on function public.fill_servicetitan_methods(text, text, jsonb) from public, anon, authenticated;
grant execute on function public.fill_servicetitan_methods(text, text, jsonb) to service_role;
