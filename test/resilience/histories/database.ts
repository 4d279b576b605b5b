// A database for histories beside whatever else the server holds: the migrations, and triggers that watch the rules.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import postgres from 'postgres';
import { createDatabase } from '../../../local/supabase/database.ts';
import { migrate } from '../../../local/supabase/migrate.ts';

const PROJECT = join(import.meta.dirname, '../../..');

/** Creates it on the server of `serverUrl` and answers its address. */
export async function createHistoriesDatabase(serverUrl: string, name: string): Promise<string> {
  const url = await createDatabase(serverUrl, name);
  await migrate(url, join(PROJECT, 'supabase/migrations'));
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  try {
    await sql.unsafe(readFileSync(join(import.meta.dirname, 'invariants.sql'), 'utf8'));
  } finally {
    await sql.end();
  }
  return url;
}
