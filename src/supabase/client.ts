// The way to the workspace's Supabase project: REST calls of SQL functions, one attempt each. Steps do the retrying.
import { createClient, type SupabaseClient } from '@supabase/supabase-js';
import { CONFLICTS } from '../../supabase/functions/_shared/shapes.ts';
import { ConfigError, DatabaseError, RedirectError, SupersededError, WentBackError } from '../errors.ts';
import { holdSecrets } from '../secrets.ts';
import { isOfTables, toTablesError } from './obstacles.ts';
import { type Fetch, outgoing, unsafeAddress } from '../outgoing.ts';

/** No SQL function here takes longer than hosted Supabase lets it run (8 s), queueing and transfer included. */
const TIMEOUT_MS = 30_000;

/** Where Supabase's address stands. */
export const SETTING = 'SUPABASE_URL';

export interface SupabaseConfig {
  SUPABASE_URL: string;
  SUPABASE_SECRET_KEY: string;
}

export function createSupabase(config: SupabaseConfig): SupabaseClient {
  holdSecrets(config.SUPABASE_SECRET_KEY);
  return createClient(config.SUPABASE_URL, config.SUPABASE_SECRET_KEY, {
    auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
    // Its own retries of reads would multiply with those of steps and ticks.
    db: { retry: false },
    global: { fetch: hearEmpty(outgoing(SETTING)) },
  });
}

/**
 * supabase-js takes a 404 or a 200 without a body for an empty answer that is well: a gateway's would pass for "done". The Data
 * API says 204 where there is nothing to say, and `null` where a function answers nothing.
 */
function hearEmpty(send: Fetch): Fetch {
  return async (input, init) => {
    const response = await send(input, init);
    if (response.status !== 404 && response.status !== 200) return response;
    const text = await response.text();
    const { status, statusText } = response;
    if (status === 200 && text === '') return new Response('{}', { status: 502 });
    const headers = new Headers(response.headers);
    // It is read already.
    for (const name of ['content-encoding', 'content-length']) headers.delete(name);
    const isTold = status === 200 || text.trimStart().startsWith('{');
    return new Response(isTold ? text : '{}', { status, statusText, headers });
  };
}

/** What supabase-js answers with, as far as it is used here. */
interface Answer {
  data: unknown;
  error: { code: string; message: string; details?: unknown } | null;
  status: number;
}

/** Calls one SQL function. Rejects with `SupersededError` when the run lost its lease, with `WentBackError` when what it
 * wrote is gone (R21), else with `DatabaseError`. */
export async function callFunction(
  supabase: SupabaseClient,
  name: string,
  parameters: object,
  timeoutMs = TIMEOUT_MS,
): Promise<unknown> {
  return unwrap(
    `the SQL function ${name}`,
    await supabase.rpc(name, parameters).abortSignal(AbortSignal.timeout(timeoutMs)),
  );
}

/** The data of an answer; an error is thrown with its SQLSTATE and without Postgres's own text, which may hold values. */
export function unwrap(what: string, { data, error, status }: Answer): unknown {
  if (!error) return data;
  // supabase-js makes an answer of status 0 out of what `fetch` rejects with, and keeps the name.
  if (status === 0 && error.message.startsWith('RedirectError:')) throw new RedirectError(SETTING);
  if (status === 0 && error.message.startsWith('ConfigError:')) throw unsafeAddress(SETTING);
  // R10: a trigger of the product's may raise it too, in other words.
  if (error.code === 'PT409' && error.message === 'went_back') throw new WentBackError();
  if (error.code === 'PT409' && CONFLICTS.some((ours) => ours === error.message))
    throw new SupersededError(error.message);
  if (error.code === 'PT412' && isOfTables(error.message)) throw toTablesError(error.message, error.details);
  if (error.code === 'PT410')
    throw new ConfigError(
      'The workspace is no longer connected, or its connection is switched off: set servicetitan_connections.enabled to true, or connect it again with `npm run connect`.',
    );
  throw new DatabaseError(what, status, error.code);
}
