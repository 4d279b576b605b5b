-- What of a place of the settled reader (R17) a run can go on from; all else is left out, and read again by date. A
-- time ahead of now would say for ever that no reading is due.
create or replace function public.heal_servicetitan_settled(p_settled jsonb)
returns jsonb
language sql
stable
security invoker
set search_path = ''
as $$
  select coalesce(jsonb_object_agg(feed.key, (
    select coalesce(jsonb_object_agg(field.key, field.value), '{}')
    from jsonb_each(feed.value) as field
    where case field.key
      when 'from' then field.value = 'null' or jsonb_typeof(field.value) = 'string' and length(field.value #>> '{}') between 1 and 8000
      when 'stamp' then field.value = 'null' or field.value #>> '{}' ~ '^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z$'
      when 'past_future' then jsonb_typeof(field.value) = 'boolean'
      else field.key in ('as_of', 'until') and (field.value = 'null' or public.is_servicetitan_past(field.value #>> '{}'))
    end
  )), '{}')
  from jsonb_each(case when jsonb_typeof(p_settled) = 'object' then p_settled else '{}' end) as feed
  where feed.key in ('customers', 'contacts') and jsonb_typeof(feed.value) = 'object'
$$;

revoke all on function public.heal_servicetitan_settled(jsonb) from public, anon, authenticated;
grant execute on function public.heal_servicetitan_settled(jsonb) to service_role;
