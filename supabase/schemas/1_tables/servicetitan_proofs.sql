-- One row a pass (R18). While `ended_at` is null the pass is under way and the row is its place; then it is the
-- proof. A workspace has one pass at a time. Another tenant drops it (R3).
create table public.servicetitan_proofs (
  workspace_id text not null,
  pass bigint not null,
  source text not null,
  why text not null
    constraint why_is_known check (why in ('first', 'due', 'asked', 'not_whole')),
  began_at timestamptz not null,
  created_at timestamptz not null default now(),
  stage text not null default 'contacts'
    constraint stage_is_known check (stage in ('contacts', 'customers', 'sweep', 'ask', 'ended')),
  continue_from text,
  page integer not null default 0,
  chunks integer not null default 0,
  begun_again text[] not null default '{}',
  to_ask bigint[] not null default '{}',
  held bigint[] not null default '{}',
  why_not jsonb not null default '[]',
  ended_at timestamptz,
  whole boolean,
  listed bigint,
  seen bigint,
  right_when_read bigint,
  missing bigint,
  stale bigint,
  differing bigint,
  fields jsonb not null default '{}',
  returned bigint,
  mended bigint,
  went_back bigint,
  gone bigint,
  refused bigint,
  rechecks bigint,
  unreadable_fields jsonb not null default '{}',
  ids jsonb not null default '{}',
  primary key (workspace_id, pass)
);

create unique index servicetitan_proofs_under_way_key on public.servicetitan_proofs (workspace_id) where ended_at is null;

alter table public.servicetitan_proofs enable row level security;
revoke all on public.servicetitan_proofs from public, anon, authenticated, service_role;
grant select, insert, update, delete on public.servicetitan_proofs to service_role;

comment on table public.servicetitan_proofs is 'R18: one row a pass, which compares everything that ServiceTitan shows with contacts. Counts are filled at its end.';
comment on column public.servicetitan_proofs.pass is 'The fence of the run that began it, so it grows.';
comment on column public.servicetitan_proofs.why is 'first: none has ended for this source yet. due: FULL_PASS_DAYS. asked: by a person, so it goes on run after run. not_whole: the one before was not whole.';
comment on column public.servicetitan_proofs.began_at is 'What the proof is as of: a record that is younger by its stamp is not missed.';
comment on column public.servicetitan_proofs.created_at is 'By the clock of the database alone, where began_at is the earliest of three: how long the pass takes is told by it.';
comment on column public.servicetitan_proofs.continue_from is 'Where the stage goes on: a token of the contacts export, or the page and the page size of the customers list.';
comment on column public.servicetitan_proofs.page is 'Pages that the pass has read; the last one may be read once more.';
comment on column public.servicetitan_proofs.chunks is 'Rows that the pass has in servicetitan_pass_chunks. Fewer than that: somebody has taken some, and nothing is concluded.';
comment on column public.servicetitan_proofs.begun_again is 'What was begun again already: contacts, pass. Each once.';
comment on column public.servicetitan_proofs.to_ask is 'Customers that have yet to be asked for by id, before anything is concluded of them.';
comment on column public.servicetitan_proofs.held is 'So many were not listed any more that none is marked as gone, unless the next pass finds the same.';
comment on column public.servicetitan_proofs.why_not is 'Why the pass is not whole: [{code, count}].';
comment on column public.servicetitan_proofs.right_when_read is 'Customers that were read and found stored as they are.';
comment on column public.servicetitan_proofs.missing is 'Customers of which contacts had no row.';
comment on column public.servicetitan_proofs.stale is 'Customers of which contacts had an older version.';
comment on column public.servicetitan_proofs.differing is 'Customers of which contacts had the same version with other content; `fields` says in how many each field.';
comment on column public.servicetitan_proofs.returned is 'Of the differing those that differed in the same field in the pass before, which mended it: something rewrites it.';
comment on column public.servicetitan_proofs.went_back is 'Customers of which contacts had a newer version: they are asked for by id (R2).';
comment on column public.servicetitan_proofs.gone is 'Customers that ServiceTitan no longer has.';
comment on column public.servicetitan_proofs.ids is 'Up to 100 customers of each kind, and under `fields` the fields in which each differed.';
