// Creating and finding Workflow instances. An id that exists is success everywhere: it is built from the scheduled time.
import type { Config, SyncParams } from '../config.ts';
import { tellError } from '../errors.ts';
import { soon } from './soon.ts';

export type SyncWorkflow = Workflow<SyncParams>;

/** The instance of one workspace for one tick; a repeated tick builds the same (R14). */
export function instanceId(workspaceId: string, epochMs: number): string {
  return `sync-${workspaceId}-${epochMs}`;
}

type Instance = { id: string; params: SyncParams };

/** The same Workflow, whose new instances are placed as near to that region as Cloudflare can; without one near whoever creates them. */
export function placed(workflow: SyncWorkflow, hint: Config['LOCATION_HINT']): SyncWorkflow {
  if (hint === undefined) return workflow;
  return {
    get: (id: string) => workflow.get(id),
    create: (options: Instance) => workflow.create({ ...options, locationHint: hint }),
    createBatch: ({ instances }: { instances: Instance[] }) =>
      workflow.createBatch({ instances: instances.map((options) => ({ ...options, locationHint: hint })) }),
  } as SyncWorkflow;
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
    await soon(workflow.create({ id, params }));
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
    const { errors } = await soon(workflow.createBatch({ instances }));
    return errors
      .filter((error) => !alreadyExists(error))
      .map((error) => ({ id: error.id ?? instances[error.index]!.id, reason: `code ${Number(error.code)}` }));
  } catch (error) {
    return instances.map(({ id }) => ({ id, reason: tellError(error) }));
  }
}

/** Null when the engine has no such instance; rejects when it can't say. */
export async function findInstance(workflow: SyncWorkflow, id: string) {
  try {
    return await soon(workflow.get(id));
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
