// Databases beside the shared one, for what has to begin before the first migration.
import { join } from 'node:path';
import postgres, { type Sql } from 'postgres';
import { inject, onTestFinished } from 'vitest';
import { createDatabase, dropDatabase } from '../../local/supabase/database.ts';
import { randomId } from './workspaces.ts';

export const PROJECT = join(import.meta.dirname, '../..');
export const MIGRATIONS = join(PROJECT, 'supabase/migrations');

export interface Database {
  url: string;
  sql: Sql;
}

/** An empty database with the roles of Supabase; it ends with the test. */
export async function createTestDatabase(): Promise<Database> {
  const name = `sql_test_${randomId()}`;
  const serverUrl = inject('stack').dbUrl;
  const url = await createDatabase(serverUrl, name);
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  onTestFinished(async () => {
    await sql.end();
    await dropDatabase(serverUrl, name);
  });
  return { url, sql };
}
