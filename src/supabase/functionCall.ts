// One call of the Edge Function: its address, its key, its region.
import { FUNCTION_NAME } from '../../supabase/functions/_shared/contactBatch.ts';
import { EdgeFunctionError, SyncError } from '../errors.ts';
import { outgoing } from '../outgoing.ts';
import { isRegion } from '../settings/places.ts';
import { SETTING, type SupabaseConfig } from './client.ts';

export type FunctionConfig = SupabaseConfig & { SUPABASE_REGION?: string | undefined };

export interface FunctionCall {
  body: object;
  headers?: Record<string, string>;
  /** The function may run in any region: the one of the database may be down while others are up. */
  anywhere?: boolean;
  signal: AbortSignal;
}

export interface FunctionAnswer {
  status: number;
  ok: boolean;
  /** Undefined where it is no JSON. */
  body: unknown;
  /** Where the function ran, if the answer tells. */
  region: string | null;
}

/** What of the answer tells where the function ran. */
const REGION_HEADER = 'x-sb-edge-region';

/** Rejects where there is no answer, or one that must not be followed. */
export async function callEdgeFunction(
  config: FunctionConfig,
  { body, headers = {}, anywhere = false, signal }: FunctionCall,
): Promise<FunctionAnswer> {
  try {
    const response = await outgoing(SETTING)(new URL(`/functions/v1/${FUNCTION_NAME}`, config.SUPABASE_URL), {
      method: 'POST',
      headers: {
        apikey: config.SUPABASE_SECRET_KEY,
        'content-type': 'application/json',
        ...headers,
        // Else it runs near whoever calls it, and each of its calls of the database goes the whole way.
        ...(config.SUPABASE_REGION === undefined || anywhere ? {} : { 'x-region': config.SUPABASE_REGION }),
      },
      body: JSON.stringify(body),
      signal,
    });
    const region = response.headers.get(REGION_HEADER);
    return {
      status: response.status,
      ok: response.ok,
      region: region !== null && isRegion(region) ? region : null,
      body: parseJson(await response.text()),
    };
  } catch (cause) {
    if (cause instanceof SyncError) throw cause;
    throw new EdgeFunctionError(
      'edge_function_unreachable',
      `The Edge Function ${FUNCTION_NAME} gave no answer: the sync sends the batch again; if this lasts, see the function's log in Supabase and check SUPABASE_URL.`,
      true,
      { cause, ...(cause instanceof Error && cause.name === 'TimeoutError' ? { tooMuch: 'silence' as const } : {}) },
    );
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
