-- One row per workspace: where its sync stands, and who may write for it. The first ten columns are for
-- anybody's queries. The others are the sync's own, and their comments say what for.
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
  contacts_past_future boolean not null default false,
  initial_stamp text,
  contacts_stamp text,
  export_seen text[] not null default '{}',
  export_again text
    constraint export_again_is_known check (export_again in ('by date', 'from the first')),
  settled jsonb not null default '{}',
  settled_until timestamptz,
  checkpoint jsonb,
  home_country text,
  tag_types_asked_at timestamptz,
  tag_types_refused boolean not null default false,
  pass_wanted_at timestamptz,
  fence bigint not null default 0,
  run_instance_id text,
  alive_until timestamptz,
  nudged_at timestamptz,
  page integer not null default 0,
  parts text[] not null default '{}',
  failures integer not null default 0,
  next_attempt_at timestamptz,
  last_completed_at timestamptz,
  deployment text,
  completed_by text,
  updated_at timestamptz not null default now()
);

alter table public.servicetitan_sync_state enable row level security;
revoke all on public.servicetitan_sync_state from public, anon, authenticated, service_role;
grant select, insert, update on public.servicetitan_sync_state to service_role;

comment on table public.servicetitan_sync_state is 'One row per workspace: what the sync knows and where it resumes. It belongs to `source`; another source starts over.';
comment on column public.servicetitan_sync_state.last_modified_cursor is 'R4: every customer version shown before this instant is in contacts, or named in servicetitan_sync_errors.';
comment on column public.servicetitan_sync_state.last_continue_from is 'Export token of initial_feed, while an initial sync is under way (R12).';
comment on column public.servicetitan_sync_state.total_customers_synced is 'Running total over all runs of contacts created and updated.';
comment on column public.servicetitan_sync_state.source is 'environment/tenant this state belongs to (R3).';
comment on column public.servicetitan_sync_state.initial_feed is 'Which export the initial sync reads; null when none is under way.';
comment on column public.servicetitan_sync_state.initial_started_at is 'R12: when the initial sync first began, whoever continues it; its cursor follows from this.';
comment on column public.servicetitan_sync_state.contacts_continue_from is 'R9: token of the contacts export, followed from run to run, always with includeRecentChanges=true.';
comment on column public.servicetitan_sync_state.contacts_past_future is 'R9: the reading of the contacts export that is under way has shown a stamp in the future; at its end the token is not kept.';
comment on column public.servicetitan_sync_state.initial_stamp is 'R10: the newest modifiedOn that the export of initial_feed has shown; a batch that breaks is passed over from there.';
comment on column public.servicetitan_sync_state.contacts_stamp is 'R10: the same for the contacts export, followed from run to run.';
comment on column public.servicetitan_sync_state.export_again is 'R12: how the export that is read over several runs was begun again, after it had refused its token: once is enough.';
comment on column public.servicetitan_sync_state.export_seen is 'R19: while an export is read over several runs, the tokens with which those runs began: one that comes again has led in a circle.';
comment on column public.servicetitan_sync_state.settled is 'R17: where the settled reader stands, by feed: {customers, contacts: {from, stamp, past_future, as_of, until}}. as_of: what the last reading that reached its end had to show; until: the same of the one before.';
comment on column public.servicetitan_sync_state.settled_until is 'R17: up to this time a second reading has confirmed every change; null until there were two.';
comment on column public.servicetitan_sync_state.checkpoint is 'R6: {modified_on_or_after, page_size, next_page, started_at, seen} of a window that a run handed over half-way, all or none. `seen` is what its pages have shown so far; null where an older version stored the checkpoint.';
comment on column public.servicetitan_sync_state.home_country is 'R25: the country that all of the workspace''s phones are graded for. Null before the first.';
comment on column public.servicetitan_sync_state.tag_types_asked_at is 'When the names of tags were read last, or refused. They are asked for once a day.';
comment on column public.servicetitan_sync_state.tag_types_refused is 'The app might not read them then. That is told once.';
comment on column public.servicetitan_sync_state.pass_wanted_at is 'R18: a pass that was asked for and has not begun; another one may be under way.';
comment on column public.servicetitan_sync_state.fence is 'R8: grows with every start; a write with an older one is refused.';
comment on column public.servicetitan_sync_state.run_instance_id is 'The run that holds the lease, null when none does.';
comment on column public.servicetitan_sync_state.alive_until is 'R8: the heartbeat, waits included. Past it the run is nudged, and a while later taken over.';
comment on column public.servicetitan_sync_state.nudged_at is 'R8: when a tick woke the silent run; five minutes later another may take over. Null after a sign of life.';
comment on column public.servicetitan_sync_state.page is 'R2, R21: the last page applied by the live run; an earlier one is refused. -1 until the run has begun, then 0.';
comment on column public.servicetitan_sync_state.parts is 'R11, R21: what is written of that page (is_servicetitan_part_whole), so that nothing is counted twice and the run can see that all is there.';
comment on column public.servicetitan_sync_state.failures is 'How often in a row ServiceTitan refused the credentials.';
comment on column public.servicetitan_sync_state.deployment is 'Which Worker claimed the lease last, by its setting DEPLOYMENT.';
comment on column public.servicetitan_sync_state.completed_by is 'Which Worker completed the last run; it keeps another one out for an hour.';
comment on column public.servicetitan_sync_state.next_attempt_at is 'Set while ServiceTitan refuses the credentials: ticks wait, /trigger does not.';
