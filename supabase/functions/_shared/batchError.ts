// The answer to a batch that was not written: a code of a closed list, and details of closed shapes. The sentence for people is
// made of these on each side: the Worker copies no text of the function's.
import { z } from 'zod';
import { adviceOn } from './databaseAnswers.ts';
import { describeRefusal, refusalSchema } from './refusal.ts';
import { cutShort, ERROR_NAMES } from './shapes.ts';

export const ERROR_CODES = [
  'method_not_allowed', // 405
  'unsupported_media_type', // 415
  'unauthorized', // 401
  'body_too_slow', // 408
  'body_too_large', // 413
  'bad_batch', // 400
  'batch_refused', // 422: what was set aside, or the page's token, can't be stored
  'superseded', // 409
  'page_out_of_order', // 409
  'went_back', // 409: the database does not hold what the run has written (R21)
  'database_error', // 500: a fault that may pass
  'database_not_ready', // 500
  'unexpected', // 500
] as const;
export type ErrorCode = (typeof ERROR_CODES)[number];

/** The SQL functions that the function calls. */
export const SQL_FUNCTIONS = [
  'sync_servicetitan_contacts',
  'sync_servicetitan_records_apart',
  'renormalize_servicetitan_phones',
  'list_servicetitan_phones_to_grade',
] as const;

const detailsSchema = refusalSchema.extend({
  sql_function: z.enum(SQL_FUNCTIONS).optional().catch(undefined),
  /** Of the Data API's answer; 0: there was none. */
  status: z.int().min(0).max(599).optional().catch(undefined),
  redirected: z.literal(true).optional().catch(undefined),
  limit_mib: z.int().min(1).max(999).optional().catch(undefined),
  body: z.enum(['not_json', 'cut_off']).optional().catch(undefined),
  error_name: z.enum(ERROR_NAMES).optional().catch(undefined),
});
export type ErrorDetails = z.infer<typeof detailsSchema>;

export const batchErrorSchema = z.object({
  error: z.object({ code: z.enum(ERROR_CODES), details: detailsSchema.default({}).catch({}) }),
});
export type BatchError = z.infer<typeof batchErrorSchema>['error'];

/** The Worker's settings that say how many records a call has. */
export const CHUNK_SETTINGS = 'EDGE_FUNCTION_CHUNK_SIZE and INITIAL_CHUNK_SIZE';

/** The Data API's codes of a key's token. */
const KEY_CODES = ['PGRST300', 'PGRST301', 'PGRST302', 'PGRST303'];

/** Faults of the database itself that a person may have to look after. */
const FAULTS: Record<string, string> = {
  '40P01': ', a deadlock with something else that writes',
  '53300': ', no connection was left',
  '55P03': ', a row is locked by something else',
  '57014': `, it took longer than the database allows a statement: the sync sends fewer records a call; if this lasts, lower ${CHUNK_SETTINGS}, or make the triggers of contacts faster`,
  '57P01': ', it was being shut down',
  '57P03': ', it was starting',
  PGRST000: ', it could not be reached',
  PGRST001: ', it could not be reached',
  // The same, met while the Data API was still reading the schema after a restart before.
  PGRST002: ', it could not be reached',
  PGRST003: ', no connection was left',
  ...Object.fromEntries(KEY_CODES.map((code) => [code, `, ${adviceOn(401, code).advice}`])),
};

/** What happened and what to do, without an end; at most 500 characters. */
export function describeBatchError({ code, details }: BatchError): string {
  return cutShort(sentenceOf(code, details));
}

function sentenceOf(code: ErrorCode, details: ErrorDetails): string {
  const name = details.sql_function ?? 'its SQL function';
  switch (code) {
    case 'method_not_allowed':
      return 'it takes POST';
    case 'unsupported_media_type':
      return 'it takes application/json, plain or gzipped';
    case 'unauthorized':
      return 'a secret key of the project is needed';
    case 'body_too_slow':
      return 'the body did not come to its end in time';
    case 'body_too_large':
      return `the body is larger than ${details.limit_mib ?? 'so many'} MiB: the sync sends fewer records a call by itself; if this lasts, lower ${CHUNK_SETTINGS}`;
    case 'bad_batch':
      if (details.body === 'not_json') return 'the body is not valid JSON in UTF-8';
      if (details.body === 'cut_off') return 'the body could not be read to its end';
      return `the batch is not as agreed (${describeRefusal(details)}): deploy the Worker and the function from one version`;
    case 'batch_refused':
      return `what was set aside, or the page's token, can't be stored: ${describeRefusal(details)}`;
    case 'superseded':
    case 'page_out_of_order':
      return 'another run of the workspace goes on in its place';
    case 'went_back':
      return 'the database went back behind what this run had written; the next run goes on from where it stands';
    case 'database_error':
      return `the database failed in ${name} (${databaseFault(details)}); the sync sends the batch again by itself, and if this lasts see the database's log and load`;
    case 'database_not_ready':
      return details.sqlstate === undefined
        ? `the SQL function ${name} answered with something else than agreed: apply the migrations`
        : `the SQL function ${name} can't be called (${details.sqlstate}): apply the migrations`;
    case 'unexpected':
      return `it failed unexpectedly (${details.error_name ?? 'Error'}); see its log`;
  }
}

function databaseFault({ sqlstate, status = 0, redirected }: ErrorDetails): string {
  if (redirected) return 'a redirect, which is not followed';
  return sqlstate === undefined ? `no answer, status ${status}` : `code ${sqlstate}${FAULTS[sqlstate] ?? ''}`;
}
