import { afterAll, expect, test } from 'vitest';
import { startServiceTitan } from '../../local/serviceTitan/server.ts';
import { createTenantClient, idsOf, requestToken } from './tenantClient.ts';

const serviceTitan = await startServiceTitan();
afterAll(() => serviceTitan.stop());

/** Customers 1, 2 and 3, a day apart, each with a phone 11, 21, 31. */
function tenant() {
  const client = createTenantClient(serviceTitan);
  for (const id of [1, 2, 3]) {
    const phone = { id: id * 10 + 1, type: 'Phone', value: '2085550117', modifiedOn: `2026-01-0${id}` };
    client.world.createCustomer({ id, modifiedOn: `2026-01-0${id}`, contacts: [phone] });
  }
  return client;
}

test('befalls the calls that match, so many after so many', async () => {
  const { crm, control } = tenant();
  await crm('/customers');
  const rule = { match: { method: 'get', pathIncludes: '/customers', queryIncludes: 'sort=+Id' }, skip: 1, times: 2 };
  expect((await control('POST', '/faults', { ...rule, fault: { status: 503 } })).status).toBe(201);

  const statuses: number[] = [];
  for (let call = 0; call < 5; call++) {
    statuses.push((await crm('/customers?sort=%2BId')).status);
    expect((await crm('/customers?sort=-Id')).status).toBe(200);
  }
  expect(statuses).toEqual([200, 503, 503, 200, 200]);
});

test('takes several rules in their order, and forgets them all', async () => {
  const { crm, control } = tenant();
  await crm('/customers');
  await control('POST', '/faults', [
    { fault: { status: 500 } },
    { fault: { status: 502 } },
    { fault: { status: 504 } },
  ]);
  expect((await crm('/customers')).status).toBe(500);
  expect((await crm('/customers')).status).toBe(502);
  expect((await control('GET', '/faults')).body.faults).toHaveLength(1);
  await control('DELETE', '/faults');
  expect((await crm('/customers')).status).toBe(200);
});

test('answers with a problem, or with HTML', async () => {
  const { crm, world } = tenant();
  await crm('/customers');
  world.faults.add({ fault: { status: 500 } });
  const problem = await crm('/customers');
  expect(problem.headers.get('Content-Type')).toBe('application/problem+json');
  expect(problem.body).toMatchObject({ status: 500, title: expect.any(String), traceId: expect.any(String) });

  world.faults.add({ fault: { status: 502, body: 'html' } });
  const html = await crm('/customers');
  expect(html).toMatchObject({ status: 502, body: null, text: expect.stringContaining('<html>') });
  expect(html.headers.get('Content-Type')).toBe('text/html');
  world.faults.add({ fault: { body: 'html' } });
  expect(await crm('/customers')).toMatchObject({ status: 200, body: null });
});

test('throttles with the seconds in the header, in the title, or in both', async () => {
  const { crm, world } = tenant();
  await crm('/customers');
  world.faults.add({ fault: { status: 429, retryAfterSeconds: 3 } });
  world.faults.add({ fault: { status: 429, titleSeconds: 7 } });
  const inHeader = await crm('/customers');
  expect(inHeader.headers.get('Retry-After')).toBe('3');
  const inTitle = await crm('/customers');
  expect(inTitle.headers.get('Retry-After')).toBeNull();
  expect(inTitle.body).toMatchObject({ status: 429, title: expect.stringMatching(/ in 7 seconds\.$/) });
});

