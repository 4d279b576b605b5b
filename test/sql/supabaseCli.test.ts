// The Supabase CLI, as somebody with a project of their own would use it.
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { migrate } from '../../local/supabase/migrate.ts';
import { createDatabase, type Database, MIGRATIONS, PROJECT } from './databases.ts';

const run = promisify(execFile);

/** The CLI on the project's `supabase` folder, in a copy: it keeps notes beside the migrations. Answers what it printed. */
function createCli({ url }: Database): (...args: string[]) => Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'cli-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const part of ['config.toml', 'migrations']) {
    cpSync(join(PROJECT, 'supabase', part), join(folder, 'supabase', part), { recursive: true });
  }
  return async (...args) => {
    const { stdout } = await run(join(PROJECT, 'node_modules/.bin/supabase'), [...args, `--remote=${url}`], {
      cwd: folder,
      env: { PATH: process.env['PATH'], HOME: folder, DO_NOT_TRACK: '1' },
    });
    return stdout;
  };
}

test('db push applies every migration to a blank project, and then finds nothing pending', async () => {
  const database = await createDatabase();
  const supabase = createCli(database);
  await supabase('db', 'push', '--yes');

  const { migrations } = JSON.parse(await supabase('migration', 'list', '--output-format', 'json'));
  expect(migrations).toHaveLength(readdirSync(MIGRATIONS).length);
  for (const { local, remote } of migrations) expect(remote).toBe(local);
  expect(await supabase('db', 'push', '--yes')).toContain('up to date');
});

test("what the stack's own migration runner applied, the CLI finds applied", async () => {
  const database = await createDatabase();
  await migrate(database.url, MIGRATIONS);
  expect(await createCli(database)('db', 'push', '--yes')).toContain('up to date');
});

test('the security advisors find nothing but what is deliberate: tables that no policy opens', async () => {
  const database = await createDatabase();
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
  const database = await createDatabase();
  await migrate(database.url, MIGRATIONS);
  await database.sql`alter table public.servicetitan_connections disable row level security`;
  await database.sql`grant select on public.servicetitan_connections to anon`;
  await expect(
    createCli(database)('db', 'advisors', '--type', 'security', '--level', 'warn', '--fail-on', 'warn'),
  ).rejects.toThrow();
});
