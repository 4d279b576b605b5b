// What somebody does to the tables of the sync by hand: rows deleted, an older copy put back, a column edited. Each harm is
// one workspace's. The columns are read from the catalogue, so a new one is harmed as well.
import type { Sql, TransactionSql } from 'postgres';

/** The sync's own tables that have rows of workspaces; without the connection, which only a person can bring back. */
export const OWN_TABLES = [
  'servicetitan_sync_state',
  'servicetitan_sync_runs',
  'servicetitan_sync_reads',
  'servicetitan_contact_methods',
  'servicetitan_sync_errors',
  'servicetitan_rechecks',
  'servicetitan_pass_chunks',
  'servicetitan_proofs',
  'servicetitan_tag_types',
  'servicetitan_alerts',
] as const;
export type OwnTable = (typeof OWN_TABLES)[number];

export interface Edit {
  table: OwnTable;
  column: string;
  /** An SQL expression. */
  value: string;
}

/** What is typed into a column of that type, each a value that the type takes. */
const NONSENSE: Record<string, readonly string[]> = {
  text: ["''", "'nonsense'", "'9999-12-31T23:59:59.9999999Z'", "repeat('x', 100000)"],
  bigint: ['-1', '9223372036854775807'],
  integer: ['-1', '2147483647'],
  boolean: ['true', 'false'],
  'timestamp with time zone': ["'infinity'", "'-infinity'", "'2099-01-01'", "'1970-01-01'"],
  jsonb: [
    '\'"nonsense"\'',
    "'{}'",
    "'[]'",
    "'null'",
    '\'[{"code": 7}]\'',
    '\'{"customers": "nonsense", "contacts": [7]}\'',
  ],
  'text[]': ["'{}'", "array[null, 'nonsense']"],
  'bigint[]': ["'{}'", 'array[null, -1, 9223372036854775807]'],
};

/** Every edit of every column; the database refuses those that a constraint forbids. */
export async function listEdits(sql: Sql, tables: readonly OwnTable[] = OWN_TABLES): Promise<Edit[]> {
  const columns = await sql<{ table: OwnTable; column: string; type: string }[]>`
    select class.relname as table, attribute.attname as column, format_type(attribute.atttypid, null) as type
    from pg_attribute as attribute
    join pg_class as class on class.oid = attribute.attrelid
    where class.relnamespace = 'public'::regnamespace
      and class.relname = any (${[...tables]})
      and attribute.attnum > 0
      and attribute.attgenerated = ''
      and not attribute.attisdropped
      and attribute.attname <> 'workspace_id'
    order by class.relname, attribute.attnum
  `;
  return columns.flatMap(({ table, column, type }) =>
    ['null', ...(NONSENSE[type] ?? [])].map((value) => ({ table, column, value })),
  );
}

/** Writes it into all rows of the workspace, or into one where they have to differ. Answers how many rows it changed. */
export async function edit(sql: Sql, workspaceId: string, { table, column, value }: Edit): Promise<number> {
  const text = `update public.${table} set ${column} = ${value} where workspace_id = $1`;
  const one = `${text} and ctid = (select ctid from public.${table} where workspace_id = $1 order by ctid desc limit 1)`;
  for (const statement of [text, one]) {
    try {
      return (await asTheDisk(sql, (own) => own.unsafe(statement, [workspaceId]))).count;
    } catch (error) {
      if (!isForbidden(error)) throw error;
    }
  }
  return 0;
}

/** A constraint does not take it: 23502, 23505, 23514; too long for an index: 54000. */
const isForbidden = (error: unknown) => /^(?:23|54)/.test((error as { code?: string }).code ?? '');

/** Answers how many there were. */
export async function deleteRows(sql: Sql, workspaceId: string, table: OwnTable): Promise<number> {
  const { count } = await asTheDisk(sql, (own) =>
    own.unsafe(`delete from public.${table} where workspace_id = $1`, [workspaceId]),
  );
  return count;
}

/** Without the triggers that watch what the sync writes: this is somebody else. */
const asTheDisk = <Result>(sql: Sql, work: (own: TransactionSql) => Promise<Result>) =>
  sql.begin(async (own) => {
    await own`set local session_replication_role = replica`;
    return work(own);
  }) as Promise<Result>;
