// Wiring alone: the environment, the guard and the database client. What the function does is in handler.ts.
import { withSupabase } from '@supabase/server';
import { AnswerError } from './answerError.ts';
import { REDIRECTED } from './database.ts';
import { handle } from './handler.ts';
import { hearRest } from './hearOut.ts';

/** Which of the project's secret keys are let in: more than one while one of them takes the place of another. */
const [firstName, ...otherNames] = namesIn(Deno.env.get('SERVICETITAN_SYNC_KEY_NAME') ?? '');

function namesIn(setting: string): [string, ...string[]] {
  const names = setting.split(',').map((name) => name.trim());
  // The name of all keys would let in the one of every other server.
  const [first = 'default', ...others] = names.filter((name) => name !== '' && name !== '*');
  return [first, ...others];
}

/** The database gives up on a statement after 8 s; this is for a connection that hangs. */
const TIMEOUT_MS = 30_000;

const log = (entry: object) => console.log(JSON.stringify(entry));

/** Followed, a redirect would carry the project's secret key and the batch to another host. */
async function fetchWithoutRedirects(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const response = await fetch(input, { ...init, redirect: 'manual' });
  if (response.type !== 'opaqueredirect' && (response.status < 300 || response.status > 399)) return response;
  await response.body?.cancel();
  throw Object.assign(new Error('it is not followed'), { name: REDIRECTED });
}

/** What the handler answered; all else is the guard's. */
const handled = new WeakSet<Response>();

const guarded = withSupabase(
  {
    auth: [`secret:${firstName}`, ...otherNames.map((name) => `secret:${name}` as const)],
    cors: 'disabled',
    errors: { detailed: false },
    supabaseOptions: { global: { fetch: fetchWithoutRedirects } },
  },
  async (request, context) => {
    const response = await handle(request, {
      rpc: async (name, parameters) => {
        // With the names said beforehand PostgREST hands the body on to Postgres unread, which halves its work for a chunk
        // (https://github.com/PostgREST/postgrest/pull/1241).
        const columns = Object.keys(parameters).join(',');
        const { data, error, status } = await context.supabaseAdmin
          .rpc(`${name}?columns=${columns}`, parameters)
          .abortSignal(AbortSignal.timeout(TIMEOUT_MS));
        return { data, error, status };
      },
      log,
    });
    handled.add(response);
    return response;
  },
);

/** The guard tells strangers the name of the key it expects, and what the project lacks: they learn that there is no way in. */
function refuse(status: number): Response {
  if (status !== 401) log({ event: 'guard_failed', status, advice: findFault() });
  const { code, message, details } = new AnswerError(401, 'unauthorized');
  return Response.json(
    { error: { code, message, details } },
    { status: 401, headers: { 'cache-control': 'no-store' } },
  );
}

function findFault(): string {
  if (!Deno.env.get('SUPABASE_URL')) return 'SUPABASE_URL is missing: deploy the function to a Supabase project.';
  if (!(Deno.env.get('SUPABASE_PUBLISHABLE_KEYS') ?? Deno.env.get('SUPABASE_PUBLISHABLE_KEY')))
    return 'SUPABASE_PUBLISHABLE_KEYS is missing: the guard needs it (Project Settings > API Keys).';
  let names: string[] = [];
  try {
    names = Object.keys(JSON.parse(Deno.env.get('SUPABASE_SECRET_KEYS') ?? ''));
  } catch {
    return 'SUPABASE_SECRET_KEYS is missing or no JSON: the project needs secret keys (Project Settings > API Keys).';
  }
  const unknown = [firstName, ...otherNames].filter((name) => !names.includes(name));
  return unknown.length === 0
    ? 'The guard failed although the project has the key that it expects: see the lines before this one.'
    : `The project has no secret key of the name ${unknown.map((name) => JSON.stringify(name)).join(', ')}: create it (Project Settings > API Keys), or set SERVICETITAN_SYNC_KEY_NAME.`;
}

export default {
  async fetch(request: Request): Promise<Response> {
    const answered = await guarded(request).catch(() => null);
    const response = answered && handled.has(answered) ? answered : refuse(answered?.status ?? 500);
    const isHeard = await hearRest(request);
    if (!isHeard || response.status === 408) response.headers.set('connection', 'close');
    return response;
  },
};
