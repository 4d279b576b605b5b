import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import postgres from 'postgres';
import { StackError } from '../stackError.ts';

const FILE_NAME = /^(\d{14})_(.+)\.sql$/;

/** Gives an empty PostgreSQL the roles and schemas of a Supabase project; does nothing to a database that has them. */
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
 * Applies the migrations of `folder` that the database does not have, one transaction a file, in the order of their
 * names, and records them where the Supabase CLI looks. Returns the names of the files applied; a failing file is named
 * in the error and leaves nothing behind.
 */
export async function migrate(dbUrl: string, folder: string): Promise<string[]> {
  const sql = postgres(dbUrl, { max: 1, onnotice: () => {} });
  try {
    await sql`create schema if not exists supabase_migrations`;
    await sql`
      create table if not exists supabase_migrations.schema_migrations (version text primary key, statements text[], name text)
    `;
    const rows = await sql<{ version: string }[]>`select version from supabase_migrations.schema_migrations`;
    const applied = new Set(rows.map((row) => row.version));
    const pending = readdirSync(folder)
      .toSorted()
      .flatMap((file) => {
        const [, version, name] = FILE_NAME.exec(file) ?? [];
        return version !== undefined && name !== undefined && !applied.has(version) ? [{ file, version, name }] : [];
      });
    for (const { file, version, name } of pending) {
      const text = readFileSync(join(folder, file), 'utf8');
      try {
        await sql.begin(async (transaction) => {
          await transaction.unsafe(text);
          await transaction`
            insert into supabase_migrations.schema_migrations (version, statements, name)
            values (${version}, ${[text]}, ${name})
          `;
        });
      } catch (error) {
        throw new StackError(`The migration ${file} failed: ${(error as Error).message}`, { cause: error });
      }
    }
    // PostgREST keeps the schema in memory.
    if (pending.length > 0) await sql`notify pgrst, 'reload schema'`;
    return pending.map((migration) => migration.file);
  } finally {
    await sql.end();
  }
}
