// supabase/schemas is the database as one reads it, supabase/migrations the journal that builds it: they must
// not drift apart. That both build the same database is held in supabaseCli.test.ts, where the CLI applies the
// migrations.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { difference } from '../../local/migration/difference.ts';
import { FIRST_MIGRATION, isReleased, joinSchemas } from '../../local/migration/first.ts';
import { isProductTable, readColumns } from '../../local/migration/productTables.ts';
import { loadSchemas, readSchemas } from '../../local/migration/schemas.ts';
import { splitStatements, withoutComment } from '../../local/migration/statements.ts';
import { isWantedSchema } from '../../local/migration/wantedSchema.ts';
import { createTestDatabase, type Database, MIGRATIONS, PROJECT } from './databases.ts';

const FILES = readSchemas(join(PROJECT, 'supabase'));
const TABLES = FILES.filter(({ folder }) => folder === '1_tables');
const VIEWS = FILES.filter(({ folder }) => folder === '8_views');
const FUNCTIONS = FILES.filter((file) => !TABLES.includes(file) && !VIEWS.includes(file));

async function createFromSchemas(): Promise<Database> {
  const database = await createTestDatabase();
  await loadSchemas(database.url, FILES);
  return database;
}

// From 1.0.0 on the first migration stands, and others follow it.
if (!isReleased()) {
  test('the one migration is written from the schemas: `npm run migration` would change nothing', () => {
    const isSame = readFileSync(join(MIGRATIONS, FIRST_MIGRATION), 'utf8') === joinSchemas(FILES);
    expect(isSame, 'supabase/schemas has changed: run `npm run migration`').toBe(true);
  });
}

test('what a Worker wants of its database is what the schemas build: `npm run migration` would change nothing', async () => {
  const isSame = await isWantedSchema((await createFromSchemas()).url);
  expect(isSame, 'supabase/schemas has changed: run `npm run migration`').toBe(true);
});

describe("R23: what is looked for in the product's tables is what the sync wants of them:", () => {
  const textOf = (name: string) => FILES.find((file) => file.name === name)!.text;
  const wanted = TABLES.filter(({ name }) => isProductTable(name)).flatMap(readColumns);
  /** A pass writes it, by a statement of its own (mark_servicetitan_missing). */
  const MARK = 'crm_missing_since';

  test('every column with its type, in the catalogue', () => {
    const looked = textOf('find_servicetitan_obstacles').matchAll(
      /^ +\('(\w+)', '(\w+)', '([\w ]+)', (?:true|false)\),?$/gm,
    );
    expect([...looked].map(([, ...column]) => column.join(' ')).toSorted()).toEqual(
      wanted
        .map(({ table, name, definition }) => `${table} ${name} ${/^(?:double precision|\w+)/.exec(definition)![0]}`)
        .toSorted(),
    );
  });

  test.for(['probe_servicetitan_contacts', 'write_servicetitan_customers'])(
    'every column of contacts in %s, but the mark of a pass',
    (name) => {
      const [, list] = /insert into public\.contacts as stored \(([^)]+)\)/.exec(textOf(name))!;
      expect(list!.trim().split(/,\s+/).toSorted()).toEqual(
        wanted
          .flatMap((column) => (column.table === 'contacts' ? column.name : []))
          .filter((column) => column !== MARK)
          .toSorted(),
      );
    },
  );
});

/**
 * By its kind, what somebody could change in one of the two and forget in the other, and what tells of it.
 */
