// The destination: hands one batch to the Edge Function, which upserts contacts.
import {
  type Batch,
  type BatchResult,
  batchResultSchema,
  CORRELATION_HEADER,
  correlationId,
} from '../../supabase/functions/_shared/contactBatch.ts';
import { callEdgeFunction, type FunctionConfig } from './functionCall.ts';
import { toFunctionError } from './functionErrors.ts';

/** Below the 150 s after which Supabase itself gives up (504), and far above the second a batch should take. */
const TIMEOUT_MS = 100_000;

export interface WriteOptions {
  /** Ends the call early; it counts as no answer. */
  signal?: AbortSignal;
  /** The function may run in any region: the one of the database may be down while others are up. */
  anywhere?: boolean;
}

export type WriteBatch = (batch: Batch, options?: WriteOptions) => Promise<BatchResult>;

/**
 * Returns the call. It rejects with `SupersededError` when the run may not write any more, with `WentBackError` when
 * what it wrote is gone (R21), else with `EdgeFunctionError`: final where the function refuses the batch itself, retryable
 * otherwise.
 */
export function createWriteBatch(config: FunctionConfig, log: (entry: object) => void = () => {}): WriteBatch {
  let region: string | null = null;
  const tellRegion = (answered: string | null) => {
    if (answered === null || answered === region) return;
    region = answered;
    log({ event: 'function_region', region, wanted: config.SUPABASE_REGION ?? null });
  };
  return async (batch, { signal, anywhere = false } = {}) => {
    const answer = await callEdgeFunction(config, {
      body: batch,
      headers: { [CORRELATION_HEADER]: correlationId(batch.run) },
      anywhere,
      signal: AbortSignal.any([AbortSignal.timeout(TIMEOUT_MS), ...(signal ? [signal] : [])]),
    });
    tellRegion(answer.region);
    const result = batchResultSchema.safeParse(answer.body);
    if (answer.ok && result.success) return result.data;
    throw toFunctionError(answer.status, answer.body);
  };
}
