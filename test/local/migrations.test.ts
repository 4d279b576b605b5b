import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import postgres, { type TransactionSql } from 'postgres';
import { afterAll, beforeAll, expect, inject, onTestFinished, test } from 'vitest';
import { migrate } from '../../local/supabase/migrate.ts';
import { createTestDatabase } from '../sql/databases.ts';

const { dbUrl } = inject('stack');
const sql = postgres(dbUrl, { max: 1, onnotice: () => {} });
const DATABASE = 'migrations_test';
const emptyDbUrl = dbUrl.replace(/\/postgres$/, `/${DATABASE}`);

beforeAll(async () => {
  await sql`create database ${sql(DATABASE)}`;
});
afterAll(async () => {
  await sql`drop database ${sql(DATABASE)} with (force)`;
  await sql.end();
});

function folderWith(files: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'migrations-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

test('the stack has every migration of the project, recorded where the Supabase CLI looks', async () => {
  const files = readdirSync(join(import.meta.dirname, '../../supabase/migrations')).filter((file) =>
    file.endsWith('.sql'),
  );
  const rows = await sql<{ version: string; name: string }[]>`
    select version, name from supabase_migrations.schema_migrations order by version
  `;
  expect(rows.map(({ version, name }) => `${version}_${name}.sql`)).toEqual(files.toSorted());
});

test('migrations are applied in order and once, other files left alone', async () => {
  const folder = folderWith({
    '20260101000200_fill_notes.sql': 'insert into public.notes values (1);',
    '20260101000100_create_notes.sql': 'create table public.notes (id integer primary key);',
    'README.md': 'not SQL',
  });
  const files = ['20260101000100_create_notes.sql', '20260101000200_fill_notes.sql'];
  expect(await migrate(emptyDbUrl, folder)).toEqual(files);
  expect(await migrate(emptyDbUrl, folder)).toEqual([]);
});

test('a failing migration is named and leaves nothing behind', async () => {
  const name = '20260202000100_break_half_way.sql';
  const folder = folderWith({ [name]: 'create table public.half (id integer); select 1 / 0;' });
  await expect(migrate(emptyDbUrl, folder)).rejects.toThrow(`The migration ${name} failed: division by zero`);
  const empty = postgres(emptyDbUrl, { max: 1 });
  onTestFinished(() => empty.end());
  expect(await empty`select to_regclass('public.half') as found`).toEqual([{ found: null }]);
  expect(await empty`select from supabase_migrations.schema_migrations where version = '20260202000100'`).toHaveLength(
    0,
  );
});

/** What a database of another version is told, and why. */
const told = (file: string, because: string) =>
  `The database was made by another version of supabase/migrations/${file} (${because}), and nothing leads from that ` +
  'version to this one. Start with `npm start -- --fresh`';

test('a migration that was applied in another version is refused, and what to do is said', async () => {
  const { url } = await createTestDatabase();
  const file = '20260303000100_create_places.sql';
  await migrate(url, folderWith({ [file]: 'create table public.places (id integer);' }));
  const later = folderWith({ [file]: 'create table public.places (id integer, name text);' });
  await expect(migrate(url, later)).rejects.toThrow(told(file, 'it is not the one that was applied'));
});

test('other line ends and blanks are no other version', async () => {
  const { url } = await createTestDatabase();
  const file = '20260303000100_create_places.sql';
  await migrate(url, folderWith({ [file]: 'create table public.places (\n  id integer\n);\n' }));
  const sameText = folderWith({ [file]: 'create table public.places (\r\n  id integer\r\n);\r\n' });
  expect(await migrate(url, sameText)).toEqual([]);
});

test('a database that has our tables by migrations of other names is refused in the same way', async () => {
  const { url } = await createTestDatabase();
  const text = 'create table public.servicetitan_things (id integer);';
  await migrate(url, folderWith({ '20260404000100_old.sql': text }));
  const file = '20260404000200_create_things.sql';
  await expect(migrate(url, folderWith({ [file]: text }))).rejects.toThrow(
    told(file, 'relation "servicetitan_things" already exists'),
  );
});

test('a name that a migration gives twice is told as just that', async () => {
  const { url } = await createTestDatabase();
  const file = '20260505000100_name_twice.sql';
  const text =
    'create table public.servicetitan_a (id int); create index servicetitan_a on public.servicetitan_a (id);';
  await expect(migrate(url, folderWith({ [file]: text }))).rejects.toThrow(
    `The migration ${file} failed: relation "servicetitan_a" already exists`,
  );
});

/** Does that in the stack's own database and takes it back, unseen by other tests. */
async function takenBack<Row>(work: (transaction: TransactionSql) => Promise<Row[]>): Promise<Row[]> {
  let rows: Row[] = [];
  const undo = new Error('taken back');
  await sql
    .begin(async (transaction) => {
      rows = await work(transaction);
      throw undo;
    })
    .catch((error: unknown) => {
      if (error !== undo) throw error;
    });
  return rows;
}

test('a new table or sequence is granted to no API role', async () => {
  const granted = await takenBack(async (transaction) => {
    await transaction`create table public.forgotten (id bigint generated always as identity)`;
    return transaction`
      select role
      from unnest(array['anon', 'authenticated', 'service_role']) as role
      where has_table_privilege(role, 'public.forgotten', 'select, insert, update, delete')
        or has_sequence_privilege(role, 'public.forgotten_id_seq', 'usage, select, update')
    `;
  });
  expect(granted).toHaveLength(0);
});

test('a new function is granted to public alone, which is Postgres itself', async () => {
  const functions = await takenBack(async (transaction) => {
    await transaction`create function public.forgotten() returns integer language sql as 'select 1'`;
    return transaction`select proacl from pg_proc where proname = 'forgotten'`;
  });
  expect([...functions]).toEqual([{ proacl: null }]);
});
