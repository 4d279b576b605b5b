// A cron tick: starts the due workspaces, wakes the stalled ones. It is a wake-up, not a promise: late, repeated and
// missed ones change nothing but freshness (R14).
import type { Config, SyncParams } from '../config.ts';
import { tellError } from '../errors.ts';
import type { Claim, Ledger, Workspace } from '../supabase/ledger.ts';
import { isBusinessTime } from './businessHours.ts';
import { ensureInstances, instanceId, NOT_CREATED } from './instances.ts';
import { wakeRuns } from './wakeRuns.ts';

/** The Data API would cut a longer list without saying so. */
const WORKSPACES_PER_PAGE = 500;

export interface TickContext {
  config: Config;
  ledger: Ledger;
  workflow: Workflow<SyncParams>;
  log: (entry: object) => void;
  /** Paces the creation of instances; milliseconds. */
  wait: (milliseconds: number) => Promise<unknown>;
  /** What is not begun by now is left to the next tick. */
  timeIsUp?: () => boolean;
}

/** What a tick did, in numbers, for the log. */
export interface TickSummary {
  workspaces: number;
  started: number;
  woken: number;
  failed: number;
  /** What it did not come to is left to the next tick. */
  outOfTime: boolean;
}

/** The platform takes 100 instances a call and creates 100 a second. */
const BATCH_SIZE = 100;
const BATCH_INTERVAL_MS = 1000;

/**
 * Goes through all workspaces. A fault, be it of one workspace or of one call to the ledger, is logged and keeps no other
 * workspace waiting; rejects only when the list itself can't be read.
 */
export async function tick(context: TickContext, scheduledTime: Date): Promise<TickSummary> {
  const summary: TickSummary = { workspaces: 0, started: 0, woken: 0, failed: 0, outOfTime: false };
  const { timeIsUp = () => false } = context;
  let after: string | null = null;
  do {
    const page = await context.ledger.listWorkspaces(after, WORKSPACES_PER_PAGE);
    summary.workspaces += page.workspaces.length;
    const due = page.workspaces.filter((workspace) => isDue(context, workspace, scheduledTime));
    for (let at = 0; at < due.length; at += BATCH_SIZE) {
      summary.outOfTime ||= timeIsUp();
      if (summary.outOfTime) break;
      if (summary.started + summary.failed > 0) await context.wait(BATCH_INTERVAL_MS);
      await start(context, due.slice(at, at + BATCH_SIZE), scheduledTime, summary);
    }
    after = page.next_after;
  } while (after !== null && !summary.outOfTime);
  context.log({ event: 'tick', scheduledTime: scheduledTime.toISOString(), ...summary });
  return summary;
}

/** A stalled run is due at any hour: healing does not wait for the morning. */
function isDue({ config, log }: TickContext, workspace: Workspace, scheduledTime: Date): boolean {
  if (workspace.stalled) return true;
  if (!workspace.enabled || workspace.running || workspace.backing_off) return false;
  try {
    if (workspace.time_zone !== null && !workspace.time_zone_known) throw new RangeError('Postgres does not know it.');
    return isBusinessTime(scheduledTime, workspace.time_zone, config.BUSINESS_HOURS_START, config.BUSINESS_HOURS_END);
  } catch {
    log({
      event: 'unknown_time_zone',
      workspaceId: workspace.workspace_id,
      timeZone: /^[\w/+-]{1,64}$/.test(workspace.time_zone ?? '') ? workspace.time_zone : 'of another form',
      advice: 'set an IANA name in workspaces.time_zone',
    });
    return true; // a wrong name must not stop the sync
  }
}

/** Claims the leases of at most 100 workspaces in one call, then creates their instances in another. */
async function start(context: TickContext, due: Workspace[], scheduledTime: Date, summary: TickSummary): Promise<void> {
  const { ledger, log } = context;
  let claims: Claim[];
  try {
    claims = await ledger.claim(
      'cron',
      due.map(({ workspace_id }) => ({ workspace_id, instance_id: instanceId(workspace_id, scheduledTime.getTime()) })),
    );
  } catch (error) {
    summary.failed += due.length;
    log({ event: 'claim_failed', workspaces: due.length, reason: tellError(error) });
    return;
  }
  for (const { workspace_id: workspaceId, outcome, deployment, sqlstate } of claims) {
    if (outcome === 'elsewhere') log({ event: 'other_deployment', workspaceId, deployment });
    if (outcome !== 'claim_failed') continue;
    summary.failed += 1;
    log({ event: 'claim_failed', workspaceId, workspaces: 1, reason: `code ${sqlstate}` });
  }
  const claimed = claims.filter(({ outcome }) => outcome === 'claimed' || outcome === 'claimed_before');
  const failed = await create(context, claimed);
  summary.started += claimed.length - failed;
  summary.failed += failed;
  const stalled = claims.filter(({ outcome }) => outcome === 'stalled');
  const freed = await wake(context, stalled, summary);
  // Their leases are free now, so a second claim can't find them stalled again.
  if (freed.size > 0) {
    const again = due.filter(({ workspace_id }) => freed.has(workspace_id));
    await start(context, again, scheduledTime, summary);
  }
}

/** Creates the instances, those that are not taken once more after a pause; gives up the leases of the rest. */
async function create({ workflow, ledger, log, wait }: TickContext, claims: Claim[]): Promise<number> {
  if (claims.length === 0) return 0;
  const instances = claims.map((claim) => ({ id: claim.instance_id, params: { workspaceId: claim.workspace_id } }));
  let failed = await ensureInstances(workflow, instances);
  if (failed.length > 0) {
    await wait(BATCH_INTERVAL_MS);
    const again = new Set(failed.map(({ id }) => id));
    failed = await ensureInstances(
      workflow,
      instances.filter(({ id }) => again.has(id)),
    );
  }
  for (const { id, reason } of failed) {
    log({ event: 'create_failed', instanceId: id, reason });
    const { workspace_id: workspaceId, outcome } = claims.find((claim) => claim.instance_id === id)!;
    // Another tick claimed it, and may have created it since.
    if (outcome === 'claimed_before') continue;
    // Should this fail too, the lease runs out and a later tick creates the instance.
    await ledger
      .fail({ workspaceId, instanceId: id }, NOT_CREATED, { pages: 0, calls: 0, steps: 0 })
      .catch((error: unknown) => log({ event: 'release_failed', instanceId: id, reason: tellError(error) }));
  }
  return failed.length;
}

/** Answers the workspaces whose runs were ended, because their instances are gone for good. */
async function wake(
  { workflow, ledger, log, timeIsUp }: TickContext,
  claims: Claim[],
  summary: TickSummary,
): Promise<Set<string>> {
  const runs = claims.map((claim) => ({ workspaceId: claim.workspace_id, instanceId: claim.instance_id }));
  const freed = new Set<string>();
  for (const { run, found, reason } of await wakeRuns(workflow, ledger, runs, timeIsUp)) {
    if (found === 'failed') {
      summary.failed += 1;
      log({ event: 'wake_failed', ...run, reason });
      continue;
    }
    if (found === 'gone') freed.add(run.workspaceId);
    else summary.woken += 1;
    log({ event: found === 'gone' ? 'gone_run_ended' : 'stalled_run_woken', ...run, found });
  }
  summary.outOfTime ||= timeIsUp?.() ?? false;
  return freed;
}
