-- How many seconds ago the cron last came to this Worker, and how many ago it came or a call made up for it; null where there was none.
create or replace function public.read_servicetitan_tick(p_deployment text)
returns jsonb
language sql
stable
security invoker
set search_path = ''
as $$
  select jsonb_build_object(
    'tick_seconds_ago', public.count_servicetitan_seconds(max(tick.last_tick_at), now()),
    'work_seconds_ago', public.count_servicetitan_seconds(greatest(max(tick.last_tick_at), max(tick.last_catch_up_at)), now())
  )
  from public.servicetitan_ticks as tick
  where tick.deployment = p_deployment
$$;

revoke all on function public.read_servicetitan_tick(text) from public, anon, authenticated;
grant execute on function public.read_servicetitan_tick(text) to service_role;
