// The destination: hands one batch to the Edge Function, which upserts contacts.
import { batchErrorSchema, CHUNK_SETTINGS, describeBatchError } from '../../supabase/functions/_shared/batchError.ts';
import {
  type Batch,
  type BatchResult,
  batchResultSchema,
  CORRELATION_HEADER,
  correlationId,
  FUNCTION_NAME,
} from '../../supabase/functions/_shared/contactBatch.ts';
import { CONFLICTS } from '../../supabase/functions/_shared/shapes.ts';
import { EdgeFunctionError, SupersededError, SyncError, type TooMuchOf, WentBackError } from '../errors.ts';
import { outgoing } from '../outgoing.ts';
import { SETTING, type SupabaseConfig } from './client.ts';

/** Below the 150 s after which Supabase itself gives up (504), and far above the second a batch should take. */
const TIMEOUT_MS = 100_000;

/** `signal` ends the call early; it counts as no answer. */
export type WriteBatch = (batch: Batch, signal?: AbortSignal) => Promise<BatchResult>;

/**
 * Returns the call. It rejects with `SupersededError` when the run may not write any more, with `WentBackError` when
 * what it wrote is gone (R21), else with
 * `EdgeFunctionError`: retryable for 5xx, 546 (out of resources), 429 and no answer at all, final otherwise.
 */
export function createWriteBatch(config: SupabaseConfig): WriteBatch {
  const url = new URL(`/functions/v1/${FUNCTION_NAME}`, config.SUPABASE_URL);
  const send = outgoing(SETTING);
  return async (batch, signal) => {
    let response: Response;
    let body: unknown;
    try {
      response = await send(url, {
        method: 'POST',
        headers: {
          apikey: config.SUPABASE_SECRET_KEY,
          'content-type': 'application/json',
          [CORRELATION_HEADER]: correlationId(batch.run),
        },
        body: JSON.stringify(batch),
        signal: AbortSignal.any([AbortSignal.timeout(TIMEOUT_MS), ...(signal ? [signal] : [])]),
      });
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

/** Of what the function says the code and the details are read, and the sentence is made here. */
function toError(status: number, body: unknown): Error {
  const refused = batchErrorSchema.safeParse(body).data?.error;
  if (status === 409 && refused?.code === 'went_back') return new WentBackError();
  if (status === 409 && refused && CONFLICTS.some((ours) => ours === refused.code))
    return new SupersededError(refused.code);
  const said = refused ? describeBatchError(refused) : adviceFor(status);
  const advice =
    status === 401
      ? "put the secret key that the function expects (SERVICETITAN_SYNC_KEY_NAME) into the Worker's SUPABASE_SECRET_KEY"
      : said;
  const retryable = status >= 500 || status === 429 || status === 408 || status < 400;
  const message = `The Edge Function ${FUNCTION_NAME} answered ${status}: ${advice}.`;
  return new EdgeFunctionError(refused?.code ?? 'edge_function', message, retryable, {
    tooMuch: tooMuchOf(status, refused?.details.sqlstate),
  });
}

/** R24: fewer records may pass. */
function tooMuchOf(status: number, sqlstate: string | undefined): TooMuchOf | undefined {
  if (status === 413) return 'bytes';
  return status === 504 || status === 546 || sqlstate === '57014' ? 'time' : undefined;
}

/** For the answers that are Supabase's own, not the function's. */
function adviceFor(status: number): string {
  const again = 'the sync sends the batch again by itself; if this lasts,';
  const smaller = `the sync sends fewer records a call by itself; if this lasts, lower ${CHUNK_SETTINGS}`;
  switch (status) {
    case 404:
      return 'deploy it with `supabase functions deploy`';
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
