import { z } from 'zod';
import product from '../../package.json' with { type: 'json' };
import { PayloadError, RedirectError } from '../errors.ts';
import {
  AuthError,
  NetworkError,
  RateLimitError,
  RequestError,
  ServerError,
  TimeoutError,
  type FailedCall,
} from './errors.ts';
import { parseExactJson } from './exactJson.ts';
import { parseHttpDate, retryAfterMs } from './headers.ts';
import { tellContentType, tellTitle, tellTraceId } from './title.ts';

/** Names the product to ServiceTitan's support, whatever runtime sends the request. */
const USER_AGENT = `servicetitan-customer-sync/${product.version}`;

/** After this ServiceTitan gives up on a request itself. */
export const LONGEST_CALL_MS = 100_000;

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** What a request needs from outside. `onCall` hears of every request before it goes out. */
export interface Transport {
  fetch: Fetch;
  /** Milliseconds since 1970. */
  now: () => number;
  onCall: () => void;
  signal: AbortSignal | null;
  timeoutMs: number;
}

/** `scope` is the permission an app needs for the call; null: the token endpoint. */
export interface HttpCall {
  method: 'GET' | 'POST';
  url: string;
  headers: Record<string, string>;
  body: string | null;
  scope: string | null;
}

/** A 2xx answer: the JSON as it came, and the `Date` header as ISO text or null. */
export interface Answer {
  body: unknown;
  date: string | null;
}

/** One request, never repeated; it takes at most `timeoutMs`, the body included. Every failure is one of the error classes. */
export async function request(call: HttpCall, transport: Transport): Promise<Answer> {
  const timeout = AbortSignal.timeout(transport.timeoutMs);
  const signal = transport.signal === null ? timeout : AbortSignal.any([timeout, transport.signal]);
  let response: Response;
  let text: string;
  transport.onCall();
  try {
    response = await transport.fetch(call.url, {
      method: call.method,
      headers: { ...call.headers, 'User-Agent': USER_AGENT },
      body: call.body,
      signal,
    });
    text = response.ok ? await response.text() : await errorBody(response);
  } catch (error) {
    // It may pass, as one to a page that says that it is closed for an hour; and it is of no record.
    if (error instanceof RedirectError) throw error;
    throw interrupted(call, error, timeout, transport.signal);
  }
  if (!response.ok) throw failure(call, response, text, transport.now());

  const date = parseHttpDate(response.headers.get('date'));
  return { body: parseBody(call, response, text), date: date === null ? null : new Date(date).toISOString() };
}

/** Method and path, which is all an error may tell of a request: the query can hold a name or a phone number. */
export function whereOf(call: Pick<HttpCall, 'method' | 'url'>): string {
  return `${call.method} ${new URL(call.url).pathname}`;
}

function parseBody(call: HttpCall, response: Response, text: string): unknown {
  try {
    return parseExactJson(text);
  } catch {
    // No cause: the parser's message quotes the body.
    const type = tellContentType(response.headers.get('content-type'));
    throw new PayloadError(
      `ServiceTitan answered ${whereOf(call)} with ${response.status} but not with whole JSON (${type}): ` +
        'an error page or a cut answer, of which nothing is used; the sync tries again by itself.',
      true,
    );
  }
}

function interrupted(call: HttpCall, error: unknown, timeout: AbortSignal, signal: AbortSignal | null): unknown {
  const failed = { ...whatFailed(call), status: null, title: null, traceId: null };
  if (signal?.aborted) {
    const reason: unknown = signal.reason;
    return reason instanceof DOMException && reason.name === 'TimeoutError' ? new TimeoutError(failed) : reason;
  }
  return timeout.aborted ? new TimeoutError(failed) : new NetworkError(failed, { cause: error });
}

function failure(call: HttpCall, response: Response, text: string, nowMs: number): Error {
  const { status, headers } = response;
  const failed: FailedCall = { ...whatFailed(call), status, ...readProblem(text) };
  if (status === 429) {
    // From the text as it came: what may be told of it lacks numbers.
    const wait = retryAfterMs(headers.get('retry-after'), readTitle(text), parseHttpDate(headers.get('date')) ?? nowMs);
    return new RateLimitError(failed, wait);
  }
  if (status === 408) return new TimeoutError(failed);
  if (status >= 500) return new ServerError(failed, headers.has('retry-after'));

  const tokenEndpoint = call.scope === null;
  // OAuth refuses a client with 400 as well as with 401.
  const refusal = status === 401 || status === 403 || (tokenEndpoint && status === 400);
  // A page, or nothing, is no answer of the API: of what stands before it, and that may pass.
  if (!refusal) return new RequestError(failed, jsonOrNull(text) === null);
  return new AuthError(failed, { tokenEndpoint, scope: call.scope, saysWhy: saysWhy(text) });
}

/** What a reason for refusing a caller is about; the words for a status, or for any error, are none. */
const REASON = /scope|permission|tenant|\bkey\b|\bapp|token|subscription|version|client|grant/i;

function saysWhy(text: string): boolean {
  return REASON.test(readTitle(text) ?? '');
}

function whatFailed(call: HttpCall): Pick<FailedCall, 'method' | 'path'> {
  return { method: call.method, path: new URL(call.url).pathname };
}

const textOrNull = z.string().nullable().catch(null);

// `error` is the OAuth form's word for `title`, `message` the gateway's.
const problemSchema = z.object({
  title: textOrNull,
  error: textOrNull,
  message: textOrNull,
  traceId: z.string().transform(tellTraceId).nullable().catch(null),
  errors: z.record(z.string(), z.unknown()).catch({}),
});

/**
 * What a call may send. Of `errors` only these names are told, whatever their case there: all else may repeat a
 * value.
 */
const PARAMETERS =
  `active customerId customerIds from id ids includeRecentChanges includeTotal modifiedBefore modifiedOnOrAfter page
  pageSize pinToTop sort tenant text`.split(/\s+/);

function readProblem(text: string): Pick<FailedCall, 'title' | 'traceId' | 'fields'> {
  const problem = problemSchema.safeParse(jsonOrNull(text)).data;
  if (problem === undefined) return { title: null, traceId: null, fields: [] };
  const named = Object.keys(problem.errors).map((field) => field.replace(/^\$\./, '').toLowerCase());
  const fields = PARAMETERS.filter((parameter) => named.includes(parameter.toLowerCase()));
  const title = readTitle(text);
  return { title: title === null ? null : tellTitle(title), traceId: problem.traceId, fields: fields.slice(0, 5) };
}

/** As it came, so not to be told. */
function readTitle(text: string): string | null {
  const problem = problemSchema.safeParse(jsonOrNull(text)).data;
  return problem?.title ?? problem?.error ?? problem?.message ?? null;
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function isJson(response: Response): boolean {
  return /[/+]json\b/i.test(response.headers.get('content-type') ?? '');
}

// The status alone decides, so a body that breaks off changes nothing; one left unread would hold its connection.
async function errorBody(response: Response): Promise<string> {
  try {
    if (isJson(response)) return await response.text();
    await response.body?.cancel();
  } catch {}
  return '';
}
