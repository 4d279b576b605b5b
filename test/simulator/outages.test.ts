// When faults begin and end, how several of them meet, and what is wrong around an answer.
import { afterAll, expect, test } from 'vitest';
import { CONTACT_LISTS, CUSTOMER_LISTS, EXPORTS } from '../../local/serviceTitan/faults/operation.ts';
import { startServiceTitan } from '../../local/serviceTitan/server.ts';
import { createTenantClient, requestToken } from './tenantClient.ts';

const serviceTitan = await startServiceTitan();
afterAll(() => serviceTitan.stop());

function tenant() {
  const client = createTenantClient(serviceTitan, { switches: { tokenLifetimeSeconds: 1e6 } });
  client.world.createCustomer({ id: 1, contacts: [{ id: 11, type: 'Phone', value: '2085550117' }] });
  const status = async (path: string) => (await client.crm(path)).status;
  return { ...client, status };
}

const CUSTOMERS = '/customers';
const CONTACTS = '/customers/contacts?customerIds=1';
const EXPORT = '/export/customers/contacts';

test.each([
  ['the contacts list', CONTACT_LISTS, CONTACTS],
  ['the customers list', CUSTOMER_LISTS, CUSTOMERS],
  ['the exports', EXPORTS, EXPORT],
])('an outage of %s alone lasts as long as it is told to', async (_, operation, path) => {
  const { world, status } = tenant();
  world.faults.add({ match: { operation }, forSeconds: 600, fault: { status: 503 } });
  for (const other of [CUSTOMERS, CONTACTS, EXPORT]) expect(await status(other)).toBe(other === path ? 503 : 200);
  world.setSwitches({ clockSkewSeconds: 599 });
  expect(await status(path)).toBe(503);
  world.setSwitches({ clockSkewSeconds: 600 });
  expect(await status(path)).toBe(200);
});

test('an outage begins between a list and its contacts', async () => {
  const { world, status } = tenant();
  const outage = { match: { operation: CONTACT_LISTS }, forSeconds: 600, fault: { status: 503 } } as const;
  world.faults.add({ after: { operation: 'customers' }, ...outage });
  expect(await status(CONTACTS)).toBe(200);
  world.setSwitches({ clockSkewSeconds: 3600 });
  expect(await status(CUSTOMERS)).toBe(200);
  expect(await status(CONTACTS)).toBe(503);
  world.setSwitches({ clockSkewSeconds: 4201 });
  expect(await status(CONTACTS)).toBe(200);
});

test('the call that begins an outage is spared, also where it is of the kind', async () => {
  const { world, status } = tenant();
  world.faults.add({ after: { operation: 'customers' }, times: 'always', fault: { status: 503 } });
  expect([await status(CUSTOMERS), await status(CUSTOMERS)]).toEqual([200, 503]);
});

test('the nth call alone is befallen', async () => {
  const { world, status } = tenant();
  world.faults.add({ match: { operation: 'customers' }, skip: 2, fault: { status: 500 } });
  const statuses: number[] = [];
  for (let call = 0; call < 4; call++) statuses.push(await status(CUSTOMERS));
  expect(statuses).toEqual([200, 200, 500, 200]);
});

test('what several rules say of a call adds up, and what an earlier one has said a later one keeps', async () => {
  const { world, crm } = tenant();
  world.faults.add({ fault: { answer: { hasMore: 'true' } } });
  world.faults.add({ match: { customers: [1] }, times: 'always', fault: { fields: { name: '"A"' } } });
  world.faults.add({ match: { customers: [1] }, times: 'always', fault: { fields: { balance: '"B"' } } });
  world.faults.add({ fault: { answer: { hasMore: '"later"' } } });
  const both = { data: [{ name: 'A', balance: 'B' }] };
  expect((await crm(CUSTOMERS)).body).toMatchObject({ ...both, hasMore: true });
  expect((await crm(CUSTOMERS)).body).toMatchObject({ ...both, hasMore: 'later' });
  expect((await crm(CUSTOMERS)).body).toMatchObject({ ...both, hasMore: false });
});

