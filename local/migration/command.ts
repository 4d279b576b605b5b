// npm run migration: writes supabase/migrations and supabase/database.types.ts from supabase/schemas, once a real Postgres
// has taken them.
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { StackError } from '../stackError.ts';
import { createDatabase } from '../supabase/database.ts';
import { withTemporaryPostgres } from '../supabase/temporaryPostgres.ts';
import { writeDatabaseTypes } from './databaseTypes.ts';
import { FIRST_MIGRATION, isReleased, writeFirstMigration } from './first.ts';
import { writeNextMigration } from './next.ts';
import { loadSchemas, readSchemas } from './schemas.ts';
import { writeWantedSchema } from './wantedSchema.ts';

const SUPABASE = join(import.meta.dirname, '../../supabase');

const USAGE = `Usage: npm run migration              before 1.0.0: writes the one migration anew
       npm run migration -- <name>    from 1.0.0 on: writes one for what changed in supabase/schemas`;

try {
  console.log(await run(process.argv.slice(2)));
} catch (error) {
  if (!(error instanceof StackError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}

async function run(args: string[]): Promise<string> {
  const { values, positionals } = readArguments(args);
  if (values.help === true) return USAGE;
  const [name, ...more] = positionals;
  if (more.length > 0) throw new StackError(USAGE);
  if (isReleased()) {
    if (name === undefined) throw new StackError(`Name the migration.\n${USAGE}`);
    return withTemporaryPostgres((serverUrl) => writeNext(serverUrl, name));
  }
  if (name !== undefined) throw new StackError(`Before 1.0.0 there is one migration, which takes no name.\n${USAGE}`);
  return withTemporaryPostgres(writeFirst);
}

function readArguments(args: string[]) {
  try {
    return parseArgs({ args, allowPositionals: true, options: { help: { type: 'boolean', short: 'h' } } });
  } catch {
    throw new StackError(USAGE);
  }
}

/**
 * Builds the schemas in a real Postgres, which refuses what is wrong with them, and keeps what it says of itself
 * for GET /doctor and as types for products. Answers whether the former has changed.
 */
async function tryOut(serverUrl: string): Promise<boolean> {
  const url = await createDatabase(serverUrl, 'schemas');
  await loadSchemas(url, readSchemas(SUPABASE));
  await writeDatabaseTypes(SUPABASE, url);
  return writeWantedSchema(url);
}

async function writeFirst(serverUrl: string): Promise<string> {
  const isOther = await tryOut(serverUrl);
  if (writeFirstMigration(SUPABASE))
    return `Rewrote supabase/migrations/${FIRST_MIGRATION}. A local stack from before needs \`npm start -- --fresh\`.`;
  const told = `supabase/migrations/${FIRST_MIGRATION} already matches supabase/schemas`;
  return isOther ? `${told}; rewrote src/supabase/wantedSchema.json.` : `${told}.`;
}

async function writeNext(serverUrl: string, name: string): Promise<string> {
  await tryOut(serverUrl);
  const file = await writeNextMigration({ supabaseFolder: SUPABASE, serverUrl, name, now: new Date() });
  return file === null
    ? 'The migrations already lead to supabase/schemas: nothing to write.'
    : `Wrote supabase/migrations/${file}. Read it before you commit it: what it drops is lost.`;
}
