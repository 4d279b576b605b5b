-- The names behind the ids in `metadata.custom_fields.tag_type_ids`, as ServiceTitan lists them.
create table public.servicetitan_tag_types (
  workspace_id text not null,
  source text not null,
  id text not null,
  name text not null,
  active boolean not null,
  primary key (workspace_id, source, id)
);

alter table public.servicetitan_tag_types enable row level security;
revoke all on public.servicetitan_tag_types from public, anon, authenticated, service_role;
grant select, insert, update on public.servicetitan_tag_types to service_role;

comment on table public.servicetitan_tag_types is 'Tags by id, read once a day where the app may. One that ServiceTitan no longer lists stays, for customers may carry it.';
comment on column public.servicetitan_tag_types.id is 'Text, because a double can''t hold every id of ServiceTitan''s.';
