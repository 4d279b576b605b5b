// A window of customers that have changed, for the tests of how it is read.
import { createLedger } from '../../src/supabase/ledger.ts';
import { type RingRun, runSync } from './ring.ts';
import { readWorld } from './truth.ts';
import { createWorkspace, type TestWorkspace, type WorkspaceOptions } from './workspace.ts';

export interface ChangedWindow {
  workspace: TestWorkspace;
  /** All customers, ascending. */
  ids: number[];
}

/** A workspace that is in step with ServiceTitan, of which all customers have changed since. */
export async function changedWindow(customers: number, options: WorkspaceOptions = {}): Promise<ChangedWindow> {
  const workspace = await createWorkspace({
    customers,
    ...options,
    switches: { callsPerSecond: null, exportLagSeconds: 0, ...options.switches },
  });
  await runSync(workspace);
  const ids = (await readWorld(workspace)).customers.map(({ id }) => id).toSorted((one, other) => one - other);
  await rename(workspace, ids);
  await workspace.simulator('DELETE', '/requests');
  return { workspace, ids };
}

/** Changes them, so that they stand in the next window. */
export async function rename(workspace: TestWorkspace, ids: readonly number[], to = 'Renamed'): Promise<void> {
  const operations = ids.map((id) => ({
    operation: 'changeCustomer',
    customerId: id,
    changes: { name: `${to} ${id}` },
  }));
  await workspace.simulator('POST', '/operations', operations);
}

/** What the run, or the last of its chain, could not make sure of. */
export async function doubtsOf(workspace: TestWorkspace, { instanceId }: RingRun): Promise<Record<string, unknown>[]> {
  return (await createLedger(workspace.supabase).readRun(instanceId))!.doubts;
}

/** Who of them is not as the last change left it. */
export async function notRenamed(workspace: TestWorkspace, ids: readonly number[], to = 'Renamed'): Promise<number[]> {
  const contacts = await workspace.contacts();
  return ids.filter((id) => contacts.get(String(id))?.name !== `${to} ${id}`);
}

/** The pages of the list of modified customers that were asked for, as `page/pageSize`. */
export async function pagesAsked(workspace: TestWorkspace): Promise<string[]> {
  return (await workspace.calls())
    .filter(({ path, query }) => path.endsWith('/customers') && query.modifiedOnOrAfter !== undefined)
    .map(({ query }) => `${query.page}/${query.pageSize}`);
}

/** Befalls every call of the customers list that matches, until it is taken away. */
export async function bend(workspace: TestWorkspace, fault: object, match: object = {}, rest: object = {}) {
  await workspace.simulator('POST', '/faults', {
    match: { operation: 'customers', queryIncludes: 'modifiedOnOrAfter', ...match },
    times: 'always',
    fault,
    ...rest,
  });
}

export const pagesOf = (size: number, cap = 100) => ({
  settings: { INCREMENTAL_PAGE_SIZE: String(size), INCREMENTAL_MAX_PAGES: String(cap) },
});
