// The gate: a form whose rows don't equal the source counts for nothing, however fast it was.
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { Sql } from 'postgres';
import type { ExpectedFiles } from './source/expectedRows.ts';
import { CONTACT_COLUMNS, METHOD_COLUMNS } from './tables.ts';

/** Of both tables: rows that have to be there, and how many are missing, too many, or other than they have to be. */
export interface Parity {
  contacts: number;
  methods: number;
  different: number;
}

export async function createExpectedTables(sql: Sql): Promise<void> {
  await sql`create schema bench`;
  await sql`
    create unlogged table bench.expected_contacts as
    select ${sql(CONTACT_COLUMNS)} from public.contacts
    with no data
  `;
  await sql`
    create unlogged table bench.expected_methods as
    select ${sql(METHOD_COLUMNS)} from public.servicetitan_contact_methods
    with no data
  `;
}

/** Loads a file of expected rows into a table with the same columns. */
export async function copyFile(sql: Sql, table: string, file: string): Promise<void> {
  await pipeline(createReadStream(file), await sql.unsafe(`copy ${table} from stdin`).writable());
}

/** Compares the workspace's rows in both tables with the files, both ways and in every column; rows of another source are too many. */
export async function compareRows(
  sql: Sql,
  { workspaceId, source }: { workspaceId: string; source: string },
  files: ExpectedFiles,
): Promise<Parity> {
  await sql`truncate bench.expected_contacts, bench.expected_methods`;
  await copyFile(sql, 'bench.expected_contacts', files.contacts);
  await copyFile(sql, 'bench.expected_methods', files.methods);
  await sql`analyze bench.expected_contacts, bench.expected_methods`;
  const contacts = await differences(sql, {
    stored: 'public.contacts',
    expected: 'bench.expected_contacts',
    key: 'crm_id',
    columns: CONTACT_COLUMNS,
    sourceColumn: 'crm_source',
    workspaceId,
    source,
  });
  const methods = await differences(sql, {
    stored: 'public.servicetitan_contact_methods',
    expected: 'bench.expected_methods',
    key: 'id',
    columns: METHOD_COLUMNS,
    sourceColumn: 'source',
    workspaceId,
    source,
  });
  return {
    contacts: contacts.expected,
    methods: methods.expected,
    different: contacts.different + methods.different,
  };
}

interface Comparison {
  stored: string;
  expected: string;
  key: string;
  columns: readonly string[];
  sourceColumn: string;
  workspaceId: string;
  source: string;
}

async function differences(sql: Sql, { stored, expected, key, columns, sourceColumn, ...of }: Comparison) {
  const row = (table: string) => `(${columns.map((column) => compared(table, column)).join(', ')})`;
  const [counts] = await sql.unsafe<{ expected: number; different: number }[]>(
    `select
      count(wanted.${key})::int as expected,
      (count(*) filter (
        where wanted.${key} is null or found.${key} is null or found.${sourceColumn} is distinct from $2
        or ${row('wanted')} is distinct from ${row('found')}
      ))::int as different
    from ${expected} as wanted
    full join (select * from ${stored} where workspace_id = $1) as found using (${key})`,
    [of.workspaceId, of.source],
  );
  return counts!;
}

function compared(table: string, column: string): string {
  // The list of a customer's contacts can't say whether one is active, and null counts as yes.
  if (column === 'active') return `${table}.active is not false`;
  return `${table}.${column}`;
}
