// Ticks, triggers and the runs that they start: the production code, with the calls of an execution.
import { type Config, readConfig } from '../../../src/config.ts';
import { ensureInstance } from '../../../src/schedule/instances.ts';
import { retrying } from '../../../src/schedule/retrying.ts';
import { startRun } from '../../../src/schedule/startRun.ts';
import { tick } from '../../../src/schedule/tick.ts';
import { createWriteBatch } from '../../../src/supabase/contactSync.ts';
import { createLedger, type Ledger } from '../../../src/supabase/ledger.ts';
import { syncWorkspace } from '../../../src/sync/syncWorkspace.ts';
import { createSteps } from '../../support/engine.ts';
import { CREDENTIALS_KEY, randomSecretKey } from '../../support/credentialsKey.ts';
import { Execution } from './execution.ts';
import type { Instance } from './instances.ts';
import type { Play } from './play.ts';
import type { Thread } from './thread.ts';

const SECRET_KEY = randomSecretKey();

/** A cron tick, and every instance that it leaves to be run. */
export async function tickOnce(play: Play, thread: Thread): Promise<void> {
  const scheduled = new Date(play.lastTick);
  await untilItDies(play, thread, async (execution) => {
    const context = {
      config: configOf(play, execution),
      ledger: retrying(ofThisWorkspace(createLedger(execution.supabase), play.workspaceId), {
        wait: async (milliseconds) => play.pass(milliseconds),
        timeIsUp: () => false,
      }),
      workflow: play.instances.binding,
      log: () => {},
      wait: async () => {},
    };
    // The other jobs of the tick go on, and the next tick comes.
    await tick(context, scheduled).catch(() => play.met.add('tick failed'));
  });
  await runInstances(play, thread);
}

/** As POST /trigger. */
export async function triggerOnce(play: Play, thread: Thread, mode?: 'full'): Promise<void> {
  const { workspaceId } = play;
  await untilItDies(play, thread, async (execution) => {
    const ledger = createLedger(execution.supabase);
    const { tenantId } = play.tenant.world;
    play.pass(1);
    try {
      if (mode === 'full') await ledger.wantPass(workspaceId, tenantId);
      const { outcome } = await startRun(
        play.instances.binding,
        ledger,
        { workspaceId, tenantId },
        { now: play.now, log: () => {} },
      );
      play.met.add(`trigger ${mode ?? 'without a mode'}: ${outcome}`);
    } catch {
      play.met.add('trigger failed');
    }
  });
  await runInstances(play, thread);
}

/** Runs instances that wait, successors too, until none does. */
export async function runInstances(play: Play, thread: Thread): Promise<void> {
  for (let instance = play.instances.queued(); instance; instance = play.instances.queued()) {
    await runInstance(play, thread, instance);
  }
}

async function runInstance(play: Play, thread: Thread, instance: Instance): Promise<void> {
  const { workspaceId } = play;
  if (instance.memo.size > 0) play.met.add('run replayed from its memo');
  instance.status = 'running';
  const crash = await untilItDies(
    play,
    thread,
    async (execution) => {
      const config = configOf(play, execution);
      try {
        const outcome = await syncWorkspace({
          run: { workspaceId, instanceId: instance.id },
          config,
          steps: createSteps(instance.memo, {
            onRetry: (delayMs) => play.pass(delayMs),
            onSleep: (milliseconds) => play.pass(milliseconds),
          }),
          ledger: createLedger(execution.supabase),
          writeBatch: createWriteBatch(config),
          startSuccessor: (id) => ensureInstance(play.instances.binding, id, { workspaceId }),
          now: () => play.now,
          log: () => {},
        });
        instance.status = 'complete';
        play.met.add(`run ${outcome.status}`);
      } catch (error) {
        instance.status = 'errored';
        instance.error = (error as Error).message;
        play.met.add(instance.error.startsWith('[reading_stopped]') ? 'run stopped in its reading' : 'run failed');
      }
    },
    instance.id,
  );
  if (!crash) return;
  instance.status = 'dead';
  instance.wakes = crash.wakes;
}

/** Answers the crash it died of, or null when it came to its end. */
async function untilItDies(
  play: Play,
  thread: Thread,
  work: (execution: Execution) => Promise<void>,
  instanceId?: string,
): Promise<Execution['crash']> {
  const execution = new Execution(play, thread, instanceId);
  const end = await Promise.race([work(execution), execution.died.promise]);
  execution.end();
  return end === 'died' ? execution.crash : null;
}

function configOf(play: Play, { name }: Execution): Config {
  const { chunkSize, initialChunkSize } = play.history;
  const config = readConfig({
    SERVICETITAN_SYNC: undefined as never, // the history has its own
    SUPABASE_URL: `https://${name}.supabase.test`,
    SUPABASE_SECRET_KEY: SECRET_KEY,
    CREDENTIALS_KEY,
    SERVICETITAN_AUTH_URL: `https://${name}.servicetitan.test`,
    SERVICETITAN_API_URL: `https://${name}.servicetitan.test`,
    INCREMENTAL_PAGE_SIZE: String(play.pageSize),
    INCREMENTAL_MAX_PAGES: String(play.maxPages),
    EDGE_FUNCTION_CHUNK_SIZE: String(chunkSize * play.scale),
    INITIAL_CHUNK_SIZE: String(initialChunkSize * play.scale),
    CURSOR_OVERLAP_SECONDS: String(play.overlapSeconds),
    FULL_PASS_DAYS: String(play.fullPassDays),
    BUSINESS_HOURS_START: '0',
    BUSINESS_HOURS_END: '24',
  });
  // Beyond what the setting allows, where no settled reading is to come.
  return { ...config, SETTLED_EVERY_MINUTES: play.settledEveryMinutes };
}

/** The list as it would be if the workspace were alone: other histories share the database. */
function ofThisWorkspace(ledger: Ledger, workspaceId: string): Ledger {
  return {
    ...ledger,
    async listWorkspaces() {
      // Nothing lies between this text and the workspace's id.
      const { workspaces } = await ledger.listWorkspaces(`${workspaceId.slice(0, -1)}!`, 1);
      return { workspaces: workspaces.filter((one) => one.workspace_id === workspaceId), next_after: null };
    },
  };
}
