// What a tick does: four jobs, none of which waits for another's success. Whoever has to be told is told first, for the tick of
// ten thousand workspaces takes minutes, and the platform ends one that takes too long.
import { sendAlerts } from '../alerts/sendAlerts.ts';
import type { Config, SyncParams } from '../config.ts';
import { tellError } from '../errors.ts';
import type { Alerts } from '../supabase/alerts.ts';
import type { Connections } from '../supabase/connections.ts';
import type { Ledger } from '../supabase/ledger.ts';
import type { Ticks } from '../supabase/ticks.ts';
import { pruneHistory } from './pruneHistory.ts';
import { resealConnections } from './resealConnections.ts';
import { retrying } from './retrying.ts';
import { tick } from './tick.ts';

/** Of the fifteen that the platform gives a cron handler, and less than lies between two ticks. */
const BUDGET_MS = 10 * 60_000;

export interface WakeUpContext {
  config: Config;
  workflow: Workflow<SyncParams>;
  ledger: Ledger;
  connections: Connections;
  alerts: Alerts;
  ticks: Ticks;
  /** A call does the work of a tick that did not come. */
  isCatchUp: boolean;
  log: (entry: object) => void;
  /** Milliseconds since 1970. */
  now: () => number;
  wait: (milliseconds: number) => Promise<unknown>;
}

/** Does all four jobs, or as much of them as ten minutes allow; answers whether all were done. Never rejects. */
export async function wakeUp(context: WakeUpContext, scheduledTime: Date): Promise<boolean> {
  const { log, now, wait } = context;
  const endAt = now() + BUDGET_MS;
  const timeIsUp = () => now() >= endAt;
  const patience = { wait, timeIsUp };
  const ledger = retrying(context.ledger, patience);
  const connections = retrying(context.connections, patience);
  const alerts = retrying(context.alerts, patience);

  const noted = retrying(context.ticks, patience)
    .note(context.isCatchUp)
    .then(
      () => true,
      (error: unknown) => {
        log({ event: 'tick_not_noted', reason: tellError(error) });
        return false;
      },
    );
  const told = sendAlerts({ ...context, alerts });
  const started = tick({ ...context, ledger, timeIsUp }, scheduledTime).then(
    // One workspace's own fault is told by its alert; here it counts where nothing could be started.
    ({ failed, outOfTime, started, woken }) => !outOfTime && (failed === 0 || started + woken > 0),
    (error: unknown) => {
      log({ event: 'tick_failed', reason: tellError(error), advice: 'no run was started; the next tick starts them' });
      return false;
    },
  );
  // The last two can wait for a tick that has less to do.
  const kept = started.then(async () => {
    const jobs = [
      () => resealConnections({ ...context, connections, timeIsUp }),
      () => pruneHistory({ ...context, ledger }),
    ];
    let all = true;
    for (const job of jobs) all = !timeIsUp() && (await job()) && all;
    return all;
  });
  return (await Promise.all([noted, told, started, kept])).every(Boolean);
}
