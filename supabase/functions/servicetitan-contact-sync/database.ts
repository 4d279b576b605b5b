// One call of a SQL function, and what its failures mean.
import type { z } from 'zod';
import { SQL_FUNCTIONS } from '../_shared/batchError.ts';
import { describeRefusal, type RefusalParts, refusalSchema } from '../_shared/refusal.ts';
import { CONFLICTS, tellConflict, tellSqlState } from '../_shared/shapes.ts';
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
 * R10: what is the database's or the run's: connection, transaction, resources, a stop by hand, the system, the server's
 * own state, a lock, and the Data API without a database or a key. 57 holds the statement timeout, which is a record's where
 * that stands alone. No code at all: nobody answered. Everything else is the fault of a record, whoever raises it.
 */
const OF_THE_DATABASE = /^(?:08|25|40|53|57|58|XX)...$|^55P03$|^PGRST[03]\d\d$|^$/;
const STATEMENT_TIMEOUT = '57014';
/** What the Data API says of a function or a table that it does not know. */
const NOT_KNOWN = /^PGRST2\d\d$/;
/** Missing rights and objects are a matter of migrations where they are ours; a trigger of the product may lack its own. */
const NOT_READY = ['42501', '42883', '42P01'];
const OURS =
  /\bservicetitan_\w+|\w+_servicetitan_\w+|\b(?:table|relation) "?(?:public\.)?(?:contacts|workspaces)"?|\bschema public\b/;

/** A right or an object is missing that may be ours or one that a trigger of the product uses: the records tell which. */
export class NotReadyError extends AnswerError {}

/** The code of a redirect, which `fetch` refused to follow. */
export const REDIRECTED = 'REDIRECT';

/**
 * Calls the function and answers its data, checked. Rejects with `DataError`, or with `AnswerError` for any other fault.
 * `isOfOne`: the call is about one record, so that a timeout is that record's.
 */
export async function callDatabase<Schema extends z.ZodType>(
  rpc: Rpc,
  name: string,
  parameters: object,
  schema: Schema,
  isOfOne = false,
): Promise<z.output<Schema>> {
  const { data, error, status } = await rpc(name, parameters);
  if (error) throw toError(name, status, error.code ?? '', error.message ?? '', isOfOne);
  const answer = schema.safeParse(data);
  if (answer.success) return answer.data;
  const raised = raisedAsSuccess(status, data);
  if (raised !== null) throw toError(name, status, raised, '', isOfOne);
  throw new AnswerError(500, 'database_not_ready', { sql_function: nameOf(name) });
}

/** The code of an exception that the Data API answers as if all were well: a trigger of the product may raise PT200 or PT204. */
function raisedAsSuccess(status: number, data: unknown): string | null {
  const code: unknown = typeof data === 'object' && data !== null ? Reflect.get(data, 'code') : undefined;
  if (typeof code === 'string' && /^PT2\d\d$/.test(code)) return code;
  return status > 200 && status < 300 ? `PT${status}` : null;
}

/** A record that the database refused beside others. */
export interface RefusedRecord {
  sqlstate: string;
  message: string;
  /** The product's own function that failed, where one did. */
  inside: string | null;
}

/**
 * Why a record was refused that was written beside others. Throws what `callDatabase` would where the fault is not the
 * record's: a right of ours that is missing, say. What fails inside a function of the product's is never ours.
 */
export function toRefusal(name: string, { sqlstate, message, inside }: RefusedRecord): DataError {
  const error = toError(name, 400, sqlstate, inside === null ? message : '', true);
  if (error instanceof DataError)
    return inside === null
      ? error
      : new DataError(refusalSchema.parse({ ...error.parts, inside }) as DataError['parts']);
  throw error;
}

function toError(name: string, status: number, code: string, message: string, isOfOne: boolean): Error {
  // The product's triggers may raise it too, in other words.
  if (code === 'PT409' && CONFLICTS.some((ours) => ours === message))
    return new AnswerError(409, tellConflict(message));
  // A code that nobody knows is one of a trigger's own making.
  const sqlstate = tellSqlState(code) ?? (/^[0-9A-Z]{5}$/.test(code) ? 'P0001' : undefined);
  const details = { sql_function: nameOf(name), sqlstate };
  const isMissing = NOT_READY.includes(code) && OURS.test(message) && !/\bpolicy\b/.test(message);
  if (isMissing) return new NotReadyError(500, 'database_not_ready', details);
  if (NOT_KNOWN.test(code)) return new AnswerError(500, 'database_not_ready', details);
  const isOfRecord = !OF_THE_DATABASE.test(code) || (code === STATEMENT_TIMEOUT && isOfOne);
  if (sqlstate !== undefined && isOfRecord)
    return new DataError(refusalSchema.parse({ sqlstate, ...violated(sqlstate, message) }) as DataError['parts']);
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
