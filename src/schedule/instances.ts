// Creating and waking Workflow instances. An id that exists is success everywhere: it is built from the scheduled time.
import type { SyncParams } from '../config.ts';
import type { Ledger, RunId } from '../supabase/ledger.ts';

type SyncWorkflow = Workflow<SyncParams>;

/** The instance of one workspace for one tick; a repeated tick builds the same (R14). */
export function instanceId(workspaceId: string, epochMs: number): string {
  return `sync-${workspaceId}-${epochMs}`;
}

/** What the ledger is told of a run whose instance the engine did not take. */
export const NOT_CREATED = {
  code: 'not_created',
  message: 'The Workflow engine did not take the new run; the next tick tries again.',
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
      .map((error) => ({ id: error.id ?? instances[error.index]!.id, reason: error.message }));
  } catch (error) {
    return instances.map(({ id }) => ({ id, reason: String(error) }));
  }
}

/**
 * Wakes a run that shows no life: an event re-enters a stalled instance and harms no live one. One that was claimed and
 * never created is created; one that has ended for good is left to be taken over. Answers whether it waits in the engine's
 * queue, where it can show no life.
 */
export async function wakeInstance(
  workflow: SyncWorkflow,
  id: string,
  params: SyncParams,
): Promise<'queued' | 'woken'> {
  const instance = await workflow.get(id).catch(() => null);
  if (!instance) {
    await ensureInstance(workflow, id, params);
    return 'woken';
  }
  const { status } = await instance.status();
  if (['queued', 'running', 'waiting', 'unknown'].includes(status))
    await instance.sendEvent({ type: 'nudge', payload: null });
  return status === 'queued' ? 'queued' : 'woken';
}

/** Wakes the run and keeps the lease of one that the engine has not come to yet. */
export async function wakeRun(workflow: SyncWorkflow, ledger: Ledger, run: RunId): Promise<'queued' | 'woken'> {
  const found = await wakeInstance(workflow, run.instanceId, { workspaceId: run.workspaceId });
  if (found === 'queued') await ledger.keepQueued(run);
  return found;
}

/** The code of createBatch's errors for an id that is taken; `create` says it in words alone. */
const ALREADY_EXISTS = 10405;

function alreadyExists(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const { code, message } = error as { code?: unknown; message?: unknown };
  return code === ALREADY_EXISTS || /already[_ ]exists/i.test(String(message));
}
