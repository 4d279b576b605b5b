// `npm run migration -- <name>`: the journal's next entry, written from what has changed in the schemas.
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, inject, onTestFinished, test } from 'vitest';
import { writeFirstMigration } from '../../local/migration/first.ts';
import { difference } from '../../local/migration/difference.ts';
import { type NextMigration, writeNextMigration } from '../../local/migration/next.ts';
import { splitStatements } from '../../local/migration/statements.ts';
import { migrate } from '../../local/supabase/migrate.ts';
import { createTestDatabase, PROJECT } from '../sql/databases.ts';
import { admin } from '../support/database.ts';

const NOW = new Date('2027-01-02T03:04:05.678Z');
const FUNCTION = 'schemas/4_runs/hold_servicetitan_lease.sql';
const CONTACTS = 'schemas/1_tables/contacts.sql';

/** A copy of the project's schemas, released: with migrations that lead to them. */
function createRelease() {
  const folder = mkdtempSync(join(tmpdir(), 'release-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  cpSync(join(PROJECT, 'supabase/schemas'), join(folder, 'schemas'), { recursive: true });
  mkdirSync(join(folder, 'migrations'));
  writeFirstMigration(folder);
  const migrations = () => readdirSync(join(folder, 'migrations'));
  const released = migrations();
  return {
    folder,
    edit: (file: string, from: string | RegExp, to: string) => {
      const text = readFileSync(join(folder, file), 'utf8');
      const edited = text.replace(from, () => to);
      expect(edited).not.toBe(text);
      writeFileSync(join(folder, file), edited);
    },
    write: (name = 'change_something', options: Partial<NextMigration> = {}) =>
      writeNextMigration({ supabaseFolder: folder, serverUrl: inject('stack').dbUrl, name, now: NOW, ...options }),
    read: (file: string) => readFileSync(join(folder, 'migrations', file), 'utf8'),
    added: () => migrations().filter((file) => !released.includes(file)),
  };
}

test('what has changed becomes one migration, after which nothing differs, and a product keeps its own', async () => {
  const release = createRelease();
  release.edit(FUNCTION, /mins => \d+/, 'mins => 12');
  release.edit('schemas/1_tables/servicetitan_sync_runs.sql', '  error text,\n', '  error text,\n  questions jsonb,\n');
  writeFileSync(
    join(release.folder, 'schemas/1_tables/servicetitan_questions.sql'),
    `create table public.servicetitan_questions (crm_id text primary key check (crm_id <> ''), why text not null);
     alter table public.servicetitan_questions enable row level security;
     revoke all on public.servicetitan_questions from public, anon, authenticated, service_role;
     grant select, insert, delete on public.servicetitan_questions to service_role;
     comment on table public.servicetitan_questions is 'Asked again; by id.';`,
  );
  release.edit(
    CONTACTS,
    '  metadata jsonb,\n',
    '  metadata jsonb,\n  phone_extension text,\n  is_vip boolean not null default false,\n',
  );
  writeFileSync(
    join(release.folder, 'schemas/6_reports/servicetitan_phones.sql'),
    `create view public.servicetitan_phones with (security_invoker) as select phone from public.contacts;
     create function public.count_phones() returns bigint language sql set search_path = '' as 'select count(*) from public.contacts';
     comment on table public.servicetitan_alerts is 'Nothing of public.contacts; "contacts" is another.';`,
  );
  release.edit(
    CONTACTS,
    'comment on column public.contacts.metadata',
    `comment on column public.contacts.phone_extension is 'Digits; dialled after the phone.';
comment on column public.contacts.metadata`,
  );
  const file = '20270102030405_ask_again.sql';
  // Which way two databases are compared is tried below.
  let compared = 0;
  const compare = async (...urls: [string, string]) => ((compared += 1), compared === 3 ? '' : difference(...urls));
  expect(await release.write('ask_again', { compare })).toBe(file);
  const text = release.read(file);
  for (const part of [
    'mins => 12',
    'ADD COLUMN "questions" jsonb',
    'CREATE TABLE "public"."servicetitan_questions"',
    "('contacts', 'phone_extension', 'text')",
  ]) {
    expect(text).toContain(part);
  }
  expect(text).not.toMatch(/servicetitan_sync_errors|\bDROP\b/);
  expect(release.added()).toEqual([file]);

  const { url, sql } = await createTestDatabase();
  await sql`create table public.contacts (workspace_id text, crm_id text, phone_extension varchar(9), is_dog boolean)`;
  expect(await migrate(url, join(release.folder, 'migrations'))).toContain(file);
  const columns = await sql`
    select column_name, data_type from information_schema.columns
    where table_name = 'contacts' and column_name in ('phone_extension', 'is_vip', 'is_dog') order by 1
  `;
  expect(columns.map((column) => Object.values(column))).toEqual([
    ['is_dog', 'boolean'],
    ['is_vip', 'boolean'],
    ['phone_extension', 'character varying'],
  ]);
});

test("a product's table gets new columns and nothing else: each other change is refused, and no file stays", async () => {
  const release = createRelease();
  const index = /create unique index.*\n/.exec(readFileSync(join(PROJECT, 'supabase', CONTACTS), 'utf8'))![0];
  const edits: [from: string | RegExp, to: string, refused: string][] = [
    [/,\n {2}created_at.*\n/, '\n', 'DROP COLUMN "created_at"'],
    ['active boolean', 'active text', '"active" TYPE text'],
    ['email text,', "email text check (email <> ''),", "CHECK ((email <> ''::text))"],
    ['crm_source text,', 'crm_source text not null,', '"crm_source" SET NOT NULL'],
    [
      'workspace_id text not null,',
      'workspace_id text not null,\n  plan text not null,',
      'ADD COLUMN "plan" text NOT NULL',
    ],
    [index, 'create index contacts_phone_idx on public.contacts (phone);\n', 'CREATE INDEX contacts_phone_idx'],
    ['grant select', 'create policy p on public.contacts using (true);\ngrant select', 'CREATE POLICY "p"'],
    [
      'insert, update on public.contacts to service_role',
      'update on public.contacts to service_role, authenticated',
      'TO "authenticated"',
    ],
    [
      'comment on table public.contacts is',
      "comment on table public.contacts is 'Other.'; --",
      'COMMENT ON TABLE "public"."contacts"',
    ],
  ];
  for (const [from, to] of edits) release.edit(CONTACTS, from, to);
  // Of the other one too, and of a table of ours that has rows.
  release.edit('schemas/1_tables/workspaces.sql', 'name text', 'name varchar(9)');
  release.edit('schemas/1_tables/servicetitan_alerts.sql', '  closed_at', '  told_by text not null,\n  closed_at');
  const failure = await release.write().then(
    () => new Error('It was written.'),
    (error: Error) => error,
  );
  expect(failure.message).toContain(
    "No migration can do this everywhere, because contacts and workspaces may be a product's own",
  );
  const untold = [
    ...edits.map(([, , refused]) => refused),
    'DROP INDEX "public"."contacts_workspace_id_crm_id_key"',
    '"name" TYPE character varying(9)',
    'ADD COLUMN "told_by" text NOT NULL',
  ];
  expect(untold.filter((refused) => !failure.message.includes(refused))).toEqual([]);
  expect(release.added()).toEqual([]);
});

test.for([
  ['a comment behind a column', '  name text,', "  name text, -- the firm's"],
  ['a column over two lines', '  name text,', '  name text\n    default null,'],
  ['a check', '  name text,', "  name text check (name <> ''),"],
  ['a reference', '  name text,', '  name text references public.contacts (id),'],
  ['a computed column', '  name text,', '  name text generated always as (id) stored,'],
  ['a column that must have a value', '  name text,', '  name text not null,'],
  ['a constraint of the table', '  name text,', '  name text,\n  unique (name),'],
  ['two columns on a line', '  name text,', '  name text, plan text,'],
  ['capitals', 'create table', 'CREATE TABLE'],
] as const)('in a table that a product may own, %s is refused with its file', ([, from, to]) => {
  const release = createRelease();
  release.edit('schemas/1_tables/workspaces.sql', from, to);
  expect(() => writeFirstMigration(release.folder)).toThrow(/supabase\/schemas\/1_tables\/workspaces\.sql/);
});

test.for([
  ['a policy', 'create policy p on public.contacts using (true);'],
  ['a trigger', 'create trigger t before update on public.contacts for each row execute function f();'],
  ['an index in capitals', 'CREATE INDEX i ON public.contacts (name);'],
  ['an index that locks nothing', 'create index concurrently i on public.contacts (name);'],
  ['a constraint', 'alter table public.contacts add constraint c check (true);'],
] as const)('so is %s, for which a migration has no form', ([, statement]) => {
  const release = createRelease();
  release.edit(CONTACTS, 'grant select', `${statement}\ngrant select`);
  expect(() => writeFirstMigration(release.folder)).toThrow(`supabase/${CONTACTS}: the table may be a product's own`);
  expect(() => writeFirstMigration(release.folder)).toThrow(statement);
});

test('a migration that would not lead to the schemas is told with what would differ, whichever way, and none is written', async () => {
  const release = createRelease();
  release.edit(FUNCTION, /mins => \d+/, 'mins => 12');
  for (const faulty of [2, 3]) {
    let calls = 0;
    const compare = async () => ((calls += 1), calls === 1 ? 'select 1;' : calls === faulty ? 'DROP TABLE left;' : '');
    await expect(release.write('lead_nowhere', { compare })).rejects.toThrow(
      'This would still differ:\nDROP TABLE left;',
    );
  }
  expect(release.added()).toEqual([]);
});

test('a migration comes after every other, whatever the clock says, and its databases go with it', async () => {
  const release = createRelease();
  expect(await release.write('change_nothing', { compare: async () => '' })).toBeNull();
  const databases = async () => (await admin`select from pg_database where datname like 'migration\\_%'`).length;
  const before = await databases();
  let calls = 0;
  const once = async () => ((calls += 1), calls === 1 ? 'select 1;' : '');
  const early = new Date('2020-01-01T00:00:00Z');
  expect(await release.write('be_late', { compare: once, now: early })).toBe('20261129000001_be_late.sql');
  expect(await databases()).toBe(before);
});

test('a schema that Postgres refuses is named, and no file stays', async () => {
  const release = createRelease();
  release.edit(FUNCTION, 'returns public.servicetitan_sync_state', 'returns public.no_such_table');
  await expect(release.write()).rejects.toThrow(
    `Postgres refuses supabase/${FUNCTION}: type "public.no_such_table" does not exist`,
  );
  expect(release.added()).toEqual([]);
});

test.for(['', 'Add Columns', '../up', '1st'])('"%s" is refused as a name', async (name) => {
  await expect(createRelease().write(name)).rejects.toThrow("can't name a migration");
});

test('statements end at a semicolon, but not in a text, a name, a body or a comment', () => {
  const statements = [
    "comment on table a is 'it''s; here';",
    'create table "b;" (c text);',
    '-- One; two.\ncreate function d() as $$ begin; end $$;',
    'create function e() as $body$ $$;$$ $body$;',
    'select 1',
  ];
  expect(splitStatements(`\n${statements.join('\n\n')}\n`)).toEqual(statements);
});
