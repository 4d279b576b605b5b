// A pass as a run drives it, one call each.
import { admin, call, rowsOf, type Row } from '../support/database.ts';
import { sync, type Batch, type Written } from './batches.ts';
import { complete, connectSynced, fenced, type Run, startRun, type Workspace } from './workspaces.ts';

export interface Pass {
  pass: number;
  stage: string;
  continue_from: string | null;
  page: number;
  asked: boolean;
  to_ask: string[];
  canary: string | null;
}

/** A run of a synced workspace whose contacts are written by `rows`, and the first pass of it, begun. */
export async function beginFirst(...rows: Batch[]): Promise<{ run: Run; pass: Pass }> {
  const run = await startRun(await connectSynced());
  for (const batch of rows) await sync(run, batch);
  return { run, pass: (await beginPass(run))! };
}

export function beginPass(run: Run, days = 7): Promise<Pass | null> {
  return call('begin_servicetitan_pass', { ...fenced(run), p_days: days });
}

/** The next run of the workspace. */
export async function nextRun(run: Run): Promise<Run> {
  await complete(run);
  return startRun(run);
}

/** Writes what the pass has read as its `page`. */
export function read(run: Run, { pass }: Pass, feed: 'contacts' | 'customers' | 'asked', batch: Batch, more: Row = {}) {
  return sync(run, { ...batch, pass: { pass, feed, page: 1, ...more } }) as Promise<Written>;
}

/** Reads both feeds to their ends, one page each, and sweeps. Answers the stage that follows. */
export async function readAll(run: Run, pass: Pass, customers: Row[], methods: Row[] = []): Promise<string> {
  await read(run, pass, 'contacts', { contact_methods: methods, part: 'c', commit: done('pass_contacts') });
  await read(run, pass, 'customers', { customers, part: 'l', commit: done('pass_customers') });
  return sweep(run);
}

export function done(feed: string): Row {
  return { feed, continue_from: null, done: true, read_at: null };
}

export function sweep(run: Run): Promise<string> {
  return call('sweep_servicetitan_pass', fenced(run));
}

export function settle(run: Run, { answered = [], gone = [], unread = [] }: Record<string, string[]>): Promise<string> {
  return call('settle_servicetitan_pass', { ...fenced(run), p_answered: answered, p_gone: gone, p_unread: unread });
}

/** The newest proof. */
export async function proofOf({ workspaceId }: Workspace): Promise<Row> {
  return (await rowsOf('servicetitan_proofs', { workspace_id: workspaceId }, 'pass desc'))[0]!;
}

export async function chunksOf({ workspaceId }: Workspace): Promise<Row[]> {
  return rowsOf('servicetitan_pass_chunks', { workspace_id: workspaceId }, 'feed, page, part');
}

/** As if so much time had gone by since the pass, and since the first sync. */
export async function letEnd({ workspaceId }: Workspace, interval: string): Promise<void> {
  await admin`
    update public.servicetitan_proofs
    set
      began_at = began_at - ${interval}::interval,
      created_at = created_at - ${interval}::interval,
      ended_at = ended_at - ${interval}::interval
    where workspace_id = ${workspaceId}
  `;
  await admin`
    update public.servicetitan_sync_state set initial_started_at = initial_started_at - ${interval}::interval
    where workspace_id = ${workspaceId}
  `;
}
