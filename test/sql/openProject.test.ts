// A project made before May 2026: there Supabase grants every new table and function to all roles.
import type { Sql } from 'postgres';
import { expect, test } from 'vitest';
import { migrate } from '../../local/supabase/migrate.ts';
import { as, PERMISSION_DENIED, type Role } from '../support/database.ts';
import { createTestDatabase, MIGRATIONS } from './databases.ts';

const STRANGERS: Role[] = ['anon', 'authenticated'];

async function createOpenProject(): Promise<Sql> {
  const { url, sql } = await createTestDatabase();
  await sql.unsafe(`
    alter default privileges in schema public grant all on tables to anon, authenticated, service_role;
    alter default privileges in schema public grant all on functions to anon, authenticated, service_role;
    alter default privileges in schema public grant all on sequences to anon, authenticated, service_role;
  `);
  await migrate(url, MIGRATIONS);
  return sql;
}

test('there too, strangers read no row, write none and call no function', async () => {
  const sql = await createOpenProject();
  const connection = {
    workspace_id: 'shop',
    environment: 'production',
    tenant_id: '1',
    client_id: 'client',
    credentials_id: '00000000-0000-4000-8000-000000000000',
    client_secret_sealed: 'sealed',
    app_key_sealed: 'sealed',
  };
  await as('service_role', (role) => role`select public.save_servicetitan_connection(${role.json(connection)})`, sql);
  for (const role of STRANGERS) {
    // Refused, or shown nothing.
    const seen = await as(role, (stranger) => stranger`select from public.servicetitan_connections`, sql).catch(
      () => [],
    );
    expect(seen).toHaveLength(0);
    await expect(
      as(role, (stranger) => stranger`insert into public.contacts (workspace_id) values ('shop')`, sql),
    ).rejects.toMatchObject(PERMISSION_DENIED);
    await expect(
      as(role, (stranger) => stranger`select public.list_servicetitan_workspaces(null, 1)`, sql),
    ).rejects.toMatchObject(PERMISSION_DENIED);
  }
});

/** Who holds what on everything in schema public, columns included, as `grantee: privilege on object`. */
async function grantsOf(sql: Sql): Promise<string[]> {
  const rows = await sql<{ held: string }[]>`
    select distinct format(
      '%s: %s on %s',
      case when granted.grantee = 0 then 'public' else granted.grantee::regrole::text end, granted.privilege_type, object
    ) as held
    from (
      select relname::text as object, relowner as owner, relacl as acl
      from pg_class
      where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm', 'f', 'S')
      union all
      select attrelid::regclass || '.' || attname, relowner, attacl
      from pg_attribute join pg_class on pg_class.oid = attrelid
      where relnamespace = 'public'::regnamespace
      union all
      select pg_proc.oid::regprocedure::text, proowner, coalesce(proacl, acldefault('f', proowner))
      from pg_proc
      where pronamespace = 'public'::regnamespace
    ) as listed
    cross join lateral aclexplode(acl) as granted
    where granted.grantee <> owner
    order by held
  `;
  return rows.map(({ held }) => held);
}

test('there too, every role holds what it holds in a project made today, and no more', async () => {
  const { url, sql } = await createTestDatabase();
  await migrate(url, MIGRATIONS);
  const today = await grantsOf(sql);
  expect(today.filter((held) => !held.startsWith('service_role: '))).toEqual([]);
  expect(today.length).toBeGreaterThan(30);
  // The product's own two tables keep what its project gives service_role.
  const isProducts = (held: string) => /^service_role: .* on (?:contacts|workspaces)$/.test(held);
  const there = await grantsOf(await createOpenProject());
  expect(there.filter((held) => !isProducts(held))).toEqual(today.filter((held) => !isProducts(held)));
});
