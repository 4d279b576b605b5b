// The database's types for a consumer's own app: `createClient<Database>(…)` of supabase-js.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { StackError } from '../stackError.ts';
import { runSupabaseCli } from '../supabase/cli.ts';

export const TYPES_FILE = 'database.types.ts';
const HEAD = `// Written by \`npm run migration\` from supabase/schemas; never edit it. For your own app: createClient<Database>(…).
// Where contacts and workspaces have columns of yours, generate it from your project instead (docs/queries.md).

`;

/** The types of schema public of the database at `url`, as the Supabase CLI writes them. Throws a StackError with the CLI's words. */
export async function readDatabaseTypes(url: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'types-'));
  try {
    const args = ['gen', 'types', 'typescript', '--schema', 'public', `--remote=${url}`];
    const printed = await runSupabaseCli(folder, args);
    // In front of the types it says that the connection has no TLS.
    const begins = printed.search(/^export /m);
    if (begins === -1) throw new StackError('The Supabase CLI wrote no types.');
    return formatted(`${HEAD}${printed.slice(begins)}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** As all code of the project: the CLI writes a table's columns in one line. */
function formatted(text: string): string {
  const oxfmt = join(dirname(createRequire(import.meta.url).resolve('oxfmt/package.json')), 'bin', 'oxfmt');
  return execFileSync(process.execPath, [oxfmt, `--stdin-filepath=${TYPES_FILE}`], { input: text, encoding: 'utf8' });
}

/** Writes the types beside the schemas, from a database that has them. */
export async function writeDatabaseTypes(supabaseFolder: string, url: string): Promise<void> {
  writeFileSync(join(supabaseFolder, TYPES_FILE), await readDatabaseTypes(url));
}
