import { afterAll, expect, test } from 'vitest';
import { startServiceTitan } from '../../local/serviceTitan/server.ts';
import { parseTicks } from '../../local/serviceTitan/ticks.ts';
import { createTenantClient, idsOf, type TenantClient } from './tenantClient.ts';

const serviceTitan = await startServiceTitan();
afterAll(() => serviceTitan.stop());

/** Follows a feed from a token to its end. */
async function follow({ crm }: TenantClient, path: string, from = '') {
  const batches: { ids: number[]; continueFrom: string; hasMore: boolean }[] = [];
  for (let token = from, hasMore = true; hasMore;) {
    const reply = await crm(`${path}${path.includes('?') ? '&' : '?'}from=${token}`);
    expect(reply.status).toBe(200);
    ({ hasMore, continueFrom: token } = reply.body);
    batches.push({ ids: idsOf(reply), continueFrom: token, hasMore });
  }
  return batches;
}

const allIds = (batches: { ids: number[] }[]) => batches.flatMap(({ ids }) => ids);

/** Customers 1 to `count`, a day apart, changed long ago. */
function tenantWithDays(count: number, exportBatchSize = 137) {
  const client = createTenantClient(serviceTitan, { switches: { exportBatchSize, callsPerSecond: null } });
  for (let id = 1; id <= count; id++) client.world.createCustomer({ id, modifiedOn: `2026-01-0${id}` });
  return client;
}

test('gives every customer once in order of modifiedOn, inactive and merged ones too, in batches of its own size', async () => {
  const client = createTenantClient(serviceTitan, { customers: 300 });
  const batches = await follow(client, '/export/customers?pageSize=5000&page=2&modifiedOnOrAfter=2030-01-01');

  expect(batches.map(({ ids }) => ids.length)).toEqual([137, 137, 26]);
  const ids = allIds(batches);
  expect(ids).toHaveLength(300);
  expect(new Set(ids)).toEqual(new Set(client.world.customerIds));
  const times = ids.map((id) => parseTicks(client.world.customer(id)!.modifiedOn)!);
  expect(times.every((time, index) => index === 0 || times[index - 1]! <= time)).toBe(true);
});

test('orders by modifiedOn to the tick, ties by id, and holds a batch edge among them', async () => {
  const client = createTenantClient(serviceTitan, { switches: { exportBatchSize: 1 } });
  const stamps = ['2026-01-01T00:00:00.0000002Z', '2026-01-01T00:00:00.0000001Z', '2026-01-01T00:00:00.0000002Z'];
  stamps.forEach((modifiedOn, index) => client.world.createCustomer({ id: index + 1, modifiedOn }));
  expect(allIds(await follow(client, '/export/customers'))).toEqual([2, 1, 3]);
});

test('answers with hasMore, an opaque token of 28 characters and data', async () => {
  const { crm } = tenantWithDays(3, 2);
  const { body } = await crm('/export/customers');
  expect(body).toMatchObject({ hasMore: true, data: [{ id: 1, externalData: null }, { id: 2 }] });
  expect(body.continueFrom).toMatch(/^[\w-]{28}$/);
  expect(Object.keys(body).sort()).toEqual(['continueFrom', 'data', 'hasMore']);
});

test('fills the token at the end of the feed, and takes it again and again', async () => {
  const client = tenantWithDays(3);
  const [{ continueFrom, hasMore } = expect.fail()] = await follow(client, '/export/customers');
  expect(hasMore).toBe(false);
  for (let time = 0; time < 2; time++) {
    const { body } = await client.crm(`/export/customers?from=${continueFrom}`);
    expect(body).toEqual({ hasMore: false, continueFrom, data: [] });
  }
});

test('gives another text for the same position at the tail by the switch', async () => {
  const client = tenantWithDays(3);
  client.world.setSwitches({ tailToken: 'new' });
  const [{ continueFrom } = expect.fail()] = await follow(client, '/export/customers');
  const second = (await client.crm(`/export/customers?from=${continueFrom}`)).body;
  expect(second.data).toEqual([]);
  expect(second.continueFrom).not.toBe(continueFrom);
  client.world.createCustomer({ id: 4, modifiedOn: '2026-01-09' });
  expect(idsOf(await client.crm(`/export/customers?from=${second.continueFrom}`))).toEqual([4]);
});

test('gives an empty tenant a token that leads to its first customer', async () => {
  const { crm, world } = createTenantClient(serviceTitan);
  const { body } = await crm('/export/customers');
  expect(body).toEqual({ hasMore: false, continueFrom: expect.stringMatching(/^[\w-]{28}$/), data: [] });
  world.createCustomer({ id: 1, modifiedOn: '2026-01-01' });
  expect(idsOf(await crm(`/export/customers?from=${body.continueFrom}`))).toEqual([1]);
});

