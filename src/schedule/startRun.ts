// A run that somebody asks for: now, business hours or not.
import type { SyncParams } from '../config.ts';
import { tellError } from '../errors.ts';
import { logError } from '../log.ts';
import type { Claim, Ledger } from '../supabase/ledger.ts';
import { ensureInstance, instanceId, NOT_CREATED } from './instances.ts';
import { releaseIfGone, wakeRun } from './wakeRuns.ts';

export interface StartedRun {
  /** `claimed`: the run was started. `not_created`: the engine did not take it, the next tick tries again. */
  outcome: Claim['outcome'] | 'not_created';
  /** The run that was started, or the one that is under way; may be empty while that one is being claimed. */
  instanceId: string;
  /** Which Worker has the workspace, where it is another one. */
  deployment: string;
  /** Why the database refused the claim, where it did. */
  sqlstate: string;
}

export interface RunRequest {
  workspaceId: string;
  tenantId: string;
}

/**
 * Claims the lease and creates the instance. A run under way is woken where it shows no life, and replaced where it is gone.
 * `now` is milliseconds since 1970.
 */
export async function startRun(
  workflow: Workflow<SyncParams>,
  ledger: Ledger,
  { workspaceId, tenantId }: RunRequest,
  { now = Date.now(), log = logError }: { now?: number; log?: (entry: object) => void } = {},
): Promise<StartedRun> {
  const wish = {
    workspace_id: workspaceId,
    instance_id: instanceId(workspaceId, now),
    tenant_id: tenantId,
  };
  let [claim] = await ledger.claim('manual', [wish]);
  if (claim && (await isOutOfTheWay(workflow, ledger, claim))) [claim] = await ledger.claim('manual', [wish]);
  const { outcome = 'unknown_workspace', instance_id: id = '', deployment = '', sqlstate = '' } = claim ?? {};
  const started = { outcome, instanceId: id, deployment, sqlstate };
  if (outcome !== 'claimed') return started;

  try {
    await ensureInstance(workflow, id, { workspaceId });
  } catch (error) {
    log({ event: 'create_failed', instanceId: id, reason: tellError(error) });
    // Should this fail too, the lease runs out and a tick creates the instance.
    await ledger.fail({ workspaceId, instanceId: id }, NOT_CREATED, { pages: 0, calls: 0, steps: 0 }).catch(() => {});
    return { ...started, outcome: 'not_created' };
  }
  return started;
}

/** Whether the run that holds the lease turned out to be gone for good; a stalled one that is not is woken. */
async function isOutOfTheWay(workflow: Workflow<SyncParams>, ledger: Ledger, claim: Claim): Promise<boolean> {
  const run = { workspaceId: claim.workspace_id, instanceId: claim.instance_id };
  if (claim.outcome === 'stalled') return (await wakeRun(workflow, ledger, run)) === 'gone';
  if (claim.outcome !== 'running' || run.instanceId === '') return false;
  // An engine that can't say leaves the run under way.
  return releaseIfGone(workflow, ledger, run).catch(() => false);
}