const DRIFTS: Record<string, [drift: string, told: RegExp]> = {
  'a column more': ['alter table public.contacts add column extra text', /ADD COLUMN "extra" text/],
  'a column less': ['alter table public.contacts drop column address_unit', /DROP COLUMN "address_unit"/],
  "a column's type": ['alter table public.contacts alter column active type text', /"active" TYPE text/],
  "a column's default": [
    'alter table public.servicetitan_sync_state alter column fence set default 1',
    /"fence" SET DEFAULT/,
  ],
  'not null': ['alter table public.servicetitan_sync_runs alter column fence drop not null', /"fence" DROP NOT NULL/],
  'a check': [
    'alter table public.servicetitan_sync_errors drop constraint feed_is_known',
    /DROP CONSTRAINT "feed_is_known"/,
  ],
  'a primary key': [
    'alter table public.servicetitan_sync_reads drop constraint servicetitan_sync_reads_pkey',
    /"servicetitan_sync_reads_pkey"/,
  ],
  'an index': [
    'drop index public.contacts_workspace_id_crm_id_key',
    /DROP INDEX "public"."contacts_workspace_id_crm_id_key"/,
  ],
  'row level security': [
    'alter table public.workspaces disable row level security',
    /"workspaces"\s+DISABLE ROW LEVEL SECURITY/,
  ],
  'a policy': [
    'create policy seen on public.servicetitan_alerts for select to authenticated using (true)',
    /CREATE POLICY "seen"/,
  ],
  'a grant on a table': [
    'grant delete on public.servicetitan_sync_state to service_role',
    /GRANT [A-Z, ]*DELETE[A-Z, ]* ON TABLE "public"."servicetitan_sync_state"/,
  ],
  'a grant on a function': [
    'grant execute on function public.to_servicetitan_ids(text[]) to anon',
    /FUNCTION "public"."to_servicetitan_ids"\(text\[\]\) TO "anon"/,
  ],
  'a comment': ["comment on column public.contacts.crm_id is 'other'", /"contacts"."crm_id" IS 'other'/],
  "a function's setting": [
    'alter function public.sync_servicetitan_contacts(jsonb, text) reset enable_seqscan',
    /FUNCTION public.sync_servicetitan_contacts/,
  ],
  'a trigger': [
    'create trigger touch before update on public.contacts for each row execute function suppress_redundant_updates_trigger()',
    /CREATE TRIGGER touch/,
  ],
  'a view': ['create view public.seen as select 1 as one', /CREATE VIEW "public"."seen"/],
};

test('a difference of each kind is seen', async () => {
  const [{ url: schemas }, drifted] = [await createFromSchemas(), await createFromSchemas()];
  for (const [drift] of Object.values(DRIFTS)) await drifted.sql.unsafe(drift);
  // One blank in a body.
  const { text } = FUNCTIONS.find(({ name }) => name === 'hold_servicetitan_lease')!;
  await drifted.sql.unsafe(text.replace('if not found then', 'if  not found then'));
  await drifted.sql`drop function public.merge_servicetitan_fields`;

  const told = await difference(schemas, drifted.url);
  const unseen = Object.entries(DRIFTS).filter(([, [, pattern]]) => !pattern.test(told));
  expect(unseen.map(([kind]) => kind)).toEqual([]);
  expect(told).toContain('if  not found then');
  expect(told).toContain('DROP FUNCTION "public"."merge_servicetitan_fields"');
});

/** What is wrong with a file that should hold one function, and what belongs to it, in this order. */
function faultsOfFunction({ name, text }: { name: string; text: string }): string[] {
  const signature =
    new RegExp(`^revoke all on function public\\.${name}(\\([^\\n]*\\)) `, 'm').exec(text)?.[1] ?? '(…)';
  const parts = [
    ['an explanation', /^(?:--[^\n]*\n)+/],
    [
      'its function',
      new RegExp(`^create or replace function public\\.${name}\\([^$]*as \\$\\$\\n.*?\\n\\$\\$;\\n\\n`, 's'),
    ],
    ['its revoke', `revoke all on function public.${name}${signature} from public, anon, authenticated;\n`],
    ['its grant of the same signature', `grant execute on function public.${name}${signature} to service_role;\n`],
  ] as const;
  let rest = text;
  for (const [what, wanted] of parts) {
    const found = typeof wanted === 'string' ? (rest.startsWith(wanted) ? wanted : undefined) : wanted.exec(rest)?.[0];
    if (found === undefined) return [`${name}.sql lacks ${what}, where this stands: ${rest.split('\n')[0]}`];
    rest = rest.slice(found.length);
  }
  return rest === '' ? [] : [`${name}.sql holds more behind its grant: ${rest.split('\n')[0]}`];
}

test('every function file holds just the function of its name: explanation, function, revoke, grant', () => {
  expect(FUNCTIONS.flatMap(faultsOfFunction)).toEqual([]);
  expect(FUNCTIONS.length).toBeGreaterThan(30);
});

test.for([
  ['without an explanation', (text: string) => text.replaceAll(/^--.*\n/gm, '')],
  ['without its revoke', (text: string) => text.replace(/^revoke.*\n/m, '')],
  ['without its grant', (text: string) => text.replace(/^grant.*\n/m, '')],
  ['with a grant to others', (text: string) => text.replace('to service_role', 'to service_role, authenticated')],
  ['with the grant of another signature', (text: string) => text.replace(/(?<=^grant .*)\(.*\)/m, '(text)')],
  [
    'with another function behind it',
    (text: string) => `${text}create function public.other() returns int as 'select 1';\n`,
  ],
  ['under another name', (text: string) => text.replaceAll('hold_servicetitan_lease', 'keep_servicetitan_lease')],
] as const)('a function file %s is found', ([, spoil]) => {
  const file = FUNCTIONS.find(({ name }) => name === 'hold_servicetitan_lease')!;
  expect(faultsOfFunction({ ...file, text: spoil(file.text) })).toHaveLength(1);
});

