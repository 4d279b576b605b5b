// Runs that show no life. After an outage these are the runs of every workspace at once, so the engine is asked about several at a
// time, and those that are gone are ended in one call.
import pMap from 'p-map';
import { tellError } from '../errors.ts';
import type { Ledger, RunId } from '../supabase/ledger.ts';
import { goneFailure } from './goneInstance.ts';
import { ensureInstance, findInstance, type SyncWorkflow } from './instances.ts';
import { soon } from './soon.ts';

/** With a call or two of the other jobs they stay within the six connections of an invocation. */
const CONCURRENCY = 4;

export interface Woken {
  run: RunId;
  /** `gone`: it was ended in the ledger, and another may start at once. */
  found: 'queued' | 'woken' | 'created' | 'gone' | 'failed';
  /** Why it could not be looked after. */
  reason?: string;
}

/**
 * Wakes them: an event re-enters a stalled instance and harms no live one. The lease of one that the engine has not come to yet
 * is kept, for there it can show no life. One that was claimed and never created is created; one whose instance is gone for good
 * is ended. Answers in the same order; one run's fault is that run's.
 */
export async function wakeRuns(
  workflow: SyncWorkflow,
  ledger: Ledger,
  runs: readonly RunId[],
  timeIsUp = () => false,
): Promise<Woken[]> {
  const seen = await pMap(runs, async (run) => (timeIsUp() ? outOfTime(run) : look(workflow, run)), {
    concurrency: CONCURRENCY,
  });
  const ended = await endGone(
    ledger,
    seen.filter((one): one is Seen => 'engine' in one),
  );
  return pMap(
    seen,
    async (one) => {
      if ('found' in one) return one;
      const { run } = one;
      if (ended instanceof Error) return failed(run, ended);
      if (ended.has(run.instanceId)) return { run, found: 'gone' as const };
      if (timeIsUp()) return outOfTime(run);
      return wake(workflow, ledger, one).catch((error: unknown) => failed(run, error));
    },
    { concurrency: CONCURRENCY },
  );
}

/** Wakes one; rejects when that fails. */
export async function wakeRun(workflow: SyncWorkflow, ledger: Ledger, run: RunId): Promise<Woken['found']> {
  const one = await ask(workflow, run);
  return (await ledger.endGone(goneOf([one]))).includes(run.instanceId)
    ? 'gone'
    : (await wake(workflow, ledger, one)).found;
}

/** Ends a run whose instance is gone for good, within its lease too; answers whether it was. */
export async function releaseIfGone(workflow: SyncWorkflow, ledger: Ledger, run: RunId): Promise<boolean> {
  return (await ledger.endGone(goneOf([await ask(workflow, run)]))).includes(run.instanceId);
}

type Instance = NonNullable<Awaited<ReturnType<typeof findInstance>>>;

interface Seen {
  run: RunId;
  instance: Instance | null;
  engine: Awaited<ReturnType<Instance['status']>> | null;
}

async function ask(workflow: SyncWorkflow, run: RunId): Promise<Seen> {
  const instance = await findInstance(workflow, run.instanceId);
  return { run, instance, engine: instance && (await soon(instance.status())) };
}

function look(workflow: SyncWorkflow, run: RunId): Promise<Seen | Woken> {
  return ask(workflow, run).catch((error: unknown) => failed(run, error));
}

function outOfTime(run: RunId): Woken {
  return { run, found: 'failed', reason: 'the time of the tick was over: the next one goes on' };
}

function failed(run: RunId, error: unknown): Woken {
  return { run, found: 'failed', reason: tellError(error) };
}

/** Asked after the engine, so that what a run wrote before its instance ended is seen. */
async function endGone(ledger: Ledger, seen: Seen[]): Promise<Set<string> | Error> {
  const gone = goneOf(seen);
  if (gone.length === 0) return new Set();
  try {
    return new Set(await ledger.endGone(gone));
  } catch (error) {
    return error as Error;
  }
}

function goneOf(seen: Seen[]) {
  return seen.flatMap(({ run, engine }) => {
    const failure = goneFailure(engine, 'running');
    // Claimed and not created yet: it will be.
    return failure === null ? [] : [{ run, failure, unlessQueued: engine === null }];
  });
}

async function wake(workflow: SyncWorkflow, ledger: Ledger, { run, instance, engine }: Seen): Promise<Woken> {
  if (!instance || !engine) {
    await ensureInstance(workflow, run.instanceId, { workspaceId: run.workspaceId });
    return { run, found: 'created' };
  }
  // A paused one was paused by somebody: it is left alone, and taken over like any other that stays silent.
  if (['queued', 'running', 'waiting', 'unknown'].includes(engine.status))
    await soon(instance.sendEvent({ type: 'nudge', payload: null }));
  if (engine.status !== 'queued') return { run, found: 'woken' };
  await ledger.keepQueued(run);
  return { run, found: 'queued' };
}
