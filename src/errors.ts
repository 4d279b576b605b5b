// Every error the sync raises on purpose. A message says what happened, where, and what to do next; it never holds a
// token, a secret, a query, a body or a person's data, so it may be logged and stored as it stands.

/** Base of all: `code` is for machines, `retryable` says whether the same call may succeed later. */
export abstract class SyncError extends Error {
  readonly code: string;
  readonly retryable: boolean;

  constructor(code: string, message: string, retryable: boolean, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.retryable = retryable;
  }
}

/** A setting or a credential is missing or malformed. The message names it and never repeats its value. */
export class ConfigError extends SyncError {
  override readonly name = 'ConfigError';

  constructor(message: string) {
    super('config_invalid', message, false);
  }
}

/** An argument that would make a request mean something else, refused before anything is sent. */
export class ArgumentError extends SyncError {
  override readonly name = 'ArgumentError';

  constructor(message: string) {
    super('argument_invalid', message, false);
  }
}

/** A response arrived and is not what was agreed. Retryable only where it was not the service's own answer at all. */
export class PayloadError extends SyncError {
  override readonly name = 'PayloadError';

  constructor(message: string, retryable = false) {
    super('payload_invalid', message, retryable);
  }
}

/** Which call failed and what ServiceTitan said about it. `path` has no query; `title` comes through `cleanTitle`. */
export interface FailedCall {
  method: string;
  path: string;
  status: number | null;
  title: string | null;
  traceId: string | null;
  /** Names of the parameters that were refused. */
  fields?: readonly string[];
}

/** A ServiceTitan call that gave no usable answer. `traceId` is what ServiceTitan's support asks for. */
export abstract class ServiceTitanError extends SyncError {
  readonly service = 'ServiceTitan';
  readonly method: string;
  readonly path: string;
  readonly status: number | null;
  readonly title: string | null;
  readonly traceId: string | null;

  constructor(
    code: string,
    call: FailedCall,
    what: string,
    advice: string,
    retryable: boolean,
    options?: ErrorOptions,
  ) {
    super(code, `${what}${said(call)}: ${advice}`, retryable, options);
    this.method = call.method;
    this.path = call.path;
    this.status = call.status;
    this.title = call.title;
    this.traceId = call.traceId;
  }
}

/**
 * 401 even with a fresh token or a token endpoint that refuses (`tokenEndpoint`): `credentials_refused`, which makes ticks
 * back off. 403: `permission_missing`.
 */
export class AuthError extends ServiceTitanError {
  override readonly name = 'AuthError';
  readonly tokenEndpoint: boolean;

  constructor(call: FailedCall, tokenEndpoint: boolean, scope: string | null = null) {
    const code = tokenEndpoint || call.status === 401 ? 'credentials_refused' : 'permission_missing';
    super(code, call, refused(call), authAdvice(call, tokenEndpoint, scope), false);
    this.tokenEndpoint = tokenEndpoint;
  }
}

/** Any other 4xx: the request itself is at fault and would be again. */
export class RequestError extends ServiceTitanError {
  override readonly name = 'RequestError';

  constructor(call: FailedCall) {
    const advice =
      call.status === 404
        ? 'check that the record exists in this tenant and environment'
        : 'check the parameters; a support case needs the traceId';
    super('servicetitan_request', call, refused(call), advice, false);
  }
}

/** 429. `retryAfterMs` is the wait ServiceTitan asked for, null when it named none. */
export class RateLimitError extends ServiceTitanError {
  override readonly name = 'RateLimitError';
  readonly retryAfterMs: number | null;

  constructor(call: FailedCall, retryAfterMs: number | null) {
    const wait = retryAfterMs === null ? 'wait' : `wait ${Math.ceil(retryAfterMs / 1000)} s`;
    super('servicetitan_rate_limit', call, refused(call), `too many calls; ${wait}, then ask again`, true);
    this.retryAfterMs = retryAfterMs;
  }
}

