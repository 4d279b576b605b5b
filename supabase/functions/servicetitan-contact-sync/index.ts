// Wiring alone: the environment and the database client. What it does is in handler.ts.
import { withSupabase } from '@supabase/server';
import { handle } from './handler.ts';

/** Which of the project's secret keys is let in. */
const keyName = Deno.env.get('SERVICETITAN_SYNC_KEY_NAME') ?? 'default';

/** The database gives up on a statement after 8 s; this is for a connection that hangs. */
const TIMEOUT_MS = 30_000;

const guarded = withSupabase(
  { auth: `secret:${keyName}`, cors: 'disabled', errors: { detailed: false } },
  (request, context) =>
    handle(request, {
      rpc: async (name, parameters) => {
        // With the names said beforehand PostgREST hands the body on to Postgres unread, which halves its work for a chunk
        // (https://github.com/PostgREST/postgrest/pull/1241).
        const columns = Object.keys(parameters).join(',');
        const { data, error, status } = await context.supabaseAdmin
          .rpc(`${name}?columns=${columns}`, parameters)
          .abortSignal(AbortSignal.timeout(TIMEOUT_MS));
        return { data, error, status };
      },
      log: (entry) => console.log(JSON.stringify(entry)),
    }),
);

export default {
  async fetch(request: Request): Promise<Response> {
    const response = await guarded(request);
    // The guard names the key it expects; a stranger learns only that there is no way in.
    if (response.status !== 401) return response;
    return Response.json(
      { error: { code: 'unauthorized', message: 'a secret key of the project is needed' } },
      { status: 401 },
    );
  },
};
