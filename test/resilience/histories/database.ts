// A database for histories beside whatever else the server holds: the migrations, and triggers that watch the rules.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import postgres, { type Sql } from 'postgres';
import { bootstrap, migrate } from '../../../local/supabase/migrate.ts';

const PROJECT = join(import.meta.dirname, '../../..');

/** Creates it on the server of `serverUrl` and answers its address. */
export async function createHistoriesDatabase(serverUrl: string, name: string): Promise<string> {
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  await bootstrap(serverUrl);
  await once(serverUrl, async (sql) => {
    await sql`create database ${sql(name)}`;
  });
  await once(url.href, async (sql) => {
    // What the bootstrap gives the first database of a server.
    await sql.unsafe(
      'create schema extensions; grant usage on schema public, extensions to anon, authenticated, service_role',
    );
  });
  await migrate(url.href, join(PROJECT, 'supabase/migrations'));
  await once(url.href, async (sql) => {
    await sql.unsafe(readFileSync(join(import.meta.dirname, 'invariants.sql'), 'utf8'));
  });
  return url.href;
}

export async function dropHistoriesDatabase(serverUrl: string, name: string): Promise<void> {
  await once(serverUrl, async (sql) => {
    await sql`drop database ${sql(name)} with (force)`;
  });
}

async function once(url: string, work: (sql: Sql) => Promise<void>): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  try {
    await work(sql);
  } finally {
    await sql.end();
  }
}
