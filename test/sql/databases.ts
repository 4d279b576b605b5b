// Databases beside the shared one, for what has to begin before the first migration.
import { join } from 'node:path';
import postgres, { type Sql } from 'postgres';
import { inject, onTestFinished } from 'vitest';
import { admin } from '../support/database.ts';
import { randomId } from './workspaces.ts';

export const PROJECT = join(import.meta.dirname, '../..');
export const MIGRATIONS = join(PROJECT, 'supabase/migrations');

export interface Database {
  url: string;
  sql: Sql;
}

/** An empty database with the roles of Supabase; it ends with the test. */
export async function createDatabase(): Promise<Database> {
  const name = `sql_test_${randomId()}`;
  await admin`create database ${admin(name)}`;
  const url = new URL(inject('stack').dbUrl);
  url.pathname = `/${name}`;
  const sql = postgres(url.href, { max: 1, onnotice: () => {} });
  onTestFinished(async () => {
    await sql.end();
    await admin`drop database ${admin(name)} with (force)`;
  });
  await sql.unsafe('create schema extensions; create schema auth;');
  return { url: url.href, sql };
}