test('an empty fault spares its calls from the rules after it', async () => {
  const { world, status } = tenant();
  world.faults.add({ match: { operation: 'customer' }, times: 'always', fault: {} });
  world.faults.add({ times: 'always', match: { pathIncludes: '/customers' }, fault: { status: 503 } });
  expect([await status('/customers/1'), await status(CUSTOMERS)]).toEqual([200, 503]);
});

test('a fault for good is ended by its name, from outside too', async () => {
  const { world, control, status } = tenant();
  await status(CUSTOMERS);
  await control('POST', '/faults', { name: 'down', times: 'always', fault: { status: 503 } });
  await control('POST', '/faults', { name: 'slow', times: 'always', fault: { delayMs: 1 } });
  expect(await status(CUSTOMERS)).toBe(503);
  await control('DELETE', '/faults/down');
  expect(await status(CUSTOMERS)).toBe(200);
  expect(world.faults.pending).toMatchObject([{ name: 'slow' }]);
});

test('an answer has no Date, or one that is days off, while the stamps stay right', async () => {
  const { world, crm } = tenant();
  world.faults.add({ match: { operation: 'customers' }, fault: { date: 'absent' } });
  expect((await crm(CUSTOMERS)).headers.get('Date')).toBeNull();
  world.faults.add({ match: { operation: 'customers' }, fault: { date: 2 * 86_400 } });
  const off = Date.parse((await crm(CUSTOMERS)).headers.get('Date')!) - Date.now();
  expect(Math.abs(off - 2 * 86_400_000)).toBeLessThan(60_000);
  const now = Date.parse((await crm(CUSTOMERS)).headers.get('Date')!);
  expect(Math.abs(now - Date.now())).toBeLessThan(60_000);
  expect(Math.abs(Date.parse(world.createCustomer({}).modifiedOn) - Date.now())).toBeLessThan(60_000);
});

test('the gateway throttles in its own form, with the wait in its message alone', async () => {
  const { world, crm } = tenant();
  world.faults.add({ match: { operation: 'customers' }, fault: { status: 429, body: 'gateway', titleSeconds: 7 } });
  const reply = await crm(CUSTOMERS);
  expect(reply.status).toBe(429);
  expect(reply.headers.get('Retry-After')).toBeNull();
  expect(reply.body).toEqual({ statusCode: 429, message: expect.stringMatching(/ Try again in 7 seconds\.$/) });
});

test('the gateway refuses a wrong app key with 401 and calls over the limit, by the switch', async () => {
  const { world, crm } = tenant();
  const headers = { 'ST-App-Key': 'wrong' };
  expect(await crm(CUSTOMERS, { headers })).toMatchObject({ status: 403, body: { status: 403 } });
  world.setSwitches({ gatewayErrors: true });
  const reply = await crm(CUSTOMERS, { headers });
  expect(reply).toMatchObject({ status: 401, body: { statusCode: 401, message: expect.any(String) } });
  expect(await crm(CUSTOMERS, { headers: { Authorization: 'wrong' } })).toMatchObject({ body: { status: 401 } });
  world.setSwitches({ callsPerSecond: 1 });
  await crm(CUSTOMERS);
  expect((await crm(CUSTOMERS)).body).toMatchObject({
    statusCode: 429,
    message: expect.stringMatching(/ in 1 seconds\.$/),
  });
});

test('a 400 names its fields in another case, or names other fields', async () => {
  const { world, crm } = tenant();
  expect((await crm(`${CUSTOMERS}?pageSize=x`)).body.errors).toEqual({ pageSize: expect.anything() });
  world.setSwitches({ errorFieldCase: 'pascal' });
  expect((await crm(`${CUSTOMERS}?pageSize=x`)).body.errors).toEqual({ PageSize: expect.anything() });
  world.faults.add({ fault: { status: 400, errors: { FROM: ['is gone'] } } });
  expect((await crm(EXPORT)).body.errors).toEqual({ FROM: ['is gone'] });
});

test('the token endpoint alone is down', async () => {
  const { world, status } = tenant();
  await status(CUSTOMERS);
  world.faults.add({ match: { operation: 'token' }, forSeconds: 60, fault: { status: 503 } });
  expect(await status(CUSTOMERS)).toBe(200);
  expect((await requestToken(serviceTitan.url, world.credentials)).status).toBe(503);
});
