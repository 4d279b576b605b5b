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

test('the security advisors find what is deliberate, tables that no policy opens, and a table left open, but nothing else', async () => {
  const database = await createTestDatabase();
  await migrate(database.url, MIGRATIONS);
  await database.sql`alter table public.servicetitan_connections disable row level security`;
  await database.sql`grant select on public.servicetitan_connections to anon`;
  const advisors = ['db', 'advisors', '--type', 'security', '--level', 'info', '--output-format', 'json'];
  const { results } = JSON.parse(await createCli(database)(...advisors));
  const found = (results as { name: string; level: string; metadata: { name: string } }[]).map(
    ({ name, level, metadata }) => `${level} ${name} ${metadata.name}`,
  );
  const tables = await database.sql<{ tablename: string }[]>`
    select tablename from pg_tables where schemaname = 'public'
  `;
  const expected = tables.map(({ tablename }) =>
    tablename === 'servicetitan_connections'
      ? `ERROR rls_disabled_in_public ${tablename}`
      : `INFO rls_enabled_no_policy ${tablename}`,
  );
  expect(found.toSorted()).toEqual(expected.toSorted());
});
