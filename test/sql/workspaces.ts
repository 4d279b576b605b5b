// Workspaces and their runs as the tests arrange them, each test with workspaces of its own.
import { randomInt, randomUUID } from 'node:crypto';
import { admin, call, rowsOf, type Row } from '../support/database.ts';

export interface Workspace {
  workspaceId: string;
  tenantId: string;
  /** `environment/tenant`, as the database writes it. */
  source: string;
}

/** A run that holds the lease, with what `begin` answered. */
export interface Run extends Workspace {
  instanceId: string;
  fence: number;
  begun: Row;
}

export interface Answer {
  workspace_id: string;
  instance_id: string;
  outcome: string;
}

export const STARTED_AT = '2026-11-24T10:00:00+00:00';
export const OVERLAP_SECONDS = 900;

export function randomId(): string {
  return String(randomInt(2 ** 47));
}

/** Connects a workspace; the same id once more moves it to another tenant. */
export async function connect(workspaceId = `w${randomId()}`, tenantId = randomId()): Promise<Workspace> {
  await call('save_servicetitan_connection', {
    p_connection: {
      workspace_id: workspaceId,
      name: 'A workspace',
      time_zone: 'America/Denver',
      environment: 'production',
      tenant_id: tenantId,
      client_id: 'client',
      credentials_id: randomUUID(),
      client_secret_sealed: 'sealed secret',
      app_key_sealed: 'sealed key',
    },
  });
  return { workspaceId, tenantId, source: `production/${tenantId}` };
}

export function newInstanceId({ workspaceId }: Workspace): string {
  return `sync-${workspaceId}-${randomId()}`;
}

/** Claims one run; `claim` overrides or adds to what is asked. */
export async function claim(
  workspace: Workspace,
  instanceId = newInstanceId(workspace),
  trigger: 'cron' | 'manual' = 'cron',
  fields: Row = {},
): Promise<Answer> {
  const claims = [{ workspace_id: workspace.workspaceId, instance_id: instanceId, ...fields }];
  const [answer] = await call<Answer[]>('claim_servicetitan_runs', { p_trigger: trigger, p_claims: claims });
  return answer!;
}

export async function begin(workspace: Workspace, instanceId: string, startedAt = STARTED_AT): Promise<Row> {
  return call('begin_servicetitan_run', {
    p_workspace_id: workspace.workspaceId,
    p_instance_id: instanceId,
    p_started_at: startedAt,
    p_overlap_seconds: OVERLAP_SECONDS,
  });
}

/** Claims and begins a run. A new workspace's first one is an initial sync. */
export async function startRun(workspace: Workspace, startedAt = STARTED_AT, fields: Row = {}): Promise<Run> {
  const { instance_id: instanceId, outcome } = await claim(workspace, undefined, 'manual', fields);
  if (outcome !== 'claimed') throw new Error(`The run was not claimed: ${outcome}`);
  const begun = await begin(workspace, instanceId, startedAt);
  return { ...workspace, instanceId, fence: begun['fence'] as number, begun };
}

/** The parameters that name a run by its fence. */
export function fenced({ workspaceId, instanceId, fence }: Run): Row {
  return { p_workspace_id: workspaceId, p_instance_id: instanceId, p_fence: fence };
}

export async function commit(run: Run, fields: Row): Promise<void> {
  const whole = { continue_from: null, done: false, read_at: null, ...fields };
  await call('commit_servicetitan_page', { ...fenced(run), p_commit: whole });
}

/** Null ends an initial sync. */
export async function advance(run: Run, cursor: string | null): Promise<void> {
  await call('advance_servicetitan_cursor', { ...fenced(run), p_cursor: cursor });
}

export async function complete(run: Run, commit: Row | null = null): Promise<void> {
  await call('complete_servicetitan_run', { ...fenced(run), p_commit: commit, p_pages: 1, p_calls: 2 });
}

export async function fail(run: Run, code: string): Promise<void> {
  await call('fail_servicetitan_run', {
    p_workspace_id: run.workspaceId,
    p_instance_id: run.instanceId,
    p_code: code,
    p_error: 'What happened.',
    p_pages: 1,
    p_calls: 2,
  });
}

/** Hands the lease to `successorId` and answers the successor, begun. */
export async function continueIn(run: Run, checkpoint: Row | null, successorId = `${run.instanceId}-2`): Promise<Run> {
  const parameters = {
    ...fenced(run),
    p_successor_id: successorId,
    p_checkpoint: checkpoint,
    p_pages: 100,
    p_calls: 7,
  };
  await call('continue_servicetitan_run', parameters);
  const begun = await begin(run, successorId, '2026-11-24T11:30:00Z');
  return { ...run, instanceId: successorId, fence: begun['fence'] as number, begun };
}

/** Runs an initial sync without rows from start to end, so that the next run is incremental. */
export async function completeInitialSync(workspace: Workspace, startedAt = STARTED_AT): Promise<void> {
  const run = await startRun(workspace, startedAt);
  await commit(run, { feed: 'initial_contacts', continue_from: 'contacts-token', done: true });
  await advance(run, null);
  await complete(run);
}

/** A workspace whose next run is incremental. */
export async function connectSynced(): Promise<Workspace> {
  const workspace = await connect();
  await completeInitialSync(workspace);
  return workspace;
}

export async function stateOf({ workspaceId }: Workspace): Promise<Row> {
  return (await rowsOf('servicetitan_sync_state', { workspace_id: workspaceId }, 'workspace_id'))[0]!;
}

export async function ledgerOf(instanceId: string): Promise<Row> {
  return (await rowsOf('servicetitan_sync_runs', { instance_id: instanceId }, 'instance_id'))[0]!;
}

/** Moves the times of a lease into the past, as if `interval` had gone by. */
export async function letTimePass({ workspaceId }: Workspace, interval: string): Promise<void> {
  await admin`
    update public.servicetitan_sync_state
    set
      alive_until = alive_until - ${interval}::interval,
      nudged_at = nudged_at - ${interval}::interval,
      next_attempt_at = next_attempt_at - ${interval}::interval
    where workspace_id = ${workspaceId}
  `;
}

/** Lets the lease run out, a tick nudge the run, and the grace go by: the next claim takes over. */
export async function letDie(workspace: Workspace): Promise<void> {
  await letTimePass(workspace, '1 hour');
  const { outcome } = await claim(workspace);
  if (outcome !== 'stalled') throw new Error(`The run is not stalled: ${outcome}`);
  await letTimePass(workspace, '6 minutes');
}
