// A migration of its own for what has changed in the schemas, once 1.0.0 is released and the first one
// stands.
import { randomUUID } from 'node:crypto';
import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import postgres from 'postgres';
import { StackError } from '../stackError.ts';
import { createDatabase, dropDatabase } from '../supabase/database.ts';
import { migrate } from '../supabase/migrate.ts';
import { difference } from './difference.ts';
import { extendOnly } from './extendOnly.ts';
import { loadSchemas, readSchemas } from './schemas.ts';

export interface NextMigration {
  /** The folder with `schemas/` and `migrations/`. */
  supabaseFolder: string;
  /** A PostgreSQL on which databases may be made for a while. */
  serverUrl: string;
  /** What the migration does, as its file is to be called: `add_customer_since`. */
  name: string;
  /** Now; the file's version is this second, in UTC, or the one after the last migration's. */
  now: Date;
  /** Tells two databases apart; the Supabase CLI unless a test says otherwise. */
  compare?: (fromUrl: string, toUrl: string) => Promise<string>;
}

/** A product with as little of its own as there can be, and a row in it. */
const SMALL_PRODUCT = `
  create table public.workspaces (id text primary key);
  create table public.contacts (workspace_id text);
  insert into public.workspaces values ('shop');
  insert into public.contacts values ('shop');
`;

/**
 * Writes the migration that brings a database of today's migrations to today's schemas, and answers its file
 * name, or null where they are equal already. Throws a StackError, and writes nothing, where a product's
 * table would be changed in another way than by a new column, or where the migration does not lead to the
 * schemas.
 */
export async function writeNextMigration(options: NextMigration): Promise<string | null> {
  const { supabaseFolder, serverUrl, name, now, compare = difference } = options;
  if (!/^[a-z][a-z0-9_]*$/.test(name)) {
    throw new StackError(
      `"${name}" can't name a migration: use small letters, digits and _, as in add_customer_since.`,
    );
  }
  const migrations = join(supabaseFolder, 'migrations');
  // Written and tried in a copy: a run that is interrupted leaves nothing that looks like a migration.
  const copy = mkdtempSync(join(tmpdir(), 'migration-'));
  const databases: string[] = [];
  const create = async () => {
    const database = `migration_${randomUUID().slice(0, 8)}`;
    databases.push(database);
    return createDatabase(serverUrl, database);
  };
  try {
    cpSync(migrations, copy, { recursive: true });
    const [before, after] = [await create(), await create()];
    await migrate(before, copy);
    await loadSchemas(after, readSchemas(supabaseFolder));
    const statements = await compare(before, after);
    if (statements === '') return null;

    const file = `${versionAfter(readdirSync(migrations), now)}_${name}.sql`;
    const text = await extendOnly(statements, before);
    writeFileSync(join(copy, file), text);
    await migrate(before, copy);
    const rest = (await compare(before, after)) || (await compare(after, before));
    if (rest !== '')
      throw new StackError(`The migration would not lead to the schemas. This would still differ:\n${rest}`);
    // As a product does that has come so far.
    const product = await create();
    await run(product, SMALL_PRODUCT);
    await migrate(product, copy);
    writeFileSync(join(migrations, file), text, { flag: 'wx' });
    return file;
  } finally {
    rmSync(copy, { recursive: true });
    for (const database of databases) await dropDatabase(serverUrl, database);
  }
}

/** The second of `now` as a version, and later than every migration that is there. */
function versionAfter(files: string[], now: Date): string {
  const last =
    files
      .flatMap((file) => /^\d{14}(?=_)/.exec(file) ?? [])
      .toSorted()
      .at(-1) ?? '';
  const at = (version: string) => version.replace(/^(....)(..)(..)(..)(..)(..)$/, '$1-$2-$3T$4:$5:$6Z');
  const version = (time: Date) => time.toISOString().replaceAll(/\D/g, '').slice(0, 14);
  return version(now) > last ? version(now) : version(new Date(Date.parse(at(last)) + 1000));
}

async function run(dbUrl: string, statements: string): Promise<void> {
  const sql = postgres(dbUrl, { max: 1 });
  await sql.unsafe(statements).finally(() => sql.end());
}
