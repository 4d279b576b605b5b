// A workspace whose pass a test looks at, and what the database says of it.
import type { Sql } from 'postgres';
import { letPass } from './letPass.ts';
import { type RingOptions, type RingRun, runSync } from './ring.ts';
import { createWorkspace, type TestWorkspace } from './workspace.ts';

/** Older than every pass by more than an hour. */
export const LONG_AGO = '2026-01-01T00:00:00.0000000Z';

export interface Proof extends Record<string, unknown> {
  whole: boolean | null;
  why_not: { code: string; count?: number }[];
  ids: Record<string, string[]> & { fields?: Record<string, string[]> };
}

/** So many customers, synced, all of them modified long ago; the first pass has not begun. */
export async function createSynced(customers: number): Promise<TestWorkspace> {
  const workspace = await createWorkspace({ customers, switches: { callsPerSecond: null } });
  await restampAll(workspace);
  await runSync(workspace);
  return workspace;
}

/** As if nobody had changed anything since. */
export async function restampAll({ simulator }: TestWorkspace, modifiedOn = LONG_AGO): Promise<void> {
  const { customers, contacts } = await simulator<{ customers: { id: string }[]; contacts: { id: string }[] }>(
    'GET',
    '/world',
  );
  const ids = (records: { id: string }[]) => records.map(({ id }) => Number(id));
  await simulator('POST', '/restamp', { customerIds: ids(customers), contactIds: ids(contacts), modifiedOn });
}

/** All proofs of the workspace, the newest first. */
export async function proofsOf({ supabase, workspaceId }: TestWorkspace): Promise<Proof[]> {
  const { data } = await supabase
    .from('servicetitan_proofs')
    .select()
    .eq('workspace_id', workspaceId)
    .order('pass', { ascending: false });
  return data as Proof[];
}

/** Runs until the pass that is asked for has ended, and answers its proof. */
export async function compareAll(
  workspace: TestWorkspace,
  options: RingOptions = {},
): Promise<Proof & { run: RingRun }> {
  const before = await proofsOf(workspace);
  for (let runs = 0; runs < 30; runs += 1) {
    const run = await runSync(workspace, runs === 0 ? { ...options, mode: 'full' } : options);
    const [proof] = (await proofsOf(workspace)).filter(({ ended_at, pass }) => {
      return ended_at !== null && !before.some((known) => known['pass'] === pass && known['ended_at'] !== null);
    });
    if (proof) return { ...proof, run };
  }
  throw new Error('The pass did not end in 30 runs.');
}

/** As if so many minutes had gone by, for passes too. */
export async function wait(workspace: TestWorkspace, minutes: number, admin: Sql): Promise<void> {
  await letPass(workspace, minutes, admin);
  const by = `${minutes} minutes`;
  await admin`
    update public.servicetitan_proofs
    set
      began_at = began_at - ${by}::interval,
      created_at = created_at - ${by}::interval,
      ended_at = ended_at - ${by}::interval
    where workspace_id = ${workspace.workspaceId}
  `;
  await admin`
    update public.servicetitan_sync_state set initial_started_at = initial_started_at - ${by}::interval
    where workspace_id = ${workspace.workspaceId}
  `;
}
