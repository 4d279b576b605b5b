// The Supabase CLI, as somebody with a project of their own would use it.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { difference } from '../../local/migration/difference.ts';
import { loadSchemas, readSchemas } from '../../local/migration/schemas.ts';
import { migrate } from '../../local/supabase/migrate.ts';
import { createCli } from './cli.ts';
import { createTestDatabase, MIGRATIONS, PROJECT } from './databases.ts';

test('db push builds from a blank project what the schemas say, and then our own runner finds nothing pending', async () => {
  const [database, schemas] = [await createTestDatabase(), await createTestDatabase()];
  const supabase = createCli(database);
  await supabase('db', 'push', '--yes');
  await loadSchemas(schemas.url, readSchemas(join(PROJECT, 'supabase')));
  const differences = await Promise.all([difference(database.url, schemas.url), difference(schemas.url, database.url)]);
  expect(differences, 'supabase/schemas and supabase/migrations differ: run `npm run migration`').toEqual(['', '']);

  const { migrations } = JSON.parse(await supabase('migration', 'list', '--output-format', 'json'));
  expect(migrations).toHaveLength(readdirSync(MIGRATIONS).length);
  for (const { local, remote } of migrations) expect(remote).toBe(local);
  expect(await migrate(database.url, MIGRATIONS)).toEqual([]);
});

test("what the stack's own migration runner applied, the CLI finds applied", async () => {
  const database = await createTestDatabase();
  await migrate(database.url, MIGRATIONS);
  expect(await createCli(database)('db', 'push', '--yes')).toContain('up to date');
});

test('the security advisors find nothing but what is deliberate: tables that no policy opens', async () => {
  const database = await createTestDatabase();
  await migrate(database.url, MIGRATIONS);
  const advisors = ['db', 'advisors', '--type', 'security', '--level', 'info', '--fail-on', 'warn'];
  const { results } = JSON.parse(await createCli(database)(...advisors, '--output-format', 'json'));
  const found = (results as { name: string; level: string }[]).map(({ name, level }) => `${level} ${name}`);
  expect(new Set(found)).toEqual(new Set(['INFO rls_enabled_no_policy']));
  const [{ tables } = { tables: 0 }] = await database.sql<{ tables: number }[]>`
    select count(*)::integer as tables from pg_tables where schemaname = 'public'
  `;
  expect(found).toHaveLength(tables);
});

test('the security advisors would notice a table left open', async () => {
  const database = await createTestDatabase();
  await migrate(database.url, MIGRATIONS);
  await database.sql`alter table public.servicetitan_connections disable row level security`;
  await database.sql`grant select on public.servicetitan_connections to anon`;
  await expect(
    createCli(database)('db', 'advisors', '--type', 'security', '--level', 'warn', '--fail-on', 'warn'),
  ).rejects.toThrow();
});
