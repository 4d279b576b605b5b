// Creating and waking Workflow instances. An id that exists is success everywhere: it is built from the scheduled time.
import type { SyncParams } from '../config.ts';

type SyncWorkflow = Workflow<SyncParams>;

/** The instance of one workspace for one tick; a repeated tick builds the same (R14). */
export function instanceId(workspaceId: string, epochMs: number): string {
  return `sync-${workspaceId}-${epochMs}`;
}

/** Creates the instance unless it exists. */
export async function ensureInstance(workflow: SyncWorkflow, id: string, params: SyncParams): Promise<void> {
  try {
    await workflow.create({ id, params });
  } catch (error) {
    if (!alreadyExists(error)) throw error;
  }
}

/** The platform takes 100 instances a call and creates 100 a second. */
const BATCH_SIZE = 100;
const BATCH_INTERVAL_MS = 1000;

/** Creates many; answers those that could not be created, with the engine's reason. `wait` takes milliseconds. */
export async function ensureInstances(
  workflow: SyncWorkflow,
  instances: { id: string; params: SyncParams }[],
  wait: (milliseconds: number) => Promise<unknown>,
): Promise<{ id: string; reason: string }[]> {
  const failed: { id: string; reason: string }[] = [];
  for (let at = 0; at < instances.length; at += BATCH_SIZE) {
    if (at > 0) await wait(BATCH_INTERVAL_MS);
    const batch = instances.slice(at, at + BATCH_SIZE);
    try {
      const { errors } = await workflow.createBatch({ instances: batch });
      for (const error of errors) {
        if (!alreadyExists(error)) failed.push({ id: error.id ?? batch[error.index]!.id, reason: error.message });
      }
    } catch (error) {
      failed.push(...batch.map(({ id }) => ({ id, reason: String(error) })));
    }
  }
  return failed;
}

/**
 * Wakes a run that shows no life: an event re-enters a stalled instance and harms no live one. One that was claimed and
 * never created is created; one that has ended for good is left to be taken over.
 */
export async function wakeInstance(workflow: SyncWorkflow, id: string, params: SyncParams): Promise<void> {
  const instance = await workflow.get(id).catch(() => null);
  if (!instance) return ensureInstance(workflow, id, params);
  const { status } = await instance.status();
  if (['queued', 'running', 'waiting', 'unknown'].includes(status))
    await instance.sendEvent({ type: 'nudge', payload: null });
}

function alreadyExists(error: unknown): boolean {
  const text = error instanceof Error ? error.message : JSON.stringify(error);
  return /already[_ ]exists/i.test(text);
}
