-- Notes that a tick has begun: the cron's, or one that a call makes up for.
create or replace function public.note_servicetitan_tick(p_deployment text, p_is_catch_up boolean)
returns void
language sql
security invoker
set search_path = ''
as $$
  insert into public.servicetitan_ticks as stored (deployment, last_tick_at, last_catch_up_at)
  values (p_deployment, case when not p_is_catch_up then now() end, case when p_is_catch_up then now() end)
  on conflict (deployment) do update
  set
    last_tick_at = coalesce(excluded.last_tick_at, stored.last_tick_at),
    last_catch_up_at = coalesce(excluded.last_catch_up_at, stored.last_catch_up_at)
$$;

revoke all on function public.note_servicetitan_tick(text, boolean) from public, anon, authenticated;
grant execute on function public.note_servicetitan_tick(text, boolean) to service_role;
