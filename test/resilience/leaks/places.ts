// Where something may have been left behind: the whole database, the engine's state, the logs.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Sql } from 'postgres';
import { findMarked, type Marks } from './findMarked.ts';

/** Marks by the table of the database that holds them. */
export async function searchDatabase(sql: Sql, marks: Marks): Promise<Record<string, string[]>> {
  const tables = await sql<{ name: string }[]>`
    select format('%I.%I', nspname, relname) as name
    from pg_class
    join pg_namespace on pg_namespace.oid = relnamespace
    where relkind in ('r', 'p', 'm') and nspname !~ '^(pg_|information_schema)'
  `;
  const found: Record<string, string[]> = {};
  for (const { name } of tables) {
    const rows = await sql.unsafe<{ row: string }[]>(`select stored::text as row from ${name} as stored`);
    const marked = findMarked(marks, Buffer.from(rows.map(({ row }) => row).join('\n')));
    if (marked.length > 0) found[name] = marked;
  }
  return found;
}

/** Every file below the folder, those of SQLite table by table too, for what a table holds in pieces is whole only in order. */
export function searchFiles(folder: string, marks: Marks): Record<string, string[]> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
    statSync(join(folder, file)).isFile(),
  );
  const found = new Map<string, Set<string>>();
  const search = (file: string, bytes: Buffer) => {
    for (const name of findMarked(marks, bytes)) found.set(file, (found.get(file) ?? new Set()).add(name));
  };
  for (const file of files) search(file, readFileSync(join(folder, file)));
  // Opening one may change the files beside it, so this comes last.
  for (const file of files.filter((one) => one.endsWith('.sqlite'))) {
    for (const column of readTables(join(folder, file))) search(file, column);
  }
  return Object.fromEntries([...found].map(([file, names]) => [file, [...names].sort()]));
}

/** Each column of each table, its values one behind the other. */
export function readTables(path: string): Buffer[] {
  const database = new DatabaseSync(path);
  try {
    const tables = database.prepare("select name from sqlite_master where type = 'table'").all() as { name: string }[];
    return tables.flatMap(({ name }) => {
      const columns = new Map<string, Buffer[]>();
      for (const row of database.prepare(`select * from "${name}"`).all()) {
        for (const [column, value] of Object.entries(row)) {
          const bytes = value instanceof Uint8Array ? Buffer.from(value) : Buffer.from(String(value));
          columns.set(column, [...(columns.get(column) ?? []), bytes]);
        }
      }
      return [...columns.values()].map((values) => Buffer.concat(values));
    });
  } finally {
    database.close();
  }
}
