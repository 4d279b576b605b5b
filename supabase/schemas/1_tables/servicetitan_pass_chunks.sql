-- What the pass under way has seen (R18), a row for each chunk that was written of it. Deleted at its end.
create table public.servicetitan_pass_chunks (
  workspace_id text not null,
  pass bigint not null,
  feed text not null
    constraint feed_is_known check (feed in ('contacts', 'customers', 'asked')),
  page integer not null,
  part text not null,
  ids bigint[] not null default '{}',
  owners bigint[] not null default '{}',
  missing bigint[] not null default '{}',
  stale bigint[] not null default '{}',
  differing jsonb not null default '{}',
  kept jsonb not null default '{}',
  went_back bigint[] not null default '{}',
  set_aside bigint[] not null default '{}',
  unnamed integer not null default 0,
  unreadable jsonb not null default '{}',
  primary key (workspace_id, pass, feed, page, part)
);

alter table public.servicetitan_pass_chunks enable row level security;
revoke all on public.servicetitan_pass_chunks from public, anon, authenticated, service_role;
grant select, insert, update, delete on public.servicetitan_pass_chunks to service_role;

comment on table public.servicetitan_pass_chunks is 'R18: what the pass under way has seen and found, by chunk. A chunk that is written again adds to what it held.';
comment on column public.servicetitan_pass_chunks.feed is 'contacts: the contacts export. customers: the customers list. asked: customers asked for by id.';
comment on column public.servicetitan_pass_chunks.ids is 'Customers that were shown, readably or not; in contacts the contact methods.';
comment on column public.servicetitan_pass_chunks.owners is 'In contacts: the customer of each of `ids`, since a contact may be shared (R9).';
comment on column public.servicetitan_pass_chunks.differing is 'By customer the fields that were mended.';
comment on column public.servicetitan_pass_chunks.kept is 'By customer the fields that a trigger of the product keeps as they are.';
comment on column public.servicetitan_pass_chunks.unnamed is 'Customers of which nobody can tell who they are.';
