// The Supabase CLI, as somebody with a project of their own would use it.
import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { migrate } from '../../local/supabase/migrate.ts';
import { createCli } from './cli.ts';
import { createTestDatabase, MIGRATIONS } from './databases.ts';

test('db push applies every migration to a blank project, and then finds nothing pending', async () => {
  const database = await createTestDatabase();
  const supabase = createCli(database);
  await supabase('db', 'push', '--yes');

  const { migrations } = JSON.parse(await supabase('migration', 'list', '--output-format', 'json'));
  expect(migrations).toHaveLength(readdirSync(MIGRATIONS).length);
  for (const { local, remote } of migrations) expect(remote).toBe(local);
  expect(await supabase('db', 'push', '--yes')).toContain('up to date');
});

test("what the stack's own migration runner applied, the CLI finds applied", async () => {
  const database = await createTestDatabase();
  await migrate(database.url, MIGRATIONS);
  expect(await createCli(database)('db', 'push', '--yes')).toContain('up to date');
});

test("what the CLI applied, the stack's own migration runner finds applied and unchanged", async () => {
  const database = await createTestDatabase();
  await createCli(database)('db', 'push', '--yes');
  expect(await migrate(database.url, MIGRATIONS)).toEqual([]);
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