/** What is wrong with a file that should hold one table, and nothing that reaches beyond it. */
function faultsOfTable({ name, text }: { name: string; text: string }): string[] {
  const own = `public\\.${name}`;
  const forms = [
    `create table ${own} `,
    `create (?:unique )?index \\w+ on ${own} `,
    `alter table ${own} enable row level security;`,
    `revoke all on ${own} from public, anon, authenticated(?:, service_role)?;`,
    `grant [a-z, ]+ on ${own} to service_role;`,
    `comment on (?:table ${own}|column ${own}\\.\\w+) is `,
  ].map((form) => new RegExp(`^${form}`));
  const statements = splitStatements(text).map(withoutComment);
  const isOptional = (form: RegExp) => form.source.includes('index');
  return [
    ...statements.filter((statement) => !forms.some((form) => form.test(statement))),
    ...forms.filter((form) => !isOptional(form) && !statements.some((text) => form.test(text))).map(String),
    ...(text.startsWith('-- ') ? [] : ['an explanation']),
  ].map((fault) => `${name}.sql: ${fault}`);
}

test('every table file holds just the table of its name: explanation, row level security, revoke, grant, comment', () => {
  expect(TABLES.flatMap(faultsOfTable)).toEqual([]);
});

test.for([
  ['without an explanation', (text: string) => text.replaceAll(/^--.*\n/gm, '')],
  ['without row level security', (text: string) => text.replace(/^alter table.*\n/m, '')],
  ['with a grant to others', (text: string) => text.replace('to service_role', 'to service_role, authenticated')],
  [
    'with a grant on all there will be',
    (text: string) => `${text}alter default privileges grant all on tables to anon;\n`,
  ],
  ['with an extension', (text: string) => `${text}create extension citext;\n`],
  ['with another table', (text: string) => `${text}create table public.other (id int);\n`],
] as const)('a table file %s is found', ([, spoil]) => {
  const file = TABLES.find(({ name }) => name === 'servicetitan_alerts')!;
  expect(faultsOfTable({ ...file, text: spoil(file.text) })).not.toEqual([]);
});

/** What is wrong with a file that should hold one view, which runs as its caller. */
function faultsOfView({ name, text }: { name: string; text: string }): string[] {
  const own = `public\\.${name}`;
  const forms = [
    `create or replace view ${own}\\nwith \\(security_invoker = true\\)\\nas\\n`,
    `revoke all on ${own} from public, anon, authenticated, service_role;`,
    `grant select on ${own} to service_role;`,
    `comment on (?:view ${own}|column ${own}\\.\\w+) is `,
  ].map((form) => new RegExp(`^${form}`));
  const statements = splitStatements(text).map(withoutComment);
  return [
    ...statements.filter((statement) => !forms.some((form) => form.test(statement))),
    ...forms.filter((form) => !statements.some((statement) => form.test(statement))).map(String),
    ...(text.startsWith('-- ') ? [] : ['an explanation']),
  ].map((fault) => `${name}.sql: ${fault}`);
}

test('every view file holds just the view of its name, run as its caller: explanation, view, revoke, grant, comments', () => {
  expect(VIEWS.flatMap(faultsOfView)).toEqual([]);
  expect(VIEWS.length).toBeGreaterThan(0);
});

test.for([
  ['with the rights of its owner', (text: string) => text.replace('with (security_invoker = true)\n', '')],
  ['with a grant to others', (text: string) => text.replace('to service_role', 'to service_role, authenticated')],
  ['without its revoke', (text: string) => text.replace(/^revoke.*\n/m, '')],
] as const)('a view file %s is found', ([, spoil]) => {
  expect(faultsOfView({ ...VIEWS[0]!, text: spoil(VIEWS[0]!.text) })).not.toEqual([]);
});

test('no two files have one name, and each folder has its place in the order', () => {
  expect(FILES.map(({ name }) => name)).toHaveLength(new Set(FILES.map(({ name }) => name)).size);
  const folders = [...new Set(FILES.map(({ folder }) => folder))];
  expect(folders).toEqual(
    '1_tables 2_shared 3_connections 4_runs 5_contacts 6_reports 7_alerts 8_views 9_pass'.split(' '),
  );
});
