// A tick of this Worker, whoever gives it: the cron, or a call that finds none has come.
import { sendHeartbeat } from '../alerts/heartbeat.ts';
import type { Config } from '../config.ts';
import { log } from '../log.ts';
import { createAlerts } from '../supabase/alerts.ts';
import { createSupabase } from '../supabase/client.ts';
import { createConnections } from '../supabase/connections.ts';
import { createLedger } from '../supabase/ledger.ts';
import { createTicks } from '../supabase/ticks.ts';
import { placed } from './instances.ts';
import { wakeUp } from './wakeUp.ts';

/** Does a tick's work; the heartbeat is the cron's alone, for it is to tell when that stays away. Never rejects. */
export async function wakeUpBy(env: Env, config: Config, scheduledTime: Date, isCatchUp: boolean): Promise<void> {
  const supabase = createSupabase(config);
  const isDone = await wakeUp(
    {
      config,
      workflow: placed(env.SERVICETITAN_SYNC, config.LOCATION_HINT),
      ledger: createLedger(supabase, config.DEPLOYMENT),
      connections: createConnections(supabase),
      alerts: createAlerts(supabase),
      ticks: createTicks(supabase, config.DEPLOYMENT),
      isCatchUp,
      log,
      now: () => Date.now(),
      wait: (milliseconds) => scheduler.wait(milliseconds),
    },
    scheduledTime,
  );
  if (!isCatchUp) await sendHeartbeat(config, isDone, log);
}
