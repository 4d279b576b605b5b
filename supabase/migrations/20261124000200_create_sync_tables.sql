-- What the sync itself keeps: connections, state (one row a workspace), the ledger of runs, the phones and e-mails
-- behind contacts, and the quarantine. No foreign key to workspaces: the product's own table may hold ids of another type.
-- What an older project grants on new tables by default is taken back.

create table public.servicetitan_connections (
  workspace_id text primary key
    constraint workspace_id_fits_an_instance_id check (workspace_id ~ '^[A-Za-z0-9_-]{1,64}$'),
  environment text not null
    constraint environment_is_known check (environment in ('production', 'integration')),
  tenant_id text not null
    constraint tenant_id_is_a_number check (tenant_id ~ '^[0-9]{1,19}$'),
  client_id text not null,
  client_secret_sealed text not null,
  app_key_sealed text not null,
  enabled boolean not null default true,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
alter table public.servicetitan_connections enable row level security;
revoke all on public.servicetitan_connections from public, anon, authenticated;
grant select, insert, update on public.servicetitan_connections to service_role;
comment on table public.servicetitan_connections is 'How a workspace reaches ServiceTitan. The two sealed columns open only with the Worker''s CREDENTIALS_KEY.';

create table public.servicetitan_sync_state (
  workspace_id text primary key,
  sync_status text not null default 'idle'
    constraint sync_status_is_known check (sync_status in ('idle', 'running', 'completed', 'failed')),
  last_modified_cursor timestamptz,
  last_continue_from text,
  initial_sync_completed boolean not null default false,
  total_customers_synced bigint not null default 0,
  last_sync_created bigint not null default 0,
  last_sync_updated bigint not null default 0,
  last_sync_errors bigint not null default 0,
  last_error text,
  source text,
  initial_feed text
    constraint initial_feed_is_known check (initial_feed in ('contacts', 'customers')),
  initial_started_at timestamptz,
  contacts_continue_from text,
  checkpoint jsonb,
  fence bigint not null default 0,
  run_instance_id text,
  alive_until timestamptz,
  nudged_at timestamptz,
  page integer not null default 0,
  parts text[] not null default '{}',
  failures integer not null default 0,
  next_attempt_at timestamptz,
  last_completed_at timestamptz,
  updated_at timestamptz not null default now()
);
alter table public.servicetitan_sync_state enable row level security;
revoke all on public.servicetitan_sync_state from public, anon, authenticated;
grant select, insert, update on public.servicetitan_sync_state to service_role;
comment on table public.servicetitan_sync_state is 'One row a workspace: what the sync knows and where it goes on. It belongs to `source`; another source starts over.';
comment on column public.servicetitan_sync_state.last_modified_cursor is 'R4: every customer version shown before this instant is in contacts, or named in servicetitan_sync_errors.';
comment on column public.servicetitan_sync_state.last_continue_from is 'Export token of initial_feed, while an initial sync is under way (R12).';
comment on column public.servicetitan_sync_state.total_customers_synced is 'Running total over all runs of contacts created and updated.';
comment on column public.servicetitan_sync_state.source is 'environment/tenant this state belongs to (R3).';
comment on column public.servicetitan_sync_state.initial_feed is 'Which export the initial sync reads; null when none is under way.';
comment on column public.servicetitan_sync_state.contacts_continue_from is 'R9: token of the contacts export, followed from run to run, always with includeRecentChanges=true.';
comment on column public.servicetitan_sync_state.checkpoint is 'R6: {modified_on_or_after, page_size, next_page, started_at} of a window that met the page cap. All four or none.';
comment on column public.servicetitan_sync_state.fence is 'R8: grows with every start; a write with an older one is refused.';
comment on column public.servicetitan_sync_state.run_instance_id is 'The run that holds the lease, null when none does.';
comment on column public.servicetitan_sync_state.alive_until is 'R8: the heartbeat, waits included. Past it the run is nudged, and a while later taken over.';
comment on column public.servicetitan_sync_state.page is 'R2: the last page applied by the live run; an earlier one is refused.';
comment on column public.servicetitan_sync_state.parts is 'Chunks of that page already counted, so that a repeated call is not counted twice.';
comment on column public.servicetitan_sync_state.failures is 'How often in a row ServiceTitan refused the credentials.';
comment on column public.servicetitan_sync_state.next_attempt_at is 'Set while ServiceTitan refuses the credentials: ticks wait, /trigger does not.';

create table public.servicetitan_sync_runs (
  instance_id text primary key,
  workspace_id text not null,
  fence bigint not null,
  trigger text not null
    constraint trigger_is_known check (trigger in ('cron', 'manual', 'successor')),
  requested_mode text
    constraint requested_mode_is_known check (requested_mode in ('initial', 'incremental')),
  mode text
    constraint mode_is_known check (mode in ('initial', 'incremental')),
  status text not null default 'queued'
    constraint status_is_known check (status in ('queued', 'running', 'continued', 'completed', 'failed', 'superseded')),
  predecessor text,
  took_over text,
  source text,
  window_from timestamptz,
  window_started_at timestamptz,
  pages integer not null default 0,
  fetched bigint not null default 0,
  created bigint not null default 0,
  updated bigint not null default 0,
  unchanged bigint not null default 0,
  stale bigint not null default 0,
  errors bigint not null default 0,
  service_titan_calls integer not null default 0,
  error_code text,
  error text,
  created_at timestamptz not null default now(),
  started_at timestamptz,
  finished_at timestamptz,
  constraint servicetitan_sync_runs_workspace_id_fence_key unique (workspace_id, fence)
);
alter table public.servicetitan_sync_runs enable row level security;
revoke all on public.servicetitan_sync_runs from public, anon, authenticated;
grant select, insert, update on public.servicetitan_sync_runs to service_role;
comment on table public.servicetitan_sync_runs is 'The ledger: one row a run, successors included. The truth about a run is here; the Workflow engine only drives.';
comment on column public.servicetitan_sync_runs.window_started_at is 'The sync start time of the window; a successor inherits it.';
comment on column public.servicetitan_sync_runs.took_over is 'The dead run whose lease this one took.';

create table public.servicetitan_contact_methods (
  workspace_id text not null,
  source text not null,
  id bigint not null,
  crm_id text not null,
  type text not null,
  value text not null,
  normalized text,
  country_code text,
  memo text,
  do_not_text boolean,
  active boolean,
  listed boolean not null default true,
  modified_on text collate "C" not null,
  primary key (workspace_id, source, id)
);
create index servicetitan_contact_methods_crm_id_idx on public.servicetitan_contact_methods (workspace_id, source, crm_id);
alter table public.servicetitan_contact_methods enable row level security;
revoke all on public.servicetitan_contact_methods from public, anon, authenticated;
grant select, insert, update on public.servicetitan_contact_methods to service_role;
comment on table public.servicetitan_contact_methods is 'Phones and e-mails behind contacts. No foreign key to contacts: the initial sync reads them before the customers.';
comment on column public.servicetitan_contact_methods.normalized is 'E.164 where the number is valid in country_code, else the value trimmed; null when nothing is left.';
comment on column public.servicetitan_contact_methods.active is 'The export feed''s word; null where only the list, which has no such field, was read.';
comment on column public.servicetitan_contact_methods.listed is 'False once a whole re-read of the customer no longer showed it.';

create table public.servicetitan_sync_errors (
  workspace_id text not null,
  source text not null,
  crm_id text not null,
  feed text not null
    constraint feed_is_known check (feed in ('customers', 'contacts')),
  reason text not null,
  sqlstate text,
  instance_id text not null,
  attempts integer not null default 1,
  first_seen_at timestamptz not null default now(),
  last_seen_at timestamptz not null default now(),
  primary key (workspace_id, source, crm_id, feed)
);
alter table public.servicetitan_sync_errors enable row level security;
revoke all on public.servicetitan_sync_errors from public, anon, authenticated;
grant select, insert, update, delete on public.servicetitan_sync_errors to service_role;
comment on table public.servicetitan_sync_errors is 'The quarantine (R10): customers set aside with the reason, re-fetched on later runs, removed when they pass.';