test('a record changed during the export comes again later', async () => {
  const client = tenantWithDays(4, 2);
  const path = '/export/customers?includeRecentChanges=true';
  const first = await client.crm(path);
  expect(idsOf(first)).toEqual([1, 2]);
  client.world.changeCustomer(1, { name: 'Changed' });
  const rest = await follow(client, path, first.body.continueFrom);
  expect(allIds(rest)).toEqual([3, 4, 1]);
});

test('a change waits about 15 minutes, unless recent changes are asked for', async () => {
  const { crm, world } = tenantWithDays(2);
  const { body } = await crm('/export/customers');
  world.changeCustomer(1, { name: 'Changed' });
  const next = `/export/customers?from=${body.continueFrom}`;

  expect(idsOf(await crm(next))).toEqual([]);
  expect(idsOf(await crm(`${next}&includeRecentChanges=True`))).toEqual([1]);
  expect((await crm(`${next}&includeRecentChanges=maybe`)).status).toBe(400);
  world.setSwitches({ clockSkewSeconds: 890 });
  expect(idsOf(await crm(next))).toEqual([]);
});

test('a change that waited comes once its 15 minutes are over', async () => {
  const { crm, world } = createTenantClient(serviceTitan, { switches: { tokenLifetimeSeconds: 5000 } });
  world.createCustomer({ id: 1 });
  expect((await crm('/export/customers')).body).toMatchObject({ hasMore: false, data: [] });
  world.setSwitches({ clockSkewSeconds: 901 });
  expect(idsOf(await crm('/export/customers'))).toEqual([1]);
});

test('takes a date for from, inclusive, with or without a time by the switch; empty is none', async () => {
  const { crm, world } = tenantWithDays(3);
  const ask = async (from: string) => idsOf(await crm(`/export/customers?from=${from}`));
  expect(await ask('')).toEqual([1, 2, 3]);
  expect(await ask('2026-01-02')).toEqual([2, 3]);
  expect(await ask('2026-01-02T00:00:00.0000001Z')).toEqual([3]);
  expect(await ask('2026-01-02T01:00:00%2B01:00')).toEqual([2, 3]);
  expect(await ask('2030-01-01')).toEqual([]);
  world.setSwitches({ fromTakesTime: false });
  expect((await crm('/export/customers?from=2026-01-02T00:00:00Z')).status).toBe(400);
  expect(await ask('2026-01-02')).toEqual([2, 3]);
});

test('refuses a broken token, and one of another feed or tenant', async () => {
  const { crm } = tenantWithDays(3);
  const { continueFrom } = (await crm('/export/customers')).body;
  const other = (await tenantWithDays(3).crm('/export/customers')).body.continueFrom;
  const broken = (continueFrom[3] === 'A' ? 'B' : 'A') + continueFrom.slice(1);

  expect((await crm(`/export/customers?from=${continueFrom}`)).status).toBe(200);
  for (const from of [broken, continueFrom.slice(1), `${continueFrom}AAAA`, other, 'yesterday', '2026-13-01']) {
    expect(await crm(`/export/customers?from=${from}`)).toMatchObject({
      status: 400,
      body: { errors: { from: expect.anything() } },
    });
  }
  expect((await crm(`/export/customers/contacts?from=${continueFrom}`)).status).toBe(400);
});

test('the contacts feed shows active, and a contact switched off', async () => {
  const client = createTenantClient(serviceTitan);
  client.world.createCustomer({
    id: 1,
    contacts: [
      { id: 11, type: 'Phone', value: '2085550117', modifiedOn: '2026-01-01' },
      { id: 12, type: 'Email', value: 'l.ortega@example.com', modifiedOn: '2026-01-02' },
    ],
  });
  const first = await client.crm('/export/customers/contacts?includeRecentChanges=true');
  expect(first.body.data).toMatchObject([
    { id: 11, customerId: 1, active: true },
    { id: 12, customerId: 1, active: true },
  ]);

  client.world.deleteContact(11);
  const { continueFrom } = first.body;
  const second = await client.crm(`/export/customers/contacts?includeRecentChanges=true&from=${continueFrom}`);
  expect(second.body.data).toMatchObject([{ id: 11, active: false, value: '2085550117' }]);
});

test('does not wait for what shows late in the lists', async () => {
  const { crm, world } = createTenantClient(serviceTitan, { switches: { visibilityLagSeconds: 60 } });
  world.createCustomer({ id: 1 });
  expect(idsOf(await crm('/customers'))).toEqual([]);
  expect(idsOf(await crm('/export/customers?includeRecentChanges=true'))).toEqual([1]);
});
