-- Puts the sync's `custom_fields` into a contact's `metadata` (R11). The keys that the sync writes replace
-- their namesakes. Every other key, inside `custom_fields` and beside it, stays: it is the product's.
-- Metadata that is no object can hold no key, so an object takes its place.
create or replace function public.merge_servicetitan_fields(p_metadata jsonb, p_custom_fields jsonb)
returns jsonb
language sql
immutable
security invoker
set search_path = ''
as $$
  select case when jsonb_typeof(p_metadata) = 'object' then p_metadata else '{}' end
    || jsonb_build_object(
      'custom_fields',
      case when jsonb_typeof(p_metadata -> 'custom_fields') = 'object' then p_metadata -> 'custom_fields' else '{}' end || p_custom_fields
    )
$$;

revoke all on function public.merge_servicetitan_fields(jsonb, jsonb) from public, anon, authenticated;
grant execute on function public.merge_servicetitan_fields(jsonb, jsonb) to service_role;