/** 5xx. */
export class ServerError extends ServiceTitanError {
  override readonly name = 'ServerError';

  constructor(call: FailedCall) {
    const what = `ServiceTitan failed on ${call.method} ${call.path} with ${call.status}`;
    super('servicetitan_server', call, what, 'a fault on its side; ask again later', true);
  }
}

/** No answer, or one that broke off. Whether ServiceTitan handled the call is unknown. */
export class NetworkError extends ServiceTitanError {
  override readonly name = 'NetworkError';

  constructor(call: FailedCall, options?: ErrorOptions) {
    const what = `The connection to ServiceTitan failed on ${call.method} ${call.path}`;
    super('servicetitan_network', call, what, 'check that its host can be reached, then ask again', true, options);
  }
}

/** No answer in time, or 408. Whether ServiceTitan handled the call is unknown. */
export class TimeoutError extends ServiceTitanError {
  override readonly name = 'TimeoutError';

  constructor(call: FailedCall) {
    const what = `ServiceTitan gave no answer in time to ${call.method} ${call.path}`;
    super('servicetitan_timeout', call, what, 'ask again later, or for less at once', true);
  }
}

/** Whether to try again. Yes to anything unknown: a retry costs little, a wrong stop costs freshness. */
export function isRetryable(error: unknown): boolean {
  return error instanceof SyncError ? error.retryable : true;
}

/** Text from a response made fit for a message: control characters become blanks, at most 200 characters. */
export function cleanTitle(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ')
    .slice(0, 200)
    .toWellFormed()
    .trim();
}

function refused(call: FailedCall): string {
  return `ServiceTitan refused the call ${call.method} ${call.path} with ${call.status}`;
}

function said(call: FailedCall): string {
  const parts: string[] = [];
  if (call.title) parts.push(`title "${call.title}"`);
  if (call.fields?.length) parts.push(`fields ${call.fields.join(', ')}`);
  if (call.traceId) parts.push(`traceId ${call.traceId}`);
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`;
}

function authAdvice(call: FailedCall, tokenEndpoint: boolean, scope: string | null): string {
  if (tokenEndpoint) return 'check the client id and the client secret, and that both belong to this environment';
  if (call.status === 401) {
    return "a fresh token was refused too; check that the tenant's admin still allows the app and that the tenant id is right";
  }
  const lacking = scope === null ? 'the app lacks a scope' : `the app lacks the scope ${scope}`;
  return `${lacking} or its new version is not accepted; have the tenant's admin accept it, and check the app key and the tenant id`;
}

/** Another run of the workspace holds the lease: this one stops without a word. */
export class SupersededError extends SyncError {
  override readonly name = 'SupersededError';

  constructor(reason: string) {
    super(
      'superseded',
      `This run may not write any more (${reason}): another run of the workspace goes on in its place.`,
      false,
    );
  }
}

/** Supabase's Data API refused a call or could not be reached. `status` 0: no answer at all. */
export class DatabaseError extends SyncError {
  override readonly name = 'DatabaseError';

  constructor(what: string, status: number, sqlState: string) {
    const notReady = ['42501', '42883', '42P01', 'PGRST202', 'PGRST205'].includes(sqlState);
    const badKey = status === 401;
    const advice = badKey
      ? 'check SUPABASE_SECRET_KEY'
      : notReady
        ? 'apply the migrations in supabase/migrations to this project'
        : 'check that the Supabase project is up; the same call is made again';
    super(
      'database',
      `Supabase could not answer ${what} (status ${status}, code ${sqlState || 'none'}): ${advice}.`,
      !badKey && !notReady,
    );
  }
}

/** The Edge Function did not write a batch. The message is the function's own where it gave one. */
export class EdgeFunctionError extends SyncError {
  override readonly name = 'EdgeFunctionError';

  constructor(code: string, message: string, retryable: boolean, options?: ErrorOptions) {
    super(code, message, retryable, options);
  }
}
