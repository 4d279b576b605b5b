// The Worker: HTTP, the cron tick, and the Workflow class that wrangler.toml binds.
import { type Env, readConfig } from './config.ts';
import { app } from './http/app.ts';
import { tick } from './schedule/tick.ts';
import { createSupabase } from './supabase/client.ts';
import { createLedger } from './supabase/ledger.ts';

export { ServiceTitanSync } from './serviceTitanSync.ts';

export default {
  fetch: (request, env, ctx) => app.fetch(request, env, ctx),

  async scheduled(controller, env) {
    const config = readConfig(env);
    await tick(
      {
        config,
        ledger: createLedger(createSupabase(config)),
        workflow: env.SERVICETITAN_SYNC,
        log: (entry) => console.log(JSON.stringify(entry)),
        wait: (milliseconds) => scheduler.wait(milliseconds),
      },
      new Date(controller.scheduledTime),
    );
  },
} satisfies ExportedHandler<Env>;
