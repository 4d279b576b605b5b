import { get } from 'node:http';
import { afterAll, expect, test } from 'vitest';
import { startServiceTitan } from '../../local/serviceTitan/server.ts';
import { createTenantClient, idsOf, reply } from './tenantClient.ts';

const serviceTitan = await startServiceTitan();
afterAll(() => serviceTitan.stop());

const JSON_TYPE = { 'content-type': 'application/json' };

const send = async (method: string, path: string, body?: unknown) => {
  const init =
    body === undefined ? { method, headers: JSON_TYPE } : { method, headers: JSON_TYPE, body: JSON.stringify(body) };
  return reply(await fetch(`${serviceTitan.url}/simulator${path}`, init));
};

const credentials = { clientId: 'a', clientSecret: 'b', appKey: 'c' };

test('makes a tenant, shows all of its truth, and removes it with its tokens', async () => {
  const created = await send('POST', '/tenants', { tenantId: '71', customers: 20, seed: 3, ...credentials });
  expect(created).toMatchObject({ status: 201, body: { tenantId: '71', customers: 20 } });
  expect((await send('GET', '/tenants')).body.tenantIds).toContain('71');

  const world = serviceTitan.world('71');
  expect((await send('GET', '/tenants/71/world')).body).toEqual({
    tenantId: '71',
    customers: world.customers,
    contacts: world.contacts,
  });

  await send('DELETE', '/tenants/71');
  expect((await send('GET', '/tenants/71/world')).status).toBe(404);
  expect(() => serviceTitan.world('71')).toThrow('There is no tenant 71.');
});

test('refuses a second tenant of the same id or client id, and options that it does not know', async () => {
  await send('POST', '/tenants', { tenantId: '72', ...credentials, clientId: 'client of 72' });
  const again = await send('POST', '/tenants', { tenantId: '72', ...credentials });
  expect(again).toMatchObject({ status: 409, body: { error: 'Tenant 72 exists already.' } });
  const clash = await send('POST', '/tenants', { tenantId: '73', ...credentials, clientId: 'client of 72' });
  expect(clash.status).toBe(409);
  const unknown = await send('POST', '/tenants', { tenantId: '74', ...credentials, switches: { lag: 1 } });
  expect(unknown).toMatchObject({ status: 400, body: { error: expect.stringContaining('lag') } });
  expect(
    (
      await reply(
        await fetch(`${serviceTitan.url}/simulator/tenants`, { method: 'POST', headers: JSON_TYPE, body: '{' }),
      )
    ).status,
  ).toBe(400);
});

test('is out of reach of web pages: no form, no rebound name', async () => {
  const form = {
    method: 'POST',
    headers: { 'content-type': 'text/plain' },
    body: JSON.stringify({ tenantId: '75', ...credentials }),
  };
  expect((await fetch(`${serviceTitan.url}/simulator/tenants`, form)).status).toBe(415);
  const { promise, resolve } = Promise.withResolvers<number | undefined>();
  get(`${serviceTitan.url}/simulator/tenants`, { headers: { host: 'rebound.example' } }, (response) => {
    response.resume();
    resolve(response.statusCode);
  });
  expect(await promise).toBe(403);
});

test('creates and changes customers and contacts', async () => {
  const { control, crm, world } = createTenantClient(serviceTitan);
  const contacts = [{ type: 'Phone', value: '2085550117' }];
  const created = await control('POST', '/customers', { name: 'Lucia Ortega', address: { city: 'Boise' }, contacts });
  const { id } = created.body;
  expect(created.body).toMatchObject({
    name: 'Lucia Ortega',
    active: true,
    address: { city: 'Boise', country: 'USA' },
  });

  await control('PATCH', `/customers/${id}`, { active: false, address: { zip: '83702' } });
  expect((await crm(`/customers/${id}`)).body).toMatchObject({
    active: false,
    address: { city: 'Boise', zip: '83702' },
  });

  const contact = (await control('POST', `/customers/${id}/contacts`, { type: 'Email', value: 'a@example.com' })).body;
  await control('PATCH', `/contacts/${contact.id}`, { value: 'b@example.com', memo: 'work' });
  await control('DELETE', `/contacts/${world.contactIdsOf(id)[0]}`);
  const truth = (await control('GET', `/customers/${id}`)).body;
  expect(truth.contacts).toMatchObject([{ active: false }, { active: true, value: 'b@example.com', memo: 'work' }]);
});

