// R7: a filter is checked, not trusted: the ids of the quarantine's second try too.
import { expect, test } from 'vitest';
import { PayloadError } from '../../src/errors.ts';
import type { Customer, ListPage, ServiceTitanApi } from '../../src/serviceTitanApi.ts';
import { createLedger } from '../../src/supabase/ledger.ts';
import { checkFilter } from '../../src/sync/filterCheck.ts';
import { runSync } from '../support/ring.ts';
import { differences, readWorld } from '../support/truth.ts';
import { createWorkspace } from '../support/workspace.ts';
import { quarantined } from './liveRun.ts';

test('R7: customers that the quarantine did not ask for stop its part of the run before it writes them', async () => {
  const workspace = await createWorkspace({ customers: 6, switches: { exportLagSeconds: 0 } });
  const ids = (await readWorld(workspace)).customers.map(({ id }) => id).toSorted();
  await workspace.simulator('PATCH', `/customers/${ids.at(-1)}`, { raw: { modifiedOn: 'soon' } });
  await workspace.simulator('POST', '/restamp', { customerIds: [ids.at(-1)], modifiedOn: '2020-01-01T00:00:00Z' });
  await runSync(workspace);
  expect(await quarantined(workspace)).toEqual([`${ids.at(-1)} customers`]);

  await workspace.simulator('POST', '/faults', {
    match: { pathIncludes: '/customers', queryIncludes: 'ids=' },
    times: 100,
    fault: { ignoreFilters: true },
  });
  const run = await runSync(workspace);
  expect([run.outcome, run.writes]).toEqual([{ status: 'completed' }, 0]);
  expect(await createLedger(workspace.supabase).readRun(run.instanceId)).toMatchObject({
    doubts: [{ code: 'part_unfinished', part: 'quarantine', reason: expect.stringContaining('filter ids') }],
  });

  await workspace.simulator('DELETE', '/faults');
  await workspace.simulator('PATCH', `/customers/${ids.at(-1)}`, { raw: {} });
  await runSync(workspace);
  expect(await differences(workspace)).toEqual([]);
});

test('R7: a page is full with its unreadable records, so they hide no suspicion', async () => {
  const old = '2026-02-08T09:59:59.9999999Z';
  const page = {
    data: ['1', '2', '3'].map((id) => ({ id, modifiedOn: old })),
    rejected: [{ customerId: '4', reason: 'active: not a boolean' }],
    unowned: 0,
    otherStamps: [],
    pageSize: 4,
    date: null,
  } as unknown as ListPage<Customer>;
  const api = { customers: async () => page } as unknown as ServiceTitanApi;
  const window = { modifiedOnOrAfter: '2026-02-08T10:00:00Z', pageSize: 4 };
  await expect(checkFilter(api, page, window, Date.parse('2026-02-08T10:15:00Z'))).rejects.toThrow(PayloadError);
});

test('R7: a balance run over all customers passes, though one of them is stamped 2099', async () => {
  const workspace = await createWorkspace({ customers: 40, switches: { callsPerSecond: null, exportLagSeconds: 0 } });
  const { customers } = await readWorld(workspace);
  const ids = customers.map(({ id }) => id);
  const stamped = [ids[0]!, ids.at(-1)!];
  await workspace.simulator('POST', '/restamp', { customerIds: stamped, modifiedOn: '2099-01-01T00:00:00Z' });
  await runSync(workspace);
  await workspace.simulator(
    'POST',
    '/operations',
    ids
      .filter((id) => !stamped.includes(id))
      .map((customerId) => ({ operation: 'moveBalance', customerId, amount: 12.5 })),
  );
  const run = await runSync(workspace, { settings: { INCREMENTAL_PAGE_SIZE: '10' } });
  expect(run.outcome).toEqual({ status: 'completed' });
  expect(await differences(workspace)).toEqual([]);
});

test('R7: a filter that is not applied stops the run, though one customer in front is stamped 2099', async () => {
  const workspace = await createWorkspace({ customers: 40, switches: { callsPerSecond: null, exportLagSeconds: 0 } });
  const ids = (await readWorld(workspace)).customers.map(({ id }) => id).toSorted((one, other) => one - other);
  await workspace.simulator('POST', '/restamp', { customerIds: [ids[0]], modifiedOn: '2099-01-01T00:00:00Z' });
  await runSync(workspace);
  await workspace.simulator('POST', '/faults', {
    match: { operation: 'customers' },
    times: 'always',
    fault: { ignoreFilters: true },
  });
  const run = await runSync(workspace, { settings: { INCREMENTAL_PAGE_SIZE: '10' } });
  expect([run.outcome instanceof Error, run.writes]).toEqual([true, 0]);
});
