-- The recheck list: customers to be asked by id in a later run, and why. They are no errors.
create table public.servicetitan_rechecks (
  workspace_id text not null,
  source text not null,
  crm_id text not null,
  why text not null
    constraint why_is_known check (why in ('missing', 'unlisted', 'shared', 'unbacked', 'went_back', 'newer', 'balance')),
  added_at timestamptz not null default now(),
  due_at timestamptz not null default now(),
  asked_at timestamptz,
  asked_in text,
  read_in text,
  failures integer not null default 0,
  failing_since timestamptz,
  phone_bare_since timestamptz,
  phone_bare_from text
    constraint phone_bare_from_is_known check (phone_bare_from in ('list', 'own')),
  phone_bare_again_at timestamptz,
  email_bare_since timestamptz,
  email_bare_from text
    constraint email_bare_from_is_known check (email_bare_from in ('list', 'own')),
  email_bare_again_at timestamptz,
  refused_modified_on text collate "C",
  refused_at timestamptz,
  refused_in text,
  ask_again boolean not null default false,
  held_at timestamptz,
  primary key (workspace_id, source, crm_id)
);

alter table public.servicetitan_rechecks enable row level security;
revoke all on public.servicetitan_rechecks from public, anon, authenticated, service_role;
grant select, insert, update, delete on public.servicetitan_rechecks to service_role;

comment on table public.servicetitan_rechecks is 'The recheck list: customers that a later run asks for by id, with the reason. No errors; what takes away, and what goes back, has to be said twice (R2, R16).';
comment on column public.servicetitan_rechecks.why is 'missing: a whole reading lacked a method. unlisted: a feed shows a method that is held as gone. shared: a contact appeared under a second customer. unbacked: the contact shows a phone or e-mail that no method explains. went_back: an older version was refused. newer: the settled reader brought a newer version, without its methods. balance: what the settled reader shows differs in the balance alone, and may be older.';
comment on column public.servicetitan_rechecks.due_at is 'Not asked before. Infinity: an older version was refused in one run; a second one makes it due.';
comment on column public.servicetitan_rechecks.asked_in is 'The run that asked last.';
comment on column public.servicetitan_rechecks.read_in is 'R16: the run whose reading of its contact methods was the last that can be believed. What a run takes away, it has to have lacked itself.';
comment on column public.servicetitan_rechecks.failures is 'Readings in a row that failed: asked again at once, then hourly, then daily (R10).';
comment on column public.servicetitan_rechecks.failing_since is 'When the first of these readings failed.';
comment on column public.servicetitan_rechecks.phone_bare_since is 'R16: when a whole reading first showed nothing that explains the contact''s phone; phone_bare_from is its kind, phone_bare_again_at the second. The e-mail has its own.';
comment on column public.servicetitan_rechecks.refused_modified_on is 'R2: the older version of the customer that was refused, first at refused_at, last in the run refused_in.';
comment on column public.servicetitan_rechecks.ask_again is 'Asked for once more a day later: an older version was written (R2), or a contact is shared.';
comment on column public.servicetitan_rechecks.held_at is 'R16: too many customers would have lost a phone or an e-mail at once; a day later it is asked again and taken.';
