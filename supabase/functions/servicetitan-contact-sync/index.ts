// Wiring alone: the environment and the database client. What it does is in handler.ts.
import { withSupabase } from '@supabase/server';
import { handle } from './handler.ts';

/** Which of the project's secret keys is let in. */
const keyName = Deno.env.get('SERVICETITAN_SYNC_KEY_NAME') ?? 'default';

export default {
  fetch: withSupabase(
    { auth: `secret:${keyName}`, cors: 'disabled', errors: { detailed: false } },
    (request, context) =>
      handle(request, {
        rpc: async (name, parameters) => {
          const { data, error, status } = await context.supabaseAdmin.rpc(name, parameters);
          return { data, error, status };
        },
        log: (entry) => console.log(JSON.stringify(entry)),
      }),
  ),
};
