-- When the cron last woke a Worker: one row for each that runs here (DEPLOYMENT), so that none hides another's silence.
create table public.servicetitan_ticks (
  deployment text primary key,
  last_tick_at timestamptz,
  last_catch_up_at timestamptz
);

alter table public.servicetitan_ticks enable row level security;
revoke all on public.servicetitan_ticks from public, anon, authenticated, service_role;
grant select, insert, update on public.servicetitan_ticks to service_role;

comment on table public.servicetitan_ticks is 'When the cron last woke each Worker: where it stays away nothing starts by itself, and no alert is told.';
comment on column public.servicetitan_ticks.deployment is 'The Worker''s setting DEPLOYMENT.';
comment on column public.servicetitan_ticks.last_tick_at is 'When the cron last came; null before the first time.';
comment on column public.servicetitan_ticks.last_catch_up_at is 'When a call did the work of a tick that had not come.';