test('cuts the answer, changes its shape, or says hasMore without data', async () => {
  const { crm, world } = tenant();
  await crm('/customers');
  world.faults.add({ fault: { body: 'truncated' } });
  world.faults.add({ fault: { body: 'wrongShape' } });
  world.faults.add({ fault: { body: 'empty-hasMore' }, times: 2 });
  expect(await crm('/customers')).toMatchObject({ status: 200, body: null, text: expect.stringMatching(/^\{"page"/) });
  expect((await crm('/customers')).body).not.toHaveProperty('data');
  expect((await crm('/customers?page=2')).body).toMatchObject({ page: 2, hasMore: true, data: [] });
  expect((await crm('/export/customers')).body).toMatchObject({
    hasMore: true,
    data: [],
    continueFrom: expect.any(String),
  });
});

test('ends the connection before the call is carried out, or afterwards', async () => {
  const { crm, world, control } = tenant();
  await crm('/customers');
  const note = { method: 'POST', body: JSON.stringify({ text: 'Once' }) };
  world.faults.add({ fault: { resetConnection: true } });
  await expect(crm('/customers/1/notes', note)).rejects.toThrow('fetch failed');
  expect(world.notesOf(1)).toHaveLength(0);

  world.faults.add({ fault: { resetAfterwards: true } });
  await expect(crm('/customers/1/notes', note)).rejects.toThrow('fetch failed');
  expect(world.notesOf(1)).toHaveLength(1);
  const { requests } = (await control('GET', '/requests')).body;
  expect(requests.map(({ status }: { status: number | null }) => status)).toEqual([200, 200, null, null]);
  expect((await crm('/customers')).status).toBe(200);
});

test('waits before it answers', async () => {
  const { crm, world } = tenant();
  await crm('/customers');
  world.faults.add({ match: { queryIncludes: 'page=1' }, fault: { delayMs: 300 } });
  const order: string[] = [];
  const slow = crm('/customers?page=1').then(() => order.push('slow'));
  const quick = crm('/customers?page=2').then(() => order.push('quick'));
  await Promise.all([slow, quick]);
  expect(order).toEqual(['quick', 'slow']);
});

test('ends all tokens of the tenant, so that the call gets a 401 and a new token works', async () => {
  const { crm, world } = tenant();
  await crm('/customers');
  world.faults.add({ fault: { revokeTokens: true } });
  expect((await crm('/customers')).status).toBe(401);
  expect((await crm('/customers')).status).toBe(401);
  const { body } = await requestToken(serviceTitan.url, world.credentials);
  expect((await crm('/customers', { headers: { Authorization: body.access_token } })).status).toBe(200);
});

test('befalls the token endpoint', async () => {
  const { world } = tenant();
  world.faults.add({ match: { pathIncludes: '/connect/token' }, fault: { status: 503 } });
  expect((await requestToken(serviceTitan.url, world.credentials)).status).toBe(503);
  expect((await requestToken(serviceTitan.url, world.credentials)).status).toBe(200);
});

test('leaves the filters unused, or shows only what is outside of them', async () => {
  const { crm, world } = tenant();
  const customers = '/customers?sort=%2BId&modifiedOnOrAfter=2026-01-03';
  const contacts = '/customers/contacts?customerIds=1';
  expect(idsOf(await crm(customers))).toEqual([3]);
  world.faults.add({ fault: { ignoreFilters: true }, times: 2 });
  expect(idsOf(await crm(customers))).toEqual([1, 2, 3]);
  expect(idsOf(await crm(contacts))).toEqual([31, 21, 11]);
  world.faults.add({ fault: { wrongWindow: true }, times: 2 });
  expect(idsOf(await crm(customers))).toEqual([1, 2]);
  expect(idsOf(await crm(contacts))).toEqual([31, 21]);
  expect(idsOf(await crm(contacts))).toEqual([11]);
});

test('leaves other tenants alone', async () => {
  const { world } = tenant();
  const neighbour = tenant();
  world.faults.add({ fault: { status: 500 }, times: 100 });
  expect((await neighbour.crm('/customers')).status).toBe(200);
});

test('refuses a rule it does not understand', async () => {
  const { control } = tenant();
  expect(await control('POST', '/faults', { fault: { stauts: 500 } })).toMatchObject({
    status: 400,
    body: { error: expect.stringContaining('stauts') },
  });
});
