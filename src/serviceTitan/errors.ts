// What a call of ServiceTitan can end in instead of an answer.
import { MAY_PASS, SyncError } from '../errors.ts';

/** Which call failed and what ServiceTitan said about it. `path` has no query; `title` comes through `tellTitle`. */
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
    { meanwhile = false, ...options }: ErrorOptions & { meanwhile?: boolean } = {},
  ) {
    const start = `${what}${said(call)}`;
    super(code, `${start}: ${advice}.`, retryable, {
      ...options,
      meanwhile: meanwhile ? `${start}: ${MAY_PASS}.` : undefined,
    });
    this.method = call.method;
    this.path = call.path;
    this.status = call.status;
    this.title = call.title;
    this.traceId = call.traceId;
  }
}

export interface Refusal {
  tokenEndpoint: boolean;
  scope?: string | null;
  /** ServiceTitan gives a reason: it means it, and asking again changes nothing. */
  saysWhy: boolean;
}

/**
 * 401 even with a fresh token or a token endpoint that refuses (`tokenEndpoint`): `credentials_refused`, which makes ticks
 * back off. 403: `permission_missing`. Either may pass where no reason is given, and a 401 of the API always.
 */
export class AuthError extends ServiceTitanError {
  override readonly name = 'AuthError';
  readonly tokenEndpoint: boolean;

  constructor(call: FailedCall, { tokenEndpoint, scope = null, saysWhy }: Refusal) {
    const code = tokenEndpoint || call.status === 401 ? 'credentials_refused' : 'permission_missing';
    const mayPass = call.status !== 400 && (!saysWhy || (call.status === 401 && !tokenEndpoint));
    super(code, call, refused(call), authAdvice(call, tokenEndpoint, scope), mayPass, { meanwhile: mayPass });
    this.tokenEndpoint = tokenEndpoint;
  }
}

/** Any other 4xx: the request itself is at fault and would be again, unless it was not the API that answered (`mayPass`). */
export class RequestError extends ServiceTitanError {
  override readonly name = 'RequestError';

  constructor(call: FailedCall, mayPass = false) {
    const advice =
      call.status === 404
        ? "check the tenant id and the environment of the workspace's connection, and that the record exists there"
        : 'check the fields it names; if there are none, open a case with ServiceTitan that gives the traceId';
    super('servicetitan_request', call, refused(call), advice, mayPass, { meanwhile: mayPass });
  }
}

/** 429. `retryAfterMs` is the wait ServiceTitan asked for, null when it named none. */
export class RateLimitError extends ServiceTitanError {
  override readonly name = 'RateLimitError';
  readonly retryAfterMs: number | null;

  constructor(call: FailedCall, retryAfterMs: number | null) {
    const wait = retryAfterMs === null ? 'wait' : `wait ${Math.ceil(retryAfterMs / 1000)} s`;
    super(
      'servicetitan_rate_limit',
      call,
      refused(call),
      `too many calls for the app in this tenant; ${wait}, then ask again, and if this lasts find what else calls under the same app`,
      true,
    );
    this.retryAfterMs = retryAfterMs;
  }
}

/** 5xx. */
export class ServerError extends ServiceTitanError {
  override readonly name = 'ServerError';
  /** ServiceTitan said when to come back, so it is its own state that is at fault, and no record. */
  readonly namesWait: boolean;

  constructor(call: FailedCall, namesWait = false) {
    const what = `ServiceTitan failed on ${call.method} ${call.path} with ${call.status}`;
    super(
      'servicetitan_server',
      call,
      what,
      'the fault is on its side, and the sync tries again by itself; if it lasts, open a case with ServiceTitan',
      true,
    );
    this.namesWait = namesWait;
  }
}

/** No answer, or one that broke off. Whether ServiceTitan handled the call is unknown. */
export class NetworkError extends ServiceTitanError {
  override readonly name = 'NetworkError';

  constructor(call: FailedCall, options?: ErrorOptions) {
    const what = `The connection to ServiceTitan failed on ${call.method} ${call.path}`;
    super(
      'servicetitan_network',
      call,
      what,
      'the sync tries again by itself; if this lasts, check that its host can be reached',
      true,
      options,
    );
  }
}

/** No answer in time, or 408. Whether ServiceTitan handled the call is unknown. */
export class TimeoutError extends ServiceTitanError {
  override readonly name = 'TimeoutError';

  constructor(call: FailedCall) {
    const what = `ServiceTitan gave no answer in time to ${call.method} ${call.path}`;
    super(
      'servicetitan_timeout',
      call,
      what,
      'the sync tries again by itself; if this lasts, ask for less at once (INCREMENTAL_PAGE_SIZE)',
      true,
    );
  }
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

/** What the ledger does after `credentials_refused`. */
const BACKING_OFF = 'until then ticks try ever more seldom, up to every 6 hours, and POST /trigger at once';

function authAdvice(call: FailedCall, tokenEndpoint: boolean, scope: string | null): string {
  if (tokenEndpoint) {
    return `check the client id and the client secret, and that both belong to this environment, then connect the workspace again; ${BACKING_OFF}`;
  }
  if (call.status === 401) {
    return `a fresh token was refused too; check that the tenant's admin still allows the app, that the app key is this app's, and that the tenant id is right; ${BACKING_OFF}`;
  }
  const lacking = scope === null ? 'the app lacks a scope' : `the app lacks the scope ${scope}`;
  return `${lacking} or its new version is not accepted; have the tenant's admin accept it, and check the app key and the tenant id`;
}
