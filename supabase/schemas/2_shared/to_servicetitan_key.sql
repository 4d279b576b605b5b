-- A phone or an e-mail without the way in which it is written, to tell whether two are the same: of a phone the last
-- ten digits, of anything else its letters in lower case.
create or replace function public.to_servicetitan_key(p_value text)
returns text
language sql
immutable
security invoker
set search_path = ''
as $$
  select case
    when p_value ~ '^[-+() ./\d]+$' then right(regexp_replace(p_value, '\D', '', 'g'), 10)
    else lower(btrim(p_value))
  end
$$;

revoke all on function public.to_servicetitan_key(text) from public, anon, authenticated;
grant execute on function public.to_servicetitan_key(text) to service_role;
