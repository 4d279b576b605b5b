-- The quarantine (R10): one row for each customer and feed that could not be read or written.
create table public.servicetitan_sync_errors (
  workspace_id text not null,
  source text not null,
  crm_id text not null,
  feed text not null
    constraint feed_is_known check (feed in ('customers', 'contacts')),
  reason text not null,
  sqlstate text,
  call_failed boolean not null default false,
  instance_id text not null,
  attempts integer not null default 1,
  first_seen_at timestamptz not null default now(),
  last_seen_at timestamptz not null default now(),
  primary key (workspace_id, source, crm_id, feed)
);

alter table public.servicetitan_sync_errors enable row level security;
revoke all on public.servicetitan_sync_errors from public, anon, authenticated, service_role;
grant select, insert, update, delete on public.servicetitan_sync_errors to service_role;

comment on table public.servicetitan_sync_errors is 'The quarantine (R10): customers set aside with the reason, re-fetched on later runs, removed when they pass.';
comment on column public.servicetitan_sync_errors.call_failed is 'R10: the call that would show the customer fails, so it is asked for alone, ever more seldom.';
