import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import postgres, { type Sql } from 'postgres';
import { StackError } from '../stackError.ts';

const FILE_NAME = /^(\d{14})_(.+)\.sql$/;

/**
 * Gives an empty PostgreSQL the roles and schemas of a Supabase project; does nothing to a database that has
 * them.
 */
export async function bootstrap(dbUrl: string): Promise<void> {
  const sql = postgres(dbUrl, { max: 1, onnotice: () => {} });
  try {
    const [found] = await sql`select from pg_roles where rolname = 'service_role'`;
    if (found) return;
    const text = readFileSync(join(import.meta.dirname, 'bootstrap.sql'), 'utf8');
    await sql.begin((transaction) => transaction.unsafe(text));
  } finally {
    await sql.end();
  }
}

/**
 * Applies the migrations of `folder` that the database does not have, one transaction a file, in the order of
 * their names, and records them where the Supabase CLI looks. Returns the names of the files applied. A
 * failing file is named in the error and leaves nothing behind. A database of another version of a
 * migration is refused with what to do.
 */
export async function migrate(dbUrl: string, folder: string): Promise<string[]> {
  const sql = postgres(dbUrl, { max: 1, onnotice: () => {} });
  try {
    await sql`create schema if not exists supabase_migrations`;
    await sql`
      create table if not exists supabase_migrations.schema_migrations (version text primary key, statements text[], name text)
    `;
    const rows = await sql<{ version: string; statements: string[] | null }[]>`
      select version, statements from supabase_migrations.schema_migrations
    `;
    const applied = new Map(rows.map(({ version, statements }) => [version, statements?.join('') ?? '']));
    const files = readdirSync(folder)
      .toSorted()
      .flatMap((file) => {
        const [, version, name] = FILE_NAME.exec(file) ?? [];
        if (version === undefined || name === undefined) return [];
        return [{ file, version, name, text: readFileSync(join(folder, file), 'utf8') }];
      });
    for (const { file, version, text } of files) {
      const before = applied.get(version);
      // Who records a version by hand records no text.
      if (before && bare(before) !== bare(text)) throw ofOtherVersion(file);
    }
    const pending = files.filter(({ version }) => !applied.has(version));
    const hadTables = await hasTables(sql);
    for (const { file, version, name, text } of pending) {
      try {
        await sql.begin(async (transaction) => {
          await transaction.unsafe(text);
          await transaction`
            insert into supabase_migrations.schema_migrations (version, statements, name)
            values (${version}, ${[text]}, ${name})
          `;
        });
      } catch (error) {
        const { message, code } = error as Error & { code?: string };
        if (code === DUPLICATE_TABLE && hadTables) throw ofOtherVersion(file, message);
        // Without its cause, which repeats the whole file.
        throw new StackError(`The migration ${file} failed: ${message}`);
      }
    }
    // PostgREST keeps the schema in memory.
    if (pending.length > 0) await sql`notify pgrst, 'reload schema'`;
    return pending.map((migration) => migration.file);
  } finally {
    await sql.end();
  }
}

/** The Supabase CLI records a file in pieces, without the blanks and semicolons between them. */
const bare = (text: string) => text.replaceAll(/[\s;]/g, '');

const DUPLICATE_TABLE = '42P07';

async function hasTables(sql: Sql): Promise<boolean> {
  const [row] =
    await sql`select from pg_tables where schemaname = 'public' and tablename like 'servicetitan\\_%' limit 1`;
  return row !== undefined;
}

function ofOtherVersion(file: string, because = 'it is not the one that was applied'): StackError {
  return new StackError(
    `The database was made by another version of supabase/migrations/${file} (${because}), and nothing leads from that ` +
      'version to this one. Start with `npm start -- --fresh`, which drops the local data, or give SUPABASE_DB_URL an ' +
      'empty database.',
  );
}
