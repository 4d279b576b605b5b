// A migration of its own for what has changed in the schemas, once 1.0.0 is released and the first one
// stands.
import { randomUUID } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StackError } from '../stackError.ts';
import { createDatabase, dropDatabase } from '../supabase/database.ts';
import { migrate } from '../supabase/migrate.ts';
import { difference } from './difference.ts';
import { extendOnly } from './extendOnly.ts';
import { loadSchemas, readSchemas } from './schemas.ts';

export interface NextMigration {
  /** The folder with `schemas/` and `migrations/`. */
  supabaseFolder: string;
  /** A PostgreSQL on which two databases may be made for a while. */
  serverUrl: string;
  /** What the migration does, as its file is to be called: `add_phone_extension`. */
  name: string;
  /** Now; the file's version is this second, in UTC. */
  now: Date;
}

/**
 * Writes the migration that brings a database of today's migrations to today's schemas, and answers its file
 * name, or null where they are equal already. Throws a StackError, and leaves no file, where a product's
 * table would be changed in another way than by a new column, or where the migration does not lead to the
 * schemas.
 */
export async function writeNextMigration(options: NextMigration): Promise<string | null> {
  const { supabaseFolder, serverUrl, name, now } = options;
  if (!/^[a-z][a-z0-9_]*$/.test(name)) {
    throw new StackError(
      `"${name}" can't name a migration: use small letters, digits and _, as in add_phone_extension.`,
    );
  }
  const migrations = join(supabaseFolder, 'migrations');
  const databases = ['migrations', 'schemas'].map((part) => `${part}_${randomUUID().slice(0, 8)}`);
  try {
    const [before, after] = [
      await createDatabase(serverUrl, databases[0]!),
      await createDatabase(serverUrl, databases[1]!),
    ];
    await migrate(before, migrations);
    await loadSchemas(after, readSchemas(supabaseFolder));
    const statements = await difference(before, after);
    if (statements === '') return null;

    const file = `${now.toISOString().replaceAll(/\D/g, '').slice(0, 14)}_${name}.sql`;
    const path = join(migrations, file);
    writeFileSync(path, await extendOnly(statements, before));
    try {
      await migrate(before, migrations);
      const rest = (await difference(before, after)) || (await difference(after, before));
      if (rest !== '')
        throw new StackError(`The migration would not lead to the schemas. This is still different:\n${rest}`);
    } catch (error) {
      rmSync(path);
      throw error;
    }
    return file;
  } finally {
    for (const database of databases) await dropDatabase(serverUrl, database);
  }
}
