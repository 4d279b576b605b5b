// The database of the tests in Node, as each of Supabase's roles sees it.
import postgres, { type Sql, type TransactionSql } from 'postgres';
import { inject } from 'vitest';

export type Role = 'anon' | 'authenticated' | 'service_role';
export type Row = Record<string, unknown>;

/**
 * The superuser: for the catalogue, for reading what was written, and for arranging time. What is proved goes by `as` and
 * `call`. It ends with the process, which runs many files.
 */
export const admin: Sql = postgres(inject('stack').dbUrl, { max: 4, onnotice: () => {} });

/** What the error of a refused statement has, for `rejects.toMatchObject`. */
export const PERMISSION_DENIED = { code: '42501' };
export const SUPERSEDED = { code: 'PT409', message: 'superseded' };

/** Runs `work` in a transaction of its own under `role`. Rejects with Postgres's error, and then nothing is kept. */
export async function as<Result>(
  role: Role,
  work: (sql: TransactionSql) => Promise<Result>,
  sql: Sql = admin,
): Promise<Result> {
  return (await sql.begin(async (transaction) => {
    await transaction.unsafe(`set local role ${role}`);
    return work(transaction);
  })) as Result;
}

/** Calls a function of schema public by its parameters' names, as service_role unless told otherwise; resolves to its value. */
export async function call<Result>(name: string, parameters: Row, role: Role = 'service_role'): Promise<Result> {
  return as(role, (sql) => callIn<Result>(sql, name, parameters));
}

/** As `call`, inside a transaction that is open already. */
export async function callIn<Result>(sql: TransactionSql, name: string, parameters: Row): Promise<Result> {
  const names = Object.keys(parameters).map((parameter, index) => `${parameter} => $${index + 1}`);
  const [row] = await sql.unsafe(
    `select public.${name}(${names.join(', ')}) as answer`,
    Object.values(parameters) as postgres.ParameterOrJSON<never>[],
  );
  return row!['answer'] as Result;
}

/** Rows of a table as the Data API would answer them, in the order of `orderBy`; `where` names columns and their values. */
export async function rowsOf(table: string, where: Row, orderBy: string): Promise<Row[]> {
  const conditions = Object.keys(where).map((column, index) => `stored.${column}::text = $${index + 1}`);
  const rows = await admin.unsafe(
    `select to_jsonb(stored) as row from public.${table} as stored where ${conditions.join(' and ')} order by ${orderBy}`,
    Object.values(where).map(String),
  );
  return rows.map(({ row }) => row as Row);
}
