// Answers of ServiceTitan that must not become contacts: the run stops before the first write of the page. More faults, with
// what the user is told of each, are in test/resilience/faults.
import { beforeEach, describe, expect, test } from 'vitest';
import { runSync } from '../support/ring.ts';
import { differences, readWorld } from '../support/truth.ts';
import { createWorkspace, type TestWorkspace } from '../support/workspace.ts';

let workspace: TestWorkspace;
let ids: number[];
beforeEach(async () => {
  workspace = await createWorkspace({ customers: 12, switches: { callsPerSecond: null } });
  await runSync(workspace);
  ids = (await readWorld(workspace)).customers.map(({ id }) => id);
  // The last by id, so that an unfiltered first page shows none of them.
  for (const id of ids.toSorted((a, b) => a - b).slice(6))
    await workspace.simulator('PATCH', `/customers/${id}`, { name: `Renamed ${id}` });
});

const customersList = { pathIncludes: '/customers', queryIncludes: 'modifiedOnOrAfter' };
const fault = (match: object, what: object, times = 1000) =>
  workspace.simulator('POST', '/faults', { match, times, fault: what });
const clearFaults = () => workspace.simulator('DELETE', '/faults');

describe('R7: a page that can not be trusted', () => {
  test('an answer of another shape stops the run before the first write and leaves the cursor alone', async () => {
    const [before, contacts] = [await workspace.state(), await workspace.contacts()];
    await fault(customersList, { body: 'wrongShape' });
    const run = await runSync(workspace, { settings: { INCREMENTAL_PAGE_SIZE: '4' } });
    expect(run.outcome).toBeInstanceOf(Error);
    expect(run.writes).toBe(0);
    expect(await workspace.contacts()).toEqual(contacts);
    const state = await workspace.state();
    expect(state).toMatchObject({ sync_status: 'failed', last_modified_cursor: before.last_modified_cursor });
    expect(String(state.last_error)).toMatch(
      /unexpected shape .*: nothing of the answer is used, and the next run asks again/,
    );

    await clearFaults();
    expect((await runSync(workspace)).outcome).toEqual({ status: 'completed' });
    expect(await differences(workspace)).toEqual([]);
  });

  test('contacts of customers that were not asked for stop it the same way', async () => {
    await fault({ pathIncludes: '/customers/contacts', queryIncludes: 'customerIds' }, { ignoreFilters: true });
    const run = await runSync(workspace);
    expect([run.outcome instanceof Error, run.writes]).toEqual([true, 0]);
    expect(await workspace.state()).toMatchObject({ last_error: expect.stringContaining('customerIds') });
  });

  test('accounting changes that match the window without moving modifiedOn are taken', async () => {
    for (const id of ids)
      await workspace.simulator('POST', '/restamp', { customerIds: [id], modifiedOn: '2020-01-01T00:00:00Z' });
    await runSync(workspace);
    for (const id of ids) await workspace.simulator('POST', '/balance', { customerId: id, amount: 1.25 });
    const run = await runSync(workspace, { settings: { INCREMENTAL_PAGE_SIZE: '4' } });
    expect(run.outcome).toEqual({ status: 'completed' });
    expect((await workspace.contacts()).get(String(ids[0]))).toMatchObject({
      metadata: { custom_fields: { balance: expect.any(Number) } },
    });
  });
});
