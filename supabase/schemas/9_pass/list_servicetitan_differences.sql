-- The fields in which two contacts differ, of those that the sync owns: columns, and keys of custom_fields. Both
-- are rows of contacts as JSON; the keys are those of `p_after`. A JSON list of names, in order.
create or replace function public.list_servicetitan_differences(p_before jsonb, p_after jsonb)
returns jsonb
language sql
immutable
security invoker
set search_path = ''
as $$
  select coalesce(jsonb_agg(differing.name order by differing.name), '[]')
  from (
    select field.name
    from unnest(array[
      'name', 'email', 'phone', 'address_street', 'address_unit', 'address_city', 'address_state', 'address_zip', 'address_country',
      'address_country_code', 'address_latitude', 'address_longitude', 'active', 'merged_to_crm_id', 'crm_source', 'crm_modified_on'
    ]) as field (name)
    where p_before -> field.name is distinct from p_after -> field.name
    union all
    select field.key
    from jsonb_each(
      case when jsonb_typeof(p_after #> '{metadata,custom_fields}') = 'object' then p_after #> '{metadata,custom_fields}' end
    ) as field
    where p_before #> array['metadata', 'custom_fields', field.key] is distinct from field.value
  ) as differing (name)
$$;

revoke all on function public.list_servicetitan_differences(jsonb, jsonb) from public, anon, authenticated;
grant execute on function public.list_servicetitan_differences(jsonb, jsonb) to service_role;
