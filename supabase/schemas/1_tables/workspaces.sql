-- The firms. A product usually has this table already, with an id of any type: the migration creates it where
-- it is absent and adds the missing columns where it is present.
create table public.workspaces (
  id text primary key,
  name text,
  time_zone text
);

alter table public.workspaces enable row level security;
revoke all on public.workspaces from public, anon, authenticated;
grant select, insert, update on public.workspaces to service_role;

comment on table public.workspaces is 'A firm whose ServiceTitan customers become contacts.';
comment on column public.workspaces.time_zone is 'IANA zone, such as America/Denver; business hours are decided in it. Null: the sync runs at any hour.';
