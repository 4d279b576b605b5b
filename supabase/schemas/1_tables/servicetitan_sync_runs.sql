-- The ledger: one row per run.
create table public.servicetitan_sync_runs (
  instance_id text primary key,
  workspace_id text not null,
  fence bigint not null,
  trigger text not null
    constraint trigger_is_known check (trigger in ('cron', 'manual', 'successor')),
  mode text
    constraint mode_is_known check (mode in ('initial', 'incremental')),
  status text not null default 'queued'
    constraint status_is_known check (status in ('queued', 'running', 'continued', 'completed', 'failed', 'superseded')),
  predecessor text,
  took_over text,
  source text,
  window_from timestamptz,
  window_started_at timestamptz,
  window_until timestamptz,
  window_closed_at timestamptz,
  customers_started_at timestamptz,
  pages integer not null default 0,
  fetched bigint not null default 0,
  through_contacts bigint not null default 0,
  created bigint not null default 0,
  updated bigint not null default 0,
  unchanged bigint not null default 0,
  stale bigint not null default 0,
  errors bigint not null default 0,
  contact_methods bigint not null default 0,
  expected bigint,
  misses bigint not null default 0,
  unreadable_fields jsonb not null default '{}',
  service_titan_calls integer not null default 0,
  steps integer not null default 0,
  error_code text,
  error text,
  doubts jsonb not null default '[]',
  retry jsonb,
  created_at timestamptz not null default now(),
  started_at timestamptz,
  finished_at timestamptz,
  constraint servicetitan_sync_runs_workspace_id_fence_key unique (workspace_id, fence)
);

create index servicetitan_sync_runs_window_closed_at_idx on public.servicetitan_sync_runs (workspace_id, window_closed_at)
where window_closed_at is not null;
create index servicetitan_sync_runs_under_way_idx on public.servicetitan_sync_runs (workspace_id)
where status in ('queued', 'running');
create index servicetitan_sync_runs_created_at_idx on public.servicetitan_sync_runs (created_at);

alter table public.servicetitan_sync_runs enable row level security;
revoke all on public.servicetitan_sync_runs from public, anon, authenticated, service_role;
grant select, insert, update, delete on public.servicetitan_sync_runs to service_role;

comment on table public.servicetitan_sync_runs is 'The ledger: one row per run, successors included. The truth about a run is here; the Workflow engine only drives.';
comment on column public.servicetitan_sync_runs.window_started_at is 'The sync start time of the window; a successor inherits it.';
comment on column public.servicetitan_sync_runs.took_over is 'The dead run whose lease this one took.';
comment on column public.servicetitan_sync_runs.window_until is 'The cursor that the closed window moved the workspace to; null while it is open.';
comment on column public.servicetitan_sync_runs.window_closed_at is 'When every page of the window was written and the cursor moved.';
comment on column public.servicetitan_sync_runs.customers_started_at is 'When an initial sync had all contacts and began with the customers.';
comment on column public.servicetitan_sync_runs.steps is 'Steps of the Workflow instance, known when it ends.';
comment on column public.servicetitan_sync_runs.expected is 'Customers of the window as ServiceTitan counted them at its first page.';
comment on column public.servicetitan_sync_runs.misses is 'R17: customers and contact methods that the live reader had passed and the settled reader brought.';
comment on column public.servicetitan_sync_runs.unreadable_fields is 'R20: in how many records a field came in a form that could not be read, such as {"customer.taxExempt": 12}; the stored value stayed.';
comment on column public.servicetitan_sync_runs.fetched is 'Customers read: each once, and so for created, updated, unchanged, stale and errors.';
comment on column public.servicetitan_sync_runs.through_contacts is 'Customers that were not read, and that a phone or an e-mail changed.';
comment on column public.servicetitan_sync_runs.service_titan_calls is 'Calls of ServiceTitan''s as made: those of failed attempts at once, all others when the run ends.';
comment on column public.servicetitan_sync_runs.contact_methods is 'Contact methods read.';
comment on column public.servicetitan_sync_runs.retry is 'What a step of the live run waits for: {step, attempt, attempts, cause, next_try_at}; null while nothing failed.';
comment on column public.servicetitan_sync_runs.doubts is 'What this run, and those that it succeeds, could not make sure of: [{code, feed, at, …}], codes from src/sync/doubts.ts.';