test('a changed phone changes its phoneSettings with it', () => {
  const { world } = createTenantClient(serviceTitan);
  const { id } = world.createCustomer({ contacts: [{ type: 'Phone', value: '2085550117', doNotText: true }] });
  const contactId = world.contactIdsOf(id)[0]!;
  expect(world.changeContact(contactId, { value: '2085550118' }).phoneSettings).toEqual({
    phoneNumber: '2085550118',
    doNotText: true,
  });
});

test('shows a broken record as it was asked to', async () => {
  const { control, crm } = createTenantClient(serviceTitan);
  await control('POST', '/customers', { id: 1, name: 'Kept', raw: { modifiedOn: 'soon', tagTypeIds: null } });
  const { body } = await crm('/customers?modifiedOnOrAfter=2020-01-01');
  expect(body.data).toMatchObject([{ id: 1, name: 'Kept', modifiedOn: 'soon', tagTypeIds: null }]);
  await control('PATCH', '/customers/1', { raw: {} });
  expect((await crm('/customers/1')).body).toMatchObject({ tagTypeIds: [], modifiedOn: expect.stringMatching(/Z$/) });
});

test('merges, and undoes a merge', async () => {
  const { control, world } = createTenantClient(serviceTitan);
  for (const id of [1, 2]) world.createCustomer({ id, modifiedOn: '2026-01-01' });
  await control('POST', '/merge', { loser: 1, winner: 2 });
  expect(world.customer(1)).toMatchObject({ active: false, mergedToId: 2 });
  expect(world.customer(1)!.modifiedOn > '2026-01-01T00:00:00Z').toBe(true);
  expect(world.customer(2)!.modifiedOn).toBe('2026-01-01T00:00:00Z');
  await control('POST', '/unmerge', { customerId: 1 });
  expect(world.customer(1)).toMatchObject({ active: true, mergedToId: null });
  expect((await control('POST', '/merge', { loser: 1, winner: 1 })).status).toBe(409);
});

test('moves a balance, and stamps records with one instant', async () => {
  const { control, world } = createTenantClient(serviceTitan);
  for (const id of [1, 2])
    world.createCustomer({ id, balance: 0.1, contacts: [{ id: id + 10, type: 'Fax', value: '1' }] });
  expect((await control('POST', '/balance', { customerId: 1, amount: 0.2 })).body.balance).toBe(0.3);
  const modifiedOn = '2026-03-02T17:20:41.0062311Z';
  await control('POST', '/restamp', { customerIds: [1, 2], contactIds: [11], modifiedOn });
  expect(world.customers.map((customer) => customer.modifiedOn)).toEqual([modifiedOn, modifiedOn]);
  expect(world.contact(11)!.modifiedOn).toBe(modifiedOn);
  expect((await control('POST', '/restamp', { customerIds: [1], modifiedOn: 'soon' })).status).toBe(400);
});

test('carries out several operations in a row', async () => {
  const { control, world } = createTenantClient(serviceTitan);
  const { body } = await control('POST', '/operations', [
    { operation: 'createCustomer', customer: { id: 1 } },
    { operation: 'addNote', customerId: 1, text: 'Called' },
    { operation: 'randomChanges', count: 3, seed: 1 },
  ]);
  expect(body.results).toMatchObject([{ id: 1 }, { text: 'Called' }, {}]);
  expect(world.notesOf(1)[0]).toMatchObject({ text: 'Called' });
});

test.each([
  ['PATCH', '/customers/1', {}],
  ['DELETE', '/contacts/1', undefined],
  ['POST', '/merge', { loser: 1, winner: 2 }],
  ['POST', '/balance', { customerId: 1, amount: 1 }],
])('answers 404 to %s %s of an unknown record', async (method, path, body) => {
  const { control } = createTenantClient(serviceTitan);
  expect((await control(method, path, body)).status).toBe(404);
});

test('refuses an id that is taken and a field that does not exist', async () => {
  const { control } = createTenantClient(serviceTitan);
  await control('POST', '/customers', { id: 1 });
  expect((await control('POST', '/customers', { id: 1 })).status).toBe(409);
  expect((await control('POST', '/customers', { nmae: 'Typo' })).status).toBe(400);
  expect((await control('PATCH', '/customers/1', { id: 2 })).status).toBe(400);
});

