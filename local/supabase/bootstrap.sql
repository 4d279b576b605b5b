-- What a hosted Supabase database has before the first migration: roles, schemas, auth.* helpers.
-- No default privileges: since May 2026 a new table, sequence or function gets no grant for the API roles there either,
-- so a migration that forgets one fails here as it would there. (Postgres itself grants execute to public on functions.)

create role anon nologin;
create role authenticated nologin;
create role service_role nologin bypassrls;
-- Without a password nobody logs in as it: what starts PostgREST sets one.
create role authenticator login noinherit;
grant anon, authenticated, service_role to authenticator;

-- service_role has none of its own and so keeps the authenticator's.
alter role anon set statement_timeout = '3s';
alter role authenticated set statement_timeout = '8s';
alter role authenticator set statement_timeout = '8s';

create schema extensions;
create schema auth;
grant usage on schema public, extensions, auth to anon, authenticated, service_role;
alter database postgres set search_path = "$user", public, extensions;

create function auth.jwt()
returns jsonb
language sql
stable
set search_path = ''
as $$ select coalesce(nullif(current_setting('request.jwt.claims', true), ''), '{}')::jsonb $$;

create function auth.uid()
returns uuid
language sql
stable
set search_path = ''
as $$ select (auth.jwt() ->> 'sub')::uuid $$;

create function auth.role()
returns text
language sql
stable
set search_path = ''
as $$ select auth.jwt() ->> 'role' $$;
