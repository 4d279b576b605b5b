-- Which function of the product's own an error came out of, by Postgres's account of where it arose (R23): a
-- trigger, or what a check or a default calls. Null where it arose in a statement of the sync itself. The
-- account goes from the inside out, and it may quote values: only a name passes, and "it" stands for one that
-- is no plain name.
create or replace function public.find_servicetitan_culprit(p_context text)
returns text
language sql
immutable
security invoker
set search_path = ''
as $$
  select case
    when found.name ~ 'servicetitan_' or found.name is null then null
    when found.name ~ '^[a-z_][a-z0-9_]{0,62}$' then found.name
    else 'it'
  end
  from (
    select coalesce(part[1], part[2]) as name
    from regexp_matches(
      p_context,
      '^PL/[A-Za-z]+ function "?(?:[^".(]+"?[.]"?)?([^".(]+)"?[(]|^SQL function "([^"]+)"',
      'n'
    ) as part
    limit 1
  ) as found
$$;

revoke all on function public.find_servicetitan_culprit(text) from public, anon, authenticated;
grant execute on function public.find_servicetitan_culprit(text) to service_role;
