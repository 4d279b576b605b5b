// Every refusal the Worker answers with: {success: false, error: {code, message}} and the right status.
import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { ArgumentError, ConfigError, DatabaseError, SyncError, TablesError, tellError } from '../errors.ts';
import { logError } from '../log.ts';
import { ServiceTitanError } from '../serviceTitanApi.ts';

/** Thrown by a route; `details` stand beside code and message. `cause` says for the log alone what is behind it. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly status: ContentfulStatusCode;
  readonly code: string;
  readonly details: Record<string, string>;

  constructor(
    status: ContentfulStatusCode,
    code: string,
    message: string,
    details: Record<string, string> = {},
    cause?: SyncError,
  ) {
    super(message, { cause });
    this.status = status;
    this.code = code;
    this.details = details;
  }
}

export function unknownWorkspace(): Problem {
  return new Problem(
    404,
    'unknown_workspace',
    'The workspace is not connected to ServiceTitan: connect it with `npm run connect`.',
  );
}

/** For whoever asks how a workspace stands, connected or not. */
export function noSuchWorkspace(): Problem {
  return new Problem(
    404,
    'unknown_workspace',
    'There is no workspace of this id: GET /workspaces names those there are.',
  );
}

export function wrongTenant(): Problem {
  return new Problem(403, 'wrong_tenant', "The tenantId is not that of the workspace's ServiceTitan connection.");
}

/** The answer to whatever a route threw. Unknown errors keep their text to themselves. */
export function answerProblem(context: Context, error: unknown): Response {
  const { status, code, message, details } = toProblem(error);
  if (status >= 500)
    logError({ event: 'request_failed', path: pathOf(context), status, code, reason: reasonFor(error) });
  return context.json({ success: false, error: { code, message, ...details } }, status);
}

function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  // The validators' own: its content type has been checked before.
  if (error instanceof HTTPException && error.status === 400)
    return new Problem(400, 'invalid_json', 'The body is not valid JSON.');
  if (error instanceof ServiceTitanError && error.status === 404)
    return new Problem(404, 'not_found_in_servicetitan', error.message);
  if (error instanceof ServiceTitanError) return new Problem(502, error.code, error.message);
  if (error instanceof ArgumentError) return new Problem(400, 'invalid_request', error.message);
  if (error instanceof TablesError) return new Problem(409, error.code, error.message);
  if (error instanceof DatabaseError) return new Problem(503, error.code, error.message);
  // Only a caller whose token was right comes this far, so it is told which settings are at fault.
  if (error instanceof ConfigError) return new Problem(500, error.code, error.message);
  if (error instanceof SyncError) return new Problem(502, error.code, error.message);
  return new Problem(500, 'unexpected', 'The Worker failed on this request: its log at this time says where.');
}

/** A route with its ids. A stranger's path is told in no form, nor one of another form: it may be anything. */
function pathOf(context: Context): string | null {
  const isTold = context.get('caller') !== undefined && /^(?:\/[\w.-]{1,64}){1,4}$/.test(context.req.path);
  return isTold ? context.req.path : null;
}

function reasonFor(error: unknown): string {
  return tellError(error instanceof Problem && error.cause instanceof SyncError ? error.cause : error);
}
