// The Worker: HTTP, the cron tick, and the Workflow class that wrangler.toml binds.
import { describeFaults, readSettings } from './config.ts';
import { app } from './http/app.ts';
import { log } from './log.ts';
import { placed } from './schedule/instances.ts';
import { wakeUp } from './schedule/wakeUp.ts';
import { holdSecretsOf } from './secrets.ts';
import { createAlerts } from './supabase/alerts.ts';
import { createSupabase } from './supabase/client.ts';
import { createConnections } from './supabase/connections.ts';
import { createLedger } from './supabase/ledger.ts';

export { ServiceTitanSync } from './serviceTitanSync.ts';

export default {
  fetch: (request, env, ctx) => {
    holdSecretsOf(env);
    return app.fetch(request, env, ctx);
  },

  async scheduled(controller, env) {
    holdSecretsOf(env);
    const { config, faults } = readSettings(env);
    if (faults.length > 0) log({ event: 'settings_invalid', syncs: config !== null, reason: describeFaults(faults) });
    if (config === null) return;
    const supabase = createSupabase(config);
    await wakeUp(
      {
        config,
        workflow: placed(env.SERVICETITAN_SYNC, config.LOCATION_HINT),
        ledger: createLedger(supabase),
        connections: createConnections(supabase),
        alerts: createAlerts(supabase),
        log,
        now: () => Date.now(),
        wait: (milliseconds) => scheduler.wait(milliseconds),
      },
      new Date(controller.scheduledTime),
    );
  },
} satisfies ExportedHandler<Env>;
