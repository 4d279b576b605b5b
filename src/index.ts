// The Worker: HTTP, the cron tick, and the Workflow class that wrangler.toml binds.
import { sendHeartbeat } from './alerts/heartbeat.ts';
import { describeFaults, readSettings } from './config.ts';
import { app } from './http/app.ts';
import { log } from './log.ts';
import { wakeUpBy } from './schedule/wakeUpBy.ts';
import { holdSecretsOf } from './secrets.ts';

export { ServiceTitanSync } from './serviceTitanSync.ts';

export default {
  fetch: (request, env, ctx) => {
    holdSecretsOf(env);
    return app.fetch(request, env, ctx);
  },

  async scheduled(controller, env) {
    holdSecretsOf(env);
    const { config, faults, heartbeat } = readSettings(env);
    if (faults.length > 0) log({ event: 'settings_invalid', syncs: config !== null, reason: describeFaults(faults) });
    if (config === null) return sendHeartbeat(heartbeat, false, log);
    await wakeUpBy(env, config, new Date(controller.scheduledTime), false);
  },
} satisfies ExportedHandler<Env>;
