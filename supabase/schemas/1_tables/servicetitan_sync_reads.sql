-- The reads log: what became of each customer that a chunk held. /why answers from it.
create table public.servicetitan_sync_reads (
  workspace_id text not null,
  source text not null,
  instance_id text not null,
  page integer not null,
  part text not null,
  feed text not null
    constraint feed_is_known check (feed in ('customers', 'contacts')),
  read_at timestamptz not null default now(),
  created bigint[],
  updated bigint[],
  unchanged bigint[],
  stale bigint[],
  set_aside bigint[],
  primary key (instance_id, page, part)
);

-- The newest first: a customer is looked for from the last chunk back.
create index servicetitan_sync_reads_workspace_id_read_at_idx on public.servicetitan_sync_reads (workspace_id, read_at);
create index servicetitan_sync_reads_read_at_idx on public.servicetitan_sync_reads (read_at);

alter table public.servicetitan_sync_reads enable row level security;
revoke all on public.servicetitan_sync_reads from public, anon, authenticated, service_role;
grant select, insert, update, delete on public.servicetitan_sync_reads to service_role;

comment on table public.servicetitan_sync_reads is 'The reads log: one row per applied chunk, with customer ids by what became of them. Pruned with the ledger, and after 14 days where nothing changed.';
comment on column public.servicetitan_sync_reads.feed is 'customers: read as customers, contacts re-read with them in an incremental run; contacts: touched by the contacts export.';
comment on column public.servicetitan_sync_reads.set_aside is 'R10: went to the quarantine, with their whole record or for their contacts alone.';
