// Whether the deployed Edge Function speaks this Worker's contract.
import { batchErrorSchema } from '../../supabase/functions/_shared/batchError.ts';
import { CONTRACT_QUESTION, contractAnswerSchema, fingerprintOf } from '../../supabase/functions/_shared/contract.ts';
import { callEdgeFunction, type FunctionConfig } from './functionCall.ts';
import { toFunctionError } from './functionErrors.ts';

export interface AskedFunction {
  /** `missing`: there is none at this address. `refused`: it does not take the key. `held_back`: nor did the call reach it. */
  outcome: 'same' | 'other' | 'refused' | 'held_back' | 'missing';
  /** Where it ran, if its answer tells. */
  region: string | null;
}

/**
 * Asks the function, which neither reads nor writes for it. Rejects with `EdgeFunctionError` on any other
 * answer, and on none.
 */
export async function askFunction(config: FunctionConfig, signal: AbortSignal): Promise<AskedFunction> {
  const { ok, status, body, region } = await callEdgeFunction(config, { body: CONTRACT_QUESTION, signal });
  const answer = contractAnswerSchema.safeParse(body);
  if (ok && answer.success)
    return { outcome: answer.data.contract === (await fingerprintOf()) ? 'same' : 'other', region };
  const refused = batchErrorSchema.safeParse(body).data?.error;
  // One from before it knew the question takes that for a bad batch.
  if (refused?.code === 'bad_batch') return { outcome: 'other', region };
  if (status === 401) return { outcome: refused?.code === 'unauthorized' ? 'refused' : 'held_back', region };
  if (status === 404) return { outcome: 'missing', region };
  throw toFunctionError(status, body);
}
