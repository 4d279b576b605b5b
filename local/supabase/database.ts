import postgres, { type Sql } from 'postgres';
import { bootstrap } from './migrate.ts';

/**
 * Creates an empty database beside the others of that server, with what a Supabase project has before its
 * first migration, and answers its address.
 */
export async function createDatabase(serverUrl: string, name: string): Promise<string> {
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  await bootstrap(serverUrl);
  await once(serverUrl, (sql) => sql`create database ${sql(name)}`);
  // Roles belong to the server; these belong to a database.
  await once(url.href, (sql) =>
    sql.unsafe(`
      create schema extensions;
      create schema auth;
      grant usage on schema public, extensions, auth to anon, authenticated, service_role;
    `),
  );
  return url.href;
}

/** Drops it, whoever is still connected. */
export async function dropDatabase(serverUrl: string, name: string): Promise<void> {
  await once(serverUrl, (sql) => sql`drop database ${sql(name)} with (force)`);
}

async function once(url: string, work: (sql: Sql) => Promise<unknown>): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  try {
    await work(sql);
  } finally {
    await sql.end();
  }
}
