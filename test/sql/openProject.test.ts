// A project made before May 2026: there Supabase grants every new table and function to all roles.
import type { Sql } from 'postgres';
import { expect, test } from 'vitest';
import { migrate } from '../../local/supabase/migrate.ts';
import { as, PERMISSION_DENIED, type Role } from '../support/database.ts';
import { createDatabase, MIGRATIONS } from './databases.ts';

const STRANGERS: Role[] = ['anon', 'authenticated'];

async function createOpenProject(): Promise<Sql> {
  const { url, sql } = await createDatabase();
  await sql.unsafe(`
    alter default privileges in schema public grant all on tables to anon, authenticated, service_role;
    alter default privileges in schema public grant all on functions to anon, authenticated, service_role;
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

test("there too, strangers hold no privilege on the sync's own tables: row level security is not all that stands between", async () => {
  const sql = await createOpenProject();
  const open = await sql`
    select relname as name, role
    from pg_class
    cross join unnest(${STRANGERS}::text[]) as role
    where relnamespace = 'public'::regnamespace
      and relname like 'servicetitan%'
      and relkind = 'r'
      and has_table_privilege(role, oid, 'select, insert, update, delete, truncate')
    order by name, role
  `;
  expect(open).toEqual([]);
});
