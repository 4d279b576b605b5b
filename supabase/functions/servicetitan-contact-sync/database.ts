// One call of a SQL function, and what its failures mean.
import type { z } from 'zod';
import { SQL_FUNCTIONS } from '../_shared/batchError.ts';
import { describeRefusal, type RefusalParts, refusalSchema } from '../_shared/refusal.ts';
import { tellConflict, tellSqlState } from '../_shared/shapes.ts';
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
  readonly parts: RefusalParts & { sqlstate: string };

  constructor(parts: RefusalParts & { sqlstate: string }) {
    super(describeRefusal(parts));
    this.parts = parts;
  }
}

/**
 * Data exceptions, integrity violations, a row given twice, a value too large for an index, what a trigger of the product
 * raises, and PostgREST's word for
 * JSON that it can't read: ours is always well-formed, but for a text with half of a character (a lone surrogate).
 */
const OF_DATA = /^(?:22|23)...$|^21000$|^54000$|^P0001$|^PGRST102$/;
const NOT_READY = ['42501', '42883', '42P01', 'PGRST202', 'PGRST205'];

/** The code of a redirect, which `fetch` refused to follow. */
export const REDIRECTED = 'REDIRECT';

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
  throw new AnswerError(500, 'database_not_ready', { sql_function: nameOf(name) });
}

function toError(name: string, status: number, code: string, message: string): Error {
  if (code === 'PT409') return new AnswerError(409, tellConflict(message));
  const sqlstate = tellSqlState(code) ?? undefined;
  const details = { sql_function: nameOf(name), sqlstate };
  if (sqlstate !== undefined && OF_DATA.test(sqlstate))
    return new DataError(refusalSchema.parse({ sqlstate, ...violated(sqlstate, message) }) as DataError['parts']);
  if (NOT_READY.includes(code)) return new AnswerError(500, 'database_not_ready', details);
  // supabase-js makes an answer of status 0 out of what `fetch` rejects with, and keeps its name.
  const redirected = status === 0 && message.startsWith(`${REDIRECTED}:`) ? true : undefined;
  return new AnswerError(500, 'database_error', { ...details, status, redirected });
}

function nameOf(name: string) {
  return SQL_FUNCTIONS.find((known) => known === name);
}

/**
 * Postgres's own text may quote values, but in a violation it begins with words of its own and names what was violated.
 * Other texts, a trigger's above all, are not read at all.
 */
function violated(sqlState: string, message: string): Pick<RefusalParts, 'column' | 'constraint'> {
  if (!sqlState.startsWith('23')) return {};
  const [, column, constraint] =
    /^null value in column "(\w{1,63})" of relation|^(?:duplicate|new row|insert or update|update or delete|conflicting|value for domain) .* constraint "(\w{1,63})"/.exec(
      message,
    ) ?? [];
  return { column, constraint };
}
