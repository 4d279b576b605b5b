// supabase/schemas, the database as one reads and edits it: a file a table, a file a function.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import postgres from 'postgres';
import { StackError } from '../stackError.ts';

export interface SchemaFile {
  /** `1_tables`, `2_shared` and so on: folders load in the order of their numbers. */
  folder: string;
  /** Of the table or the function that the file holds. */
  name: string;
  /** From supabase/, as messages and migrations name it. */
  path: string;
  text: string;
}

/**
 * Every file of `supabase/schemas`, in the order in which they load: folder by folder, by name inside a
 * folder.
 */
export function readSchemas(supabaseFolder: string): SchemaFile[] {
  const root = join(supabaseFolder, 'schemas');
  const entries = readdirSync(root, { withFileTypes: true });
  const stray = entries.find((entry) => entry.name.endsWith('.sql'));
  if (stray) throw new StackError(`supabase/schemas/${stray.name} stands in no folder, so nothing would load it.`);
  return entries
    .flatMap((entry) => (entry.isDirectory() ? [entry.name] : []))
    .toSorted()
    .flatMap((folder) =>
      readdirSync(join(root, folder))
        .toSorted()
        .filter((file) => file.endsWith('.sql'))
        .map((file) => ({
          folder,
          name: file.slice(0, -'.sql'.length),
          path: `schemas/${folder}/${file}`,
          text: readFileSync(join(root, folder, file), 'utf8'),
        })),
    );
}

/**
 * Builds an empty database from them in one transaction. A file that Postgres refuses is named, and nothing
 * is kept.
 */
export async function loadSchemas(dbUrl: string, files: SchemaFile[]): Promise<void> {
  const sql = postgres(dbUrl, { max: 1, onnotice: () => {} });
  try {
    await sql.begin(async (transaction) => {
      for (const { path, text } of files) {
        try {
          await transaction.unsafe(text);
        } catch (error) {
          throw new StackError(`Postgres refuses supabase/${path}: ${(error as Error).message}`, { cause: error });
        }
      }
    });
  } finally {
    await sql.end();
  }
}
