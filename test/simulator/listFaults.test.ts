// Lists that are wrong as a whole: cut, empty, out of order, and wrong about themselves.
import { afterAll, expect, test } from 'vitest';
import { EXPORTS } from '../../local/serviceTitan/faults/operation.ts';
import { startServiceTitan } from '../../local/serviceTitan/server.ts';
import { createTenantClient, idsOf } from './tenantClient.ts';

const serviceTitan = await startServiceTitan();
afterAll(() => serviceTitan.stop());

/** Customers 1 to `count`, each with a phone, of the first days of 2026. */
function tenant(count = 6) {
  const client = createTenantClient(serviceTitan);
  const stamp = (id: number) => `2026-01-01T00:00:${String(id % 60).padStart(2, '0')}Z`;
  for (let id = 1; id <= count; id++) {
    const contact = { id: id + 1000, type: 'Phone', value: '2085550117', modifiedOn: stamp(id) };
    client.world.createCustomer({ id, modifiedOn: stamp(id), contacts: [contact] });
  }
  const ids = async (path: string) => idsOf(await client.crm(path));
  const page = async (number: number, size = 2) =>
    (await client.crm(`/customers?sort=%2BId&includeTotal=true&pageSize=${size}&page=${number}`)).body;
  return { ...client, ids, page };
}

test.each([25, 50])('only the first %i ids of a list are taken notice of', async (most) => {
  const { world, ids } = tenant(60);
  world.faults.add({ times: 'always', fault: { idsHonoured: most } });
  const all = Array.from({ length: 60 }, (_, index) => index + 1);
  const sorted = (list: number[]) => list.toSorted((left, right) => left - right);
  expect(sorted(await ids(`/customers?pageSize=100&ids=${all}`))).toEqual(all.slice(0, most));
  const contacts = await ids(`/customers/contacts?pageSize=100&customerIds=${all}`);
  expect(sorted(contacts)).toEqual(all.slice(0, most).map((id) => id + 1000));
});

const EMPTIED: [operation: 'contactsByCustomers' | 'ownContacts' | 'customers' | 'customersByIds', path: string][] = [
  ['contactsByCustomers', '/customers/contacts?customerIds=1,2'],
  ['ownContacts', '/customers/1/contacts'],
  ['customers', '/customers?sort=%2BId'],
  ['customersByIds', '/customers?ids=1,2'],
];

test.each(EMPTIED)('%s answers empty once, some times, or for a while', async (operation, path) => {
  const { world, crm } = tenant();
  world.setSwitches({ tokenLifetimeSeconds: 1e6 });
  const isEmpty = async () => (await crm(path)).body.data.length === 0;
  world.faults.add({ match: { operation }, fault: { empty: true } });
  expect((await crm(path)).body).toEqual({ page: 1, pageSize: 50, hasMore: false, totalCount: null, data: [] });
  expect(await isEmpty()).toBe(false);

  world.faults.add({ match: { operation }, times: 2, fault: { empty: true } });
  expect([await isEmpty(), await isEmpty(), await isEmpty()]).toEqual([true, true, false]);

  world.faults.add({ match: { operation }, forSeconds: 3600, fault: { empty: true } });
  expect([await isEmpty(), await isEmpty()]).toEqual([true, true]);
  world.setSwitches({ clockSkewSeconds: 3601 });
  expect(await isEmpty()).toBe(false);
});

test('an empty answer counts nothing, where a total is asked for', async () => {
  const { world, page } = tenant();
  world.faults.add({ fault: { empty: true } });
  expect(await page(1)).toMatchObject({ totalCount: 0, hasMore: false, data: [] });
});

test('an export answers empty and keeps its token where it is', async () => {
  const { world, crm } = tenant();
  const { continueFrom } = (await crm('/export/customers?from=2026-02-01')).body;
  world.faults.add({ match: { operation: EXPORTS }, times: 2, fault: { empty: true } });
  const { body } = await crm('/export/customers');
  expect(body).toMatchObject({ hasMore: false, data: [] });
  expect((await crm(`/export/customers?from=${continueFrom}`)).body).toEqual({
    hasMore: false,
    continueFrom,
    data: [],
  });
  expect(idsOf(await crm(`/export/customers?from=${body.continueFrom}`))).toEqual([1, 2, 3, 4, 5, 6]);
});

test('a list says too early that nothing follows, and counts more than that', async () => {
  const { world, page } = tenant();
  world.faults.add({ fault: { answer: { hasMore: 'false' } } });
  expect(await page(1)).toMatchObject({ hasMore: false, totalCount: 6, data: [{ id: 1 }, { id: 2 }] });
  world.faults.add({ fault: { rowsAtMost: 1 } });
  expect(await page(1)).toMatchObject({ hasMore: false, totalCount: 6, data: [{ id: 1 }] });
});

test.each([
  ['totalCount', 'null', null],
  ['totalCount', '4', 4],
  ['page', '7', 7],
  ['pageSize', '"2"', '2'],
])('a list says that %s is %s', async (name, text, value) => {
  const { world, page } = tenant();
  world.faults.add({ match: { operation: 'customers' }, fault: { answer: { [name]: text } } });
  expect((await page(1))[name]).toEqual(value);
  expect((await page(1))[name]).not.toEqual(value);
});

test('a list gives one page, whichever is asked for', async () => {
  const { world, page } = tenant();
  world.faults.add({ times: 'always', fault: { pageShown: 1 } });
  for (const number of [1, 2, 9])
    expect(await page(number)).toMatchObject({ page: number, hasMore: true, data: [{ id: 1 }, { id: 2 }] });
});

test('a list serves smaller pages than asked for, and says so', async () => {
  const { world, page } = tenant();
  world.faults.add({ times: 'always', fault: { pageSizeAtMost: 2 } });
  expect(await page(2, 5)).toMatchObject({ page: 2, pageSize: 2, hasMore: true, data: [{ id: 3 }, { id: 4 }] });
});

test('sort is ignored: the same order for the same seed, every customer once, and one that changes moves', async () => {
  const { world, ids } = tenant(50);
  const listed = async (seed: number) => {
    const end = world.faults.add({ times: 'always', fault: { unsorted: seed } });
    const list: number[] = [];
    for (const number of [1, 2, 3]) list.push(...(await ids(`/customers?sort=%2BId&pageSize=20&page=${number}`)));
    end();
    return list;
  };
  const one = await listed(1);
  expect(new Set(one).size).toBe(50);
  expect(one).not.toEqual(one.toSorted((left, right) => left - right));
  expect(await listed(1)).toEqual(one);
  expect(await listed(2)).not.toEqual(one);

  const before = one.map((id, index) => ({ id, index }));
  world.restamp({ customerIds: one.slice(0, 20) }, '2026-03-01');
  const after = await listed(1);
  expect(before.filter(({ id, index }) => after[index] !== id).length).toBeGreaterThan(20);
});

test('customers leave the list between two pages, and others slide over the edge', async () => {
  const { world, page } = tenant();
  world.faults.add({
    after: { operation: 'customers' },
    match: { customers: [1, 2] },
    times: 'always',
    fault: { hidden: true },
  });
  expect(await page(1)).toMatchObject({ totalCount: 6, data: [{ id: 1 }, { id: 2 }] });
  expect(await page(2)).toMatchObject({ totalCount: 4, hasMore: false, data: [{ id: 5 }, { id: 6 }] });
});
