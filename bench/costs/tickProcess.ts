// The cron handler as src/index.ts composes it, in a process of its own with a Workflow binding that only counts. Time passes
// where the handler waits, and nowhere else: that is the fastest at which it can create instances. Started by largeTick.ts.
import { sendAlerts } from '../../src/alerts/sendAlerts.ts';
import type { SyncParams } from '../../src/config.ts';
import { pruneHistory } from '../../src/schedule/pruneHistory.ts';
import { resealConnections } from '../../src/schedule/resealConnections.ts';
import { tick, type TickSummary } from '../../src/schedule/tick.ts';
import { createAlerts } from '../../src/supabase/alerts.ts';
import { createSupabase } from '../../src/supabase/client.ts';
import { createConnections } from '../../src/supabase/connections.ts';
import { createLedger } from '../../src/supabase/ledger.ts';
import { configFor } from './workerConfig.ts';

export interface TickJob {
  supabaseUrl: string;
  secretKey: string;
  scheduledTime: number;
}

export interface CountedTick {
  summary: TickSummary;
  batches: number;
  largestBatch: number;
  /** Instances created within any one second. */
  mostInASecond: number;
  waitedMs: number;
  /** Of this process, while the handler ran. */
  cpuMs: number;
  /** Wall time without the waits. */
  workMs: number;
}

const SECOND_MS = 1000;

async function run({ supabaseUrl, secretKey, scheduledTime }: TickJob): Promise<CountedTick> {
  // Nobody listens there: what is looked at is what it takes to find out that there is nothing to tell.
  const alerting = { ALERT_WEBHOOK_URL: 'http://127.0.0.1:9', ALERT_WEBHOOK_FORMAT: 'slack' as const };
  const config = { ...configFor(supabaseUrl, secretKey), ...alerting };
  const supabase = createSupabase(config);
  const ledger = createLedger(supabase);
  const created: { at: number; count: number }[] = [];
  let waitedMs = 0;
  const workflow = {
    createBatch: async ({ instances }: { instances: object[] }) => {
      created.push({ at: waitedMs, count: instances.length });
      return { created: instances, errors: [] };
    },
  } as unknown as Workflow<SyncParams>;
  const log = (entry: object) => {
    if (/failed/.test(JSON.stringify(Object.values(entry)[0]))) console.error(JSON.stringify(entry));
  };
  const wait = async (milliseconds: number) => {
    waitedMs += milliseconds;
  };

  const [before, startedAt] = [process.cpuUsage(), performance.now()];
  const summary = await tick({ config, ledger, workflow, log, wait }, new Date(scheduledTime));
  await resealConnections({ config, connections: createConnections(supabase), log });
  await pruneHistory({ config, ledger, log });
  await sendAlerts({ config, alerts: createAlerts(supabase), log, now: () => Date.now() });
  const { user, system } = process.cpuUsage(before);
  return {
    summary,
    batches: created.length,
    largestBatch: Math.max(0, ...created.map(({ count }) => count)),
    mostInASecond: Math.max(0, ...created.map(({ at }) => createdFrom(at))),
    waitedMs,
    cpuMs: (user + system) / 1000,
    workMs: performance.now() - startedAt,
  };

  function createdFrom(start: number): number {
    const within = created.filter(({ at }) => at >= start && at < start + SECOND_MS);
    return within.reduce((sum, { count }) => sum + count, 0);
  }
}

process.once('message', (job: TickJob) => {
  run(job).then(
    (result) => process.send!({ result }, () => process.exit()),
    (error: Error) => process.send!({ error: error.message }, () => process.exit()),
  );
});
process.on('disconnect', () => process.exit());
