// Creating and waking Workflow instances. An id that exists is success everywhere: it is built from the scheduled time.
import type { SyncParams } from '../config.ts';
import { SupersededError, tellError } from '../errors.ts';
import type { Ledger, RunId } from '../supabase/ledger.ts';
import { type EngineStatus, goneFailure } from './goneInstance.ts';

type SyncWorkflow = Workflow<SyncParams>;

/** The instance of one workspace for one tick; a repeated tick builds the same (R14). */
export function instanceId(workspaceId: string, epochMs: number): string {
  return `sync-${workspaceId}-${epochMs}`;
}

/** What the ledger is told of a run whose instance the engine did not take. */
export const NOT_CREATED = {
  code: 'not_created',
  message:
    "The Workflow engine did not take the new run: the next tick tries again; if it lasts, see Cloudflare's status.",
};

/** Creates the instance unless it exists. */
export async function ensureInstance(workflow: SyncWorkflow, id: string, params: SyncParams): Promise<void> {
  try {
    await workflow.create({ id, params });
  } catch (error) {
    if (!alreadyExists(error)) throw error;
  }
}

/**
 * Creates at most 100; answers those that could not be created, with the engine's reason. Repeating it is harmless.
 */
export async function ensureInstances(
  workflow: SyncWorkflow,
  instances: { id: string; params: SyncParams }[],
): Promise<{ id: string; reason: string }[]> {
  try {
    const { errors } = await workflow.createBatch({ instances });
    return errors
      .filter((error) => !alreadyExists(error))
      .map((error) => ({ id: error.id ?? instances[error.index]!.id, reason: `code ${Number(error.code)}` }));
  } catch (error) {
    return instances.map(({ id }) => ({ id, reason: tellError(error) }));
  }
}

/**
 * Wakes a run that shows no life: an event re-enters a stalled instance and harms no live one. The lease of one that the
 * engine has not come to yet is kept, for there it can show no life. One that was claimed and never created is created; one
 * whose instance is gone for good is ended in the ledger, so that another may start at once.
 */
export async function wakeRun(
  workflow: SyncWorkflow,
  ledger: Ledger,
  run: RunId,
): Promise<'queued' | 'woken' | 'created' | 'gone'> {
  const instance = await findInstance(workflow, run.instanceId);
  const engine = instance && (await instance.status());
  if (await endIfGone(ledger, run, engine)) return 'gone';
  if (!instance || !engine) {
    await ensureInstance(workflow, run.instanceId, { workspaceId: run.workspaceId });
    return 'created';
  }
  // A paused one was paused by somebody: it is left alone, and taken over like any other that stays silent.
  if (['queued', 'running', 'waiting', 'unknown'].includes(engine.status))
    await instance.sendEvent({ type: 'nudge', payload: null });
  if (engine.status !== 'queued') return 'woken';
  await ledger.keepQueued(run);
  return 'queued';
}

/** Ends a run whose instance is gone for good, within its lease too; answers whether it was. */
export async function releaseIfGone(workflow: SyncWorkflow, ledger: Ledger, run: RunId): Promise<boolean> {
  const instance = await findInstance(workflow, run.instanceId);
  return endIfGone(ledger, run, instance && (await instance.status()));
}

async function endIfGone(ledger: Ledger, run: RunId, engine: EngineStatus | null): Promise<boolean> {
  // Asked after the engine, so that what the run wrote before its instance ended is seen.
  const row = await ledger.readRun(run.instanceId);
  const failure = row && goneFailure(engine, row.status);
  if (!failure) return false;
  try {
    await ledger.fail(run, failure, { pages: row.pages, calls: row.service_titan_calls, steps: row.steps });
    return true;
  } catch (error) {
    if (error instanceof SupersededError) return false; // it has just ended by itself
    throw error;
  }
}

/** Null when the engine has no such instance; rejects when it can't say. */
async function findInstance(workflow: SyncWorkflow, id: string) {
  try {
    return await workflow.get(id);
  } catch (error) {
    if (/not[_ .]found/i.test(String(error))) return null;
    throw error;
  }
}

/** The code of createBatch's errors for an id that is taken; `create` says it in words alone. */
const ALREADY_EXISTS = 10405;

function alreadyExists(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const { code, message } = error as { code?: unknown; message?: unknown };
  return code === ALREADY_EXISTS || /already[_ ]exists/i.test(String(message));
}
