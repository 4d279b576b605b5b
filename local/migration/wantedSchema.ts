// src/supabase/wantedSchema.json: what a database built from the schemas says of itself. GET /doctor compares
// a real one with it. The database itself writes it, so that nobody keeps a second list by hand.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import postgres from 'postgres';

const FILE = join(import.meta.dirname, '../../src/supabase/wantedSchema.json');

/** The text of the file for a database that the schemas built. */
export async function tellSchema(dbUrl: string): Promise<string> {
  const sql = postgres(dbUrl, { max: 1, onnotice: () => {} });
  try {
    const [row] = await sql<{ schema: { functions: object; relations: object } }[]>`
      select public.inspect_servicetitan_database() as schema
    `;
    const { functions, relations } = row!.schema;
    return `${JSON.stringify({ functions, relations }, null, 2)}\n`;
  } finally {
    await sql.end();
  }
}

/** Whether the file says what this database says. */
export async function isWantedSchema(dbUrl: string): Promise<boolean> {
  return existsSync(FILE) && readFileSync(FILE, 'utf8') === (await tellSchema(dbUrl));
}

/** Answers whether that changed the file. */
export async function writeWantedSchema(dbUrl: string): Promise<boolean> {
  if (await isWantedSchema(dbUrl)) return false;
  writeFileSync(FILE, await tellSchema(dbUrl));
  return true;
}
