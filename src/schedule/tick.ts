// A cron tick: starts the due workspaces, wakes the stalled ones. It is a wake-up, not a promise: late, repeated and
// missed ones change nothing but freshness (R14).
import type { Config, SyncParams } from '../config.ts';
import type { Claim, Ledger, Workspace } from '../supabase/ledger.ts';
import { isBusinessTime } from './businessHours.ts';
import { ensureInstances, instanceId, wakeInstance } from './instances.ts';

/** The Data API would cut a longer list without saying so. */
const WORKSPACES_PER_PAGE = 500;

export interface TickContext {
  config: Config;
  ledger: Ledger;
  workflow: Workflow<SyncParams>;
  log: (entry: object) => void;
  /** Paces the creation of instances; milliseconds. */
  wait: (milliseconds: number) => Promise<unknown>;
}

/** What a tick did, in numbers, for the log. */
export interface TickSummary {
  workspaces: number;
  started: number;
  woken: number;
  failed: number;
}

/** Goes through all workspaces; one workspace's fault is logged and stops no other's run. */
export async function tick(context: TickContext, scheduledTime: Date): Promise<TickSummary> {
  const summary: TickSummary = { workspaces: 0, started: 0, woken: 0, failed: 0 };
  let after: string | null = null;
  do {
    const page = await context.ledger.listWorkspaces(after, WORKSPACES_PER_PAGE);
    summary.workspaces += page.workspaces.length;
    const due = page.workspaces.filter((workspace) => isDue(context, workspace, scheduledTime));
    if (due.length > 0) await start(context, due, scheduledTime, summary);
    after = page.next_after;
  } while (after !== null);
  context.log({ event: 'tick', scheduledTime: scheduledTime.toISOString(), ...summary });
  return summary;
}

/** A stalled run is due at any hour: healing does not wait for the morning. */
function isDue({ config, log }: TickContext, workspace: Workspace, scheduledTime: Date): boolean {
  if (workspace.stalled) return true;
  if (workspace.running || workspace.backing_off) return false;
  try {
    return isBusinessTime(scheduledTime, workspace.time_zone, config.BUSINESS_HOURS_START, config.BUSINESS_HOURS_END);
  } catch {
    log({
      event: 'unknown_time_zone',
      workspaceId: workspace.workspace_id,
      timeZone: workspace.time_zone,
      advice: 'set an IANA name in workspaces.time_zone',
    });
    return true; // a wrong name must not stop the sync
  }
}

async function start(context: TickContext, due: Workspace[], scheduledTime: Date, summary: TickSummary): Promise<void> {
  const claims = await context.ledger.claim(
    'cron',
    due.map(({ workspace_id }) => ({ workspace_id, instance_id: instanceId(workspace_id, scheduledTime.getTime()) })),
  );
  const toCreate = claims.filter(({ outcome }) => outcome === 'claimed' || outcome === 'claimed_before');
  const failed = await ensureInstances(
    context.workflow,
    toCreate.map((claim) => ({ id: claim.instance_id, params: { workspaceId: claim.workspace_id } })),
    context.wait,
  );
  // Their leases run out and a later tick creates them.
  for (const { id, reason } of failed) context.log({ event: 'create_failed', instanceId: id, reason });
  summary.started += toCreate.length - failed.length;
  summary.failed += failed.length;
  for (const claim of claims.filter(({ outcome }) => outcome === 'stalled')) await wake(context, claim, summary);
}

async function wake({ workflow, log }: TickContext, claim: Claim, summary: TickSummary): Promise<void> {
  try {
    await wakeInstance(workflow, claim.instance_id, { workspaceId: claim.workspace_id });
    summary.woken += 1;
    log({ event: 'stalled_run_woken', workspaceId: claim.workspace_id, instanceId: claim.instance_id });
  } catch (error) {
    summary.failed += 1;
    log({
      event: 'wake_failed',
      workspaceId: claim.workspace_id,
      instanceId: claim.instance_id,
      reason: String(error),
    });
  }
}
