// Where each fault begins: a workspace that is in step with ServiceTitan, of which customers have changed since.
import { expect } from 'vitest';
import { runSync } from '../../support/ring.ts';
import { differences, readWorld } from '../../support/truth.ts';
import { createWorkspace, type TestWorkspace, type WorkspaceOptions } from '../../support/workspace.ts';

/** What may only move when rows back it, and the rows. */
export interface Kept {
  state: Record<string, unknown>;
  contacts: Map<string, Record<string, unknown>>;
}

/** So many change; the last by id. */
const CHANGED = 12;

/** Four pages of three customers, so that a fault can come in the middle. */
export const PAGES_OF_3 = { settings: { INCREMENTAL_PAGE_SIZE: '3' } };

export async function changedWorkspace(
  options: WorkspaceOptions = {},
): Promise<{ workspace: TestWorkspace; ids: number[]; before: Kept }> {
  const workspace = await createWorkspace({ customers: CHANGED, ...options });
  await runSync(workspace);
  const ids = (await readWorld(workspace)).customers.map(({ id }) => id).toSorted((a, b) => a - b);
  const operations = ids.slice(-CHANGED).map((customerId) => ({
    operation: 'changeCustomer',
    customerId,
    changes: { name: `Renamed ${customerId}` },
  }));
  await workspace.simulator('POST', '/operations', operations);
  await workspace.simulator('DELETE', '/requests');
  return { workspace, ids, before: { state: await workspace.state(), contacts: await workspace.contacts() } };
}

/** The list of modified customers, and one page of it. */
export const CUSTOMERS = { pathIncludes: '/customers', queryIncludes: 'modifiedOnOrAfter' };
export const PAGE_2 = { pathIncludes: '/customers', queryIncludes: 'page=2&' };

/** Befalls the next calls that match: all of them unless told otherwise. */
export async function addFault(workspace: TestWorkspace, match: object, fault: object, times = 100_000): Promise<void> {
  await workspace.simulator('POST', '/faults', { match, times, fault });
}

/** The sentence for a support person: one, with a full stop, that fits a table cell. */
export async function lastError(workspace: TestWorkspace): Promise<string> {
  const { sync_status, last_error, run_instance_id } = await workspace.state();
  expect({ sync_status, run_instance_id }).toEqual({ sync_status: 'failed', run_instance_id: null });
  expect(last_error).toMatch(/^[A-Z].*: .*\.$/);
  expect(String(last_error).length).toBeLessThan(520);
  return String(last_error);
}

/** The cursor and the tokens stand where they stood. */
export async function expectCursorKept(workspace: TestWorkspace, { state }: Pick<Kept, 'state'>): Promise<void> {
  const { last_modified_cursor, contacts_continue_from } = state;
  expect(await workspace.state()).toMatchObject({ last_modified_cursor, contacts_continue_from });
}

/** With the fault gone the next tick leaves every contact as it has to be, and no error behind. */
export async function expectNextTickHeals(workspace: TestWorkspace): Promise<void> {
  await workspace.simulator('DELETE', '/faults');
  expect((await runSync(workspace, { trigger: 'cron' })).outcome).toEqual({ status: 'completed' });
  expect(await differences(workspace)).toEqual([]);
  expect(await workspace.state()).toMatchObject({ sync_status: 'completed', last_error: null });
}
