// The fast ring: the production run (steps, client, SQL, Edge Function) under an engine of a few lines instead of workerd.
import { type Config, readConfig } from '../../src/config.ts';
import { createSupabase } from '../../src/supabase/client.ts';
import { createWriteBatch, type WriteBatch } from '../../src/supabase/contactSync.ts';
import { createLedger } from '../../src/supabase/ledger.ts';
import { type Outcome, syncWorkspace } from '../../src/sync/syncWorkspace.ts';
import { createSteps } from './engine.ts';
import type { TestWorkspace } from './workspace.ts';

export { Crash } from './engine.ts';

export interface RingOptions {
  settings?: Record<string, string>;
  /** Everything is compared, in runs that follow one another. */
  mode?: 'full';
  trigger?: 'cron' | 'manual';
  /** Stands in front of the Edge Function call. */
  aroundWrite?: (write: WriteBatch) => WriteBatch;
  /** Called before each step's callback; throwing ends the run there, as a crash would. */
  beforeStep?: (name: string) => void | Promise<void>;
  /** Called with every wait between two tries of a step and every sleep, in milliseconds; neither takes any time here. */
  onWait?: (milliseconds: number, said?: string) => void | Promise<void>;
  /** The ledger is called by the settings' address and key, and not by the test's own. */
  ledgerBySettings?: boolean;
  /** Called at the end of each instance with the results of its steps, as the engine keeps them. */
  onInstanceEnd?: (instanceId: string, results: ReadonlyMap<string, unknown>) => void;
  now?: () => number;
  log?: (entry: object) => void;
}

export interface RingRun {
  instanceId: string;
  outcome: Outcome | Error;
  /** Names of the steps in order, of every instance of the chain. */
  steps: string[];
  /** Milliseconds slept on ServiceTitan's word. */
  slept: number[];
  writes: number;
}

let lastEpochMs = Date.now();

/** Claims the workspace as a tick would and runs it to its end, successors included. */
export async function runSync(workspace: TestWorkspace, options: RingOptions = {}): Promise<RingRun> {
  const config = ringConfig(workspace, options.settings);
  const ledger = createLedger(workspace.supabase);
  lastEpochMs = Math.max(lastEpochMs + 1, Date.now());
  const instanceId = `sync-${workspace.workspaceId}-${lastEpochMs}`;
  if (options.mode === 'full') await ledger.wantPass(workspace.workspaceId, workspace.tenantId);
  const [claim] = await ledger.claim(options.trigger ?? 'manual', [
    { workspace_id: workspace.workspaceId, instance_id: instanceId },
  ]);
  if (claim?.outcome !== 'claimed') throw new Error(`The run was not claimed: ${claim?.outcome}`);
  return runInstance(workspace, instanceId, options, config);
}

/** Runs an instance that has been claimed, with the memo of finished steps where it is resumed. */
export async function runInstance(
  workspace: TestWorkspace,
  instanceId: string,
  options: RingOptions = {},
  config: Config = ringConfig(workspace, options.settings),
  memo: Map<string, unknown> = new Map(),
): Promise<RingRun> {
  const result: RingRun = { instanceId, outcome: new Error('not run'), steps: [], slept: [], writes: 0 };
  const writeBatch = createWriteBatch(config, options.log);
  const counted: WriteBatch = (batch, signal) => {
    result.writes += 1;
    return (options.aroundWrite?.(writeBatch) ?? writeBatch)(batch, signal);
  };
  const supabase = options.ledgerBySettings ? createSupabase(config) : workspace.supabase;
  let successor: string | null = null;
  try {
    result.outcome = await syncWorkspace({
      run: { workspaceId: workspace.workspaceId, instanceId },
      config,
      steps: createSteps(memo, {
        onStep: (name) => void result.steps.push(name),
        beforeStep: options.beforeStep,
        onRetry: options.onWait,
        onSleep: async (milliseconds) => {
          result.slept.push(milliseconds);
          await options.onWait?.(milliseconds);
        },
      }),
      ledger: createLedger(supabase),
      writeBatch: counted,
      startSuccessor: async (id) => {
        successor = id;
      },
      now: options.now ?? (() => Date.now()),
      log: options.log ?? (() => {}),
    });
  } catch (error) {
    result.outcome = error as Error;
  }
  options.onInstanceEnd?.(instanceId, memo);
  if (successor === null) return result;
  const next = await runInstance(workspace, successor, options, config);
  return {
    ...next,
    steps: [...result.steps, ...next.steps],
    slept: [...result.slept, ...next.slept],
    writes: result.writes + next.writes,
  };
}

function ringConfig({ stack }: TestWorkspace, settings: Record<string, string> = {}): Config {
  return readConfig({
    SERVICETITAN_SYNC: undefined as never, // the ring starts instances itself
    SUPABASE_URL: stack.supabaseUrl,
    SUPABASE_SECRET_KEY: stack.secretKey,
    CREDENTIALS_KEY: stack.credentialsKey,
    SERVICETITAN_AUTH_URL: stack.serviceTitanUrl,
    SERVICETITAN_API_URL: stack.serviceTitanUrl,
    // It would read everything in the second run of each workspace; tests of it ask for it.
    FULL_PASS_DAYS: '0',
    ...settings,
  });
}
