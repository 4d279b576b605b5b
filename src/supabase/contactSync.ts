// The destination: hands one batch to the Edge Function, which upserts contacts.
import {
  batchErrorSchema,
  CHUNK_SETTINGS,
  describeBatchError,
  type ErrorCode,
} from '../../supabase/functions/_shared/batchError.ts';
import {
  type Batch,
  type BatchResult,
  batchResultSchema,
  CORRELATION_HEADER,
  correlationId,
  FUNCTION_NAME,
} from '../../supabase/functions/_shared/contactBatch.ts';
import { CONFLICTS } from '../../supabase/functions/_shared/shapes.ts';
import { EdgeFunctionError, MAY_PASS, SupersededError, SyncError, type TooMuchOf, WentBackError } from '../errors.ts';
import { outgoing } from '../outgoing.ts';
import { isRegion } from '../settings/places.ts';
import { SETTING, type SupabaseConfig } from './client.ts';

/** Below the 150 s after which Supabase itself gives up (504), and far above the second a batch should take. */
const TIMEOUT_MS = 100_000;

export interface WriteOptions {
  /** Ends the call early; it counts as no answer. */
  signal?: AbortSignal;
  /** The function may run in any region: the one of the database may be down while others are up. */
  anywhere?: boolean;
}

export type WriteBatch = (batch: Batch, options?: WriteOptions) => Promise<BatchResult>;

/** What of the answer tells where the function ran. */
const REGION_HEADER = 'x-sb-edge-region';

/**
 * Returns the call. It rejects with `SupersededError` when the run may not write any more, with `WentBackError` when
 * what it wrote is gone (R21), else with `EdgeFunctionError`: final where the function refuses the batch itself, retryable
 * otherwise.
 */
export function createWriteBatch(
  config: SupabaseConfig & { SUPABASE_REGION?: string | undefined },
  log: (entry: object) => void = () => {},
): WriteBatch {
  const url = new URL(`/functions/v1/${FUNCTION_NAME}`, config.SUPABASE_URL);
  const send = outgoing(SETTING);
  let region: string | null = null;
  const tellRegion = (answered: string | null) => {
    if (answered === null || answered === region || !isRegion(answered)) return;
    region = answered;
    log({ event: 'function_region', region, wanted: config.SUPABASE_REGION ?? null });
  };
  return async (batch, { signal, anywhere = false } = {}) => {
    let response: Response;
    let body: unknown;
    try {
      response = await send(url, {
        method: 'POST',
        headers: {
          apikey: config.SUPABASE_SECRET_KEY,
          'content-type': 'application/json',
          [CORRELATION_HEADER]: correlationId(batch.run),
          // Else it runs near whoever calls it, and each of its calls of the database goes the whole way.
          ...(config.SUPABASE_REGION === undefined || anywhere ? {} : { 'x-region': config.SUPABASE_REGION }),
        },
        body: JSON.stringify(batch),
        signal: AbortSignal.any([AbortSignal.timeout(TIMEOUT_MS), ...(signal ? [signal] : [])]),
      });
      tellRegion(response.headers.get(REGION_HEADER));
      body = parseJson(await response.text());
    } catch (cause) {
      if (cause instanceof SyncError) throw cause;
      throw new EdgeFunctionError(
        'edge_function_unreachable',
        `The Edge Function ${FUNCTION_NAME} gave no answer: the sync sends the batch again; if this lasts, see the function's log in Supabase and check SUPABASE_URL.`,
        true,
        { cause, ...(cause instanceof Error && cause.name === 'TimeoutError' ? { tooMuch: 'silence' as const } : {}) },
      );
    }
    const result = batchResultSchema.safeParse(body);
    if (response.ok && result.success) return result.data;
    throw toError(response.status, body);
  };
}

/**
 * What the function means for good: the same batch would be refused again. All else may pass, above all what is not in the
 * contract: then it was not the function that answered.
 */
const FINAL: readonly ErrorCode[] = [
  'method_not_allowed',
  'unsupported_media_type',
  'body_too_large',
  'bad_batch',
  'batch_refused',
];

/** Of what the function says the code and the details are read, and the sentence is made here. */
function toError(status: number, body: unknown): Error {
  const refused = batchErrorSchema.safeParse(body).data?.error;
  if (status === 409 && refused?.code === 'went_back') return new WentBackError();
  if (status === 409 && refused && CONFLICTS.some((ours) => ours === refused.code))
    return new SupersededError(refused.code);
  const lasting = adviceIfItLasts(status, refused?.code);
  const said = `The Edge Function ${FUNCTION_NAME} answered ${status}`;
  const advice = lasting ?? (refused ? describeBatchError(refused) : adviceFor(status));
  const retryable = refused === undefined || !FINAL.includes(refused.code);
  const meanwhile = lasting === null && refused?.code !== 'database_not_ready' ? undefined : `${said}: ${MAY_PASS}.`;
  return new EdgeFunctionError(refused?.code ?? 'edge_function', `${said}: ${advice}.`, retryable, {
    meanwhile,
    tooMuch: tooMuchOf(status, refused?.details.sqlstate),
  });
}

/** R24: fewer records may pass. */
function tooMuchOf(status: number, sqlstate: string | undefined): TooMuchOf | undefined {
  if (status === 413) return 'bytes';
  return status === 504 || status === 546 || sqlstate === '57014' ? 'time' : undefined;
}

/** What a person has to do when this is answered again and again; null where it heals by itself, or says so itself. */
function adviceIfItLasts(status: number, code: ErrorCode | undefined): string | null {
  if (status === 401)
    return "put the secret key that the function expects (SERVICETITAN_SYNC_KEY_NAME) into the Worker's SUPABASE_SECRET_KEY";
  return status === 404 && code === undefined ? 'deploy it with `supabase functions deploy`' : null;
}

/** For the answers that are Supabase's own, not the function's. */
function adviceFor(status: number): string {
  const again = 'the sync sends the batch again by itself; if this lasts,';
  const smaller = `the sync sends fewer records a call by itself; if this lasts, lower ${CHUNK_SETTINGS}`;
  switch (status) {
    case 413:
      return `the batch is larger than Supabase takes; ${smaller}`;
    case 504:
      return `it took longer than Supabase lets it; ${smaller}`;
    case 546:
      return `it ran out of the memory or time that Supabase gives it; ${smaller}`;
    default:
      return `it gave no reason; ${again} see the function's log in Supabase`;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
