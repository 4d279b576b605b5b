// Exports that never end, end early, or don't know their own tokens.
import { afterAll, expect, test } from 'vitest';
import { CUSTOMER_EXPORTS, EXPORTS } from '../../local/serviceTitan/faults/operation.ts';
import { startServiceTitan } from '../../local/serviceTitan/server.ts';
import { createTenantClient, idsOf } from './tenantClient.ts';

const serviceTitan = await startServiceTitan();
afterAll(() => serviceTitan.stop());

/** Customers 1 to 8, in batches of two. */
function tenant() {
  const client = createTenantClient(serviceTitan, { switches: { exportBatchSize: 2 } });
  for (let id = 1; id <= 8; id++) client.world.createCustomer({ id, modifiedOn: `2026-01-0${id}` });
  const next = async (from = '') => (await client.crm(`/export/customers?from=${from}`)).body;
  return { ...client, next };
}

test.each([
  [1, ['A', 'A', 'A', 'A', 'A']],
  [2, ['A', 'B', 'A', 'B', 'A']],
])('an export goes in a circle of %i and always says that more follows', async (tokenCycle, circle) => {
  const { world, next } = tenant();
  world.faults.add({ match: { operation: CUSTOMER_EXPORTS }, times: 'always', fault: { tokenCycle } });
  const names = new Map<string, string>();
  const tokens: string[] = [];
  for (let call = 0, from = ''; call < 5; call++) {
    const { continueFrom, hasMore, data } = await next(from);
    expect(hasMore).toBe(true);
    expect(data).toHaveLength(2);
    if (!names.has(continueFrom)) names.set(continueFrom, 'ABCDE'.charAt(names.size));
    tokens.push(names.get(continueFrom)!);
    from = continueFrom;
  }
  expect(tokens).toEqual(circle);
});

test.each([400, 404, 410, 422])('an export refuses every token with %i, and takes dates', async (status) => {
  const { world, crm, next } = tenant();
  const { continueFrom } = await next();
  world.faults.add({ match: { operation: EXPORTS, from: 'token' }, times: 'always', fault: { status } });
  expect((await crm(`/export/customers?from=${continueFrom}`)).status).toBe(status);
  expect((await crm('/export/customers?from=2026-01-02')).status).toBe(200);
  expect((await crm('/export/customers')).status).toBe(200);
});

test('an export refuses a token once', async () => {
  const { world, crm, next } = tenant();
  const { continueFrom } = await next();
  world.faults.add({ match: { operation: EXPORTS, from: 'token' }, fault: { status: 410 } });
  expect((await crm(`/export/customers?from=${continueFrom}`)).status).toBe(410);
  expect(idsOf(await crm(`/export/customers?from=${continueFrom}`))).toEqual([3, 4]);
});

test('an export ends early, and goes on from its token when it is asked again', async () => {
  const { world, next } = tenant();
  world.faults.add({ match: { operation: EXPORTS }, fault: { answer: { hasMore: 'false' } } });
  const early = await next();
  expect(early).toMatchObject({ hasMore: false, data: [{ id: 1 }, { id: 2 }] });
  world.faults.add({ match: { operation: EXPORTS }, fault: { rowsAtMost: 1 } });
  const short = await next(early.continueFrom);
  expect(short).toMatchObject({ hasMore: false, data: [{ id: 3 }] });
  expect(await next(short.continueFrom)).toMatchObject({ hasMore: true, data: [{ id: 4 }, { id: 5 }] });
});

test('a batch comes unsorted', async () => {
  const { world, crm } = tenant();
  world.setSwitches({ exportBatchSize: 137 });
  world.faults.add({ match: { operation: EXPORTS }, fault: { unsorted: 4 } });
  const ids = idsOf(await crm('/export/customers'));
  expect(ids).not.toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  expect(ids.toSorted()).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
});

test('the recent and the settled export can be broken apart from each other', async () => {
  const { world, crm } = tenant();
  world.faults.add({ match: { operation: 'settledCustomersExport' }, times: 'always', fault: { status: 503 } });
  expect((await crm('/export/customers')).status).toBe(503);
  expect((await crm('/export/customers?includeRecentChanges=True')).status).toBe(200);
  expect((await crm('/export/customers/contacts')).status).toBe(200);
});