test('stamps changes one after the other, to all seven digits', () => {
  const { world } = createTenantClient(serviceTitan);
  const stamps = Array.from({ length: 200 }, () => world.createCustomer({}).modifiedOn);
  expect(new Set(stamps).size).toBe(200);
  expect(stamps.filter((stamp) => /\.\d{7}Z$/.test(stamp)).length).toBeGreaterThan(100);
});

test('logs every call with its path, query and status, and forgets them', async () => {
  const { control, crm, world } = createTenantClient(serviceTitan);
  await crm('/customers?sort=%2BId&page=x');
  const { requests } = (await control('GET', '/requests')).body;
  expect(requests).toEqual([
    { method: 'POST', path: '/connect/token', query: {}, status: 200, at: expect.stringMatching(/Z$/) },
    {
      method: 'GET',
      path: `/crm/v2/tenant/${world.tenantId}/customers`,
      query: { sort: '+Id', page: 'x' },
      status: 400,
      at: expect.stringMatching(/Z$/),
    },
  ]);
  await control('DELETE', '/requests');
  expect(world.requests.entries).toEqual([]);
});

test('a hook changes customers between two page reads', async () => {
  const { crm, world } = createTenantClient(serviceTitan);
  for (const id of [1, 2, 3]) world.createCustomer({ id, modifiedOn: `2026-01-0${id}` });
  const end = world.onRequest(async ({ method, path, query }) => {
    if (method === 'GET' && path.endsWith('/customers') && query.includes('page=2'))
      world.restamp({ customerIds: [1] }, '2026-02-01');
  });
  const page = async (number: number) => idsOf(await crm(`/customers?sort=%2BModifiedOn&pageSize=2&page=${number}`));
  expect([await page(1), await page(2)]).toEqual([[1, 2], [1]]);
  end();
  world.restamp({ customerIds: [1] }, '2026-01-01');
  expect([await page(1), await page(2)]).toEqual([[1, 2], [3]]);
});

test('a scheduled change comes before the nth matching call, once', async () => {
  const { control, crm, world } = createTenantClient(serviceTitan);
  world.createCustomer({ id: 1, name: 'Before' });
  const operations = [
    { operation: 'changeCustomer', customerId: 1, changes: { name: 'After' } },
    { operation: 'createCustomer', customer: { id: 2 } },
  ];
  const scheduled = await control('POST', '/scheduled-changes', {
    match: { method: 'GET', pathIncludes: '/customers' },
    nth: 2,
    operations,
  });
  expect(scheduled.status).toBe(201);
  expect((await crm('/customers/1')).body.name).toBe('Before');
  expect((await crm('/customers/1')).body.name).toBe('After');
  expect((await crm('/customers/2')).status).toBe(200);
  expect(world.customers).toHaveLength(2);
});

test('moves the clock of a tenant: stamps and the Date header', async () => {
  const { control, crm, world } = createTenantClient(serviceTitan, { switches: { tokenLifetimeSeconds: 1e6 } });
  await control('POST', '/clock', { skewSeconds: 86_400 });
  const tomorrow = Date.now() + 86_400_000;
  const { headers } = await crm('/customers');
  expect(Math.abs(Date.parse(headers.get('Date')!) - tomorrow)).toBeLessThan(60_000);
  expect(Math.abs(Date.parse(world.createCustomer({}).modifiedOn) - tomorrow)).toBeLessThan(60_000);

  await control('POST', '/clock', { skewSeconds: 0 });
  expect(Date.parse(world.createCustomer({}).modifiedOn)).toBeLessThan(tomorrow - 80_000_000);
  expect(idsOf(await crm('/customers'))).toHaveLength(2);
});

test('shows the switches, and sets only those given', async () => {
  const { control } = createTenantClient(serviceTitan);
  const before = (await control('GET', '/switches')).body;
  expect(before).toMatchObject({ exportBatchSize: 137, exportLagSeconds: 900, callsPerSecond: 60 });
  const after = (await control('PUT', '/switches', { exportBatchSize: 3, externalData: [] })).body;
  expect(after).toEqual({ ...before, exportBatchSize: 3, externalData: [] });
  expect((await control('PUT', '/switches', { exportBatchSize: 0 })).status).toBe(400);
});
