// Rows of a workspace as they were at an earlier moment, put back as a restore or a fail-over would.
import type { Sql } from 'postgres';
import { OWN_TABLES } from './harms.ts';

/** Ours and `contacts`; without the connection, which only a person can bring back. */
export const SYNC_TABLES = ['contacts', ...OWN_TABLES] as const;
export type SyncTable = (typeof SYNC_TABLES)[number];

/** Each table's rows of one workspace, as JSON. */
export type Moment = { workspaceId: string; rows: Map<string, string> };

export async function takeMoment(
  admin: Sql,
  workspaceId: string,
  tables: readonly string[] = SYNC_TABLES,
): Promise<Moment> {
  const rows = new Map<string, string>();
  await admin.begin('isolation level repeatable read', async (sql) => {
    for (const table of tables) {
      const [row] = await sql.unsafe(
        `select coalesce(jsonb_agg(stored), '[]')::text as rows from public.${table} as stored where workspace_id = $1`,
        [workspaceId],
      );
      rows.set(table, String(row!['rows']));
    }
  });
  return { workspaceId, rows };
}

/** Puts these tables back, all or some, in one transaction. */
export async function goBack(
  admin: Sql,
  { workspaceId, rows }: Moment,
  tables: readonly string[] = [...rows.keys()],
): Promise<void> {
  await admin.begin(async (sql) => {
    // No trigger fires when a disk is another one.
    await sql`set local session_replication_role = replica`;
    // As every writer begins: else the two would wait for each other.
    await sql`select from public.servicetitan_sync_state where workspace_id = ${workspaceId} for update`;
    for (const table of tables) {
      await sql.unsafe(`delete from public.${table} where workspace_id = $1`, [workspaceId]);
      // What is generated can't be put in, and comes by itself.
      const [{ columns }] = await sql<[{ columns: string }]>`
        select string_agg(quote_ident(attname), ', ') as columns
        from pg_attribute
        where attrelid = ${`public.${table}`}::regclass and attnum > 0 and attgenerated = '' and not attisdropped
      `;
      await sql.unsafe(
        `insert into public.${table} (${columns}) select ${columns} from jsonb_populate_recordset(null::public.${table}, $1::text::jsonb)`,
        [rows.get(table)!],
      );
    }
  });
}
