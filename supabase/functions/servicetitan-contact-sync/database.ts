// One call of a SQL function, and what its failures mean.
import type { z } from 'zod';
import { AnswerError } from './answerError.ts';

/** As supabase-js answers. */
export interface RpcAnswer {
  data: unknown;
  error: { code?: string | null; message?: string | null } | null;
  status: number;
}
export type Rpc = (name: string, parameters: object) => Promise<RpcAnswer>;

/** The database refused the data of the call: a record in it is at fault. The message names rules, never values. */
export class DataError extends Error {
  readonly sqlState: string;

  constructor(sqlState: string, message: string) {
    super(message);
    this.sqlState = sqlState;
  }
}

/**
 * Data exceptions, integrity violations, a row given twice, a value too large for an index, what a trigger of the product
 * raises, and PostgREST's word for
 * JSON that it can't read: ours is always well-formed, but for a text with half of a character (a lone surrogate).
 */
const OF_DATA = /^(?:22|23)...$|^21000$|^54000$|^P0001$|^PGRST102$/;
const NOT_READY = ['42501', '42883', '42P01', 'PGRST202', 'PGRST205'];
const CONFLICTS = ['superseded', 'page_out_of_order'];

/** For those that a person will meet in the quarantine; others are told by their SQLSTATE alone. */
const RULES: Record<string, string> = {
  '22001': 'a text is longer than its column',
  '22003': 'a number is out of range',
  '22P05': 'a text holds a NUL character',
  '23502': 'a required column is empty',
  '23503': 'it points to a row that does not exist',
  '23505': 'a row with the same value exists',
  '23514': 'a check does not hold',
  '54000': 'a value is too large for an index',
  P0001: 'a trigger refused it',
  PGRST102: 'a text holds half of a character',
};

/** Faults of the database itself that a person may have to look after. */
const FAULTS: Record<string, string> = {
  '40P01': ', a deadlock with something else that writes',
  '53300': ', no connection was left',
  '55P03': ', a row is locked by something else',
  '57014': ', it took longer than the database allows a statement',
  '57P01': ', it was being shut down',
  '57P03': ', it was starting',
  PGRST000: ', it could not be reached',
  PGRST001: ', it could not be reached',
  // The same, met while the Data API was still reading the schema after a restart before.
  PGRST002: ', it could not be reached',
  PGRST003: ', no connection was left',
};

/** Calls the function and answers its data, checked. Rejects with `DataError`, or with `AnswerError` for any other fault. */
export async function callDatabase<Schema extends z.ZodType>(
  rpc: Rpc,
  name: string,
  parameters: object,
  schema: Schema,
): Promise<z.output<Schema>> {
  const { data, error, status } = await rpc(name, parameters);
  if (error) throw toError(name, status, error.code ?? '', error.message ?? '');
  const answer = schema.safeParse(data);
  if (answer.success) return answer.data;
  throw notReady(`The SQL function ${name} answered with something else than agreed`);
}

function toError(name: string, status: number, code: string, message: string): Error {
  if (code === 'PT409') {
    const conflict = CONFLICTS.includes(message) ? message : 'superseded';
    return new AnswerError(409, conflict, 'another run of the workspace goes on in its place');
  }
  if (OF_DATA.test(code)) return new DataError(code, `The database refused it: ${describe(code, message)}`);
  if (NOT_READY.includes(code)) return notReady(`The SQL function ${name} can't be called (${code})`);
  const what = /^[A-Z0-9]{5,8}$/.test(code) ? `code ${code}${FAULTS[code] ?? ''}` : `no answer, status ${status}`;
  return new AnswerError(
    500,
    'database_error',
    `the database failed in ${name} (${what}); the sync sends the batch again by itself, and if this lasts see the database's log and load`,
  );
}

function notReady(what: string): AnswerError {
  return new AnswerError(500, 'database_not_ready', `${what}: apply the migrations`);
}

function describe(sqlState: string, message: string): string {
  const rule = RULES[sqlState];
  return [
    sqlState.startsWith('PGRST') ? sqlState : `SQLSTATE ${sqlState}`,
    rule && ` (${rule})`,
    violated(sqlState, message),
  ]
    .filter(Boolean)
    .join('');
}

/**
 * Postgres's own text may quote values, but in a violation it begins with words of its own and names what was violated.
 * Other texts, a trigger's above all, are not read at all.
 */
function violated(sqlState: string, message: string): string {
  if (!sqlState.startsWith('23')) return '';
  const [, column, constraint] =
    /^null value in column "(\w{1,63})" of relation|^(?:duplicate|new row|insert or update|update or delete|conflicting|value for domain) .* constraint "(\w{1,63})"/.exec(
      message,
    ) ?? [];
  if (column) return `, column "${column}"`;
  return constraint ? `, constraint "${constraint}"` : '';
}
