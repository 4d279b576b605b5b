-- Incidents that a person is told of.
create table public.servicetitan_alerts (
  id uuid primary key default gen_random_uuid(),
  workspace_id text not null,
  kind text not null
    constraint kind_is_known check (kind in ('no_complete_run', 'credentials_refused', 'errors_persist', 'unusual_changes', 'doubts_persist', 'misses_repeat', 'not_confirmed', 'removals_held', 'not_proved', 'differences_found', 'gone_held', 'rewritten')),
  message text not null,
  opened_at timestamptz not null default now(),
  closed_at timestamptz,
  opening_told_at timestamptz,
  closing_told_at timestamptz,
  claimed_until timestamptz
);

-- One open incident per workspace and kind, however many ticks look at once.
create unique index servicetitan_alerts_open_key on public.servicetitan_alerts (workspace_id, kind) where closed_at is null;
create index servicetitan_alerts_untold_idx on public.servicetitan_alerts (opened_at) where opening_told_at is null or closing_told_at is null;

alter table public.servicetitan_alerts enable row level security;
revoke all on public.servicetitan_alerts from public, anon, authenticated, service_role;
grant select, insert, update, delete on public.servicetitan_alerts to service_role;

comment on table public.servicetitan_alerts is 'Incidents, open and over. Each is told when it opened and when it closed; again where nobody could note that it was told.';
comment on column public.servicetitan_alerts.claimed_until is 'A tick is telling it; past that another one may.';
