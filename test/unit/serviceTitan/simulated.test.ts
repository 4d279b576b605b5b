// The client against the simulated ServiceTitan, which follows the API's documents on its own.
import { expect, onTestFinished, test } from 'vitest';
import { startServiceTitan, type TenantOptions } from '../../../local/serviceTitan/server.ts';
import { PayloadError } from '../../../src/errors.ts';
import { AuthError } from '../../../src/serviceTitan/errors.ts';
import { canonicalInstant } from '../../../src/serviceTitan/instant.ts';
import { createServiceTitanApi, type RawRecord } from '../../../src/serviceTitanApi.ts';
import { CONFIG, failureOf, TENANT_PATH } from './server.ts';

async function startTenant(options: Partial<TenantOptions> = {}) {
  const serviceTitan = await startServiceTitan();
  onTestFinished(() => serviceTitan.stop());
  const world = serviceTitan.createTenant({ ...CONFIG, seed: 7, customers: 60, ...options });
  const urls = { authUrl: serviceTitan.url, apiUrl: serviceTitan.url };
  return { world, api: createServiceTitanApi({ ...urls, ...CONFIG }, { tokens: new Map() }) };
}

const byNumber = (left: string, right: string) => Number(left) - Number(right);

test('reads every customer of the list, page by page and by id, inactive ones too', async () => {
  const { world, api } = await startTenant();
  world.changeCustomer(world.customerIds[3]!, { active: false });
  const ids: string[] = [];
  for (let page = 1, hasMore = true; hasMore; page++) {
    const list = await api.customers({ page, pageSize: 25, active: 'Any', sort: '+Id', includeTotal: true });
    expect(list).toMatchObject({ page, totalCount: world.customers.length, rejected: [] });
    ids.push(...list.data.map(({ id }) => id));
    hasMore = list.hasMore;
  }
  expect(ids).toEqual(world.customers.map(({ id }) => String(id)).toSorted(byNumber));
});

test('reads both feeds to their end and each record as the world has it', async () => {
  const { world, api } = await startTenant({ switches: { exportBatchSize: 17 } });
  const customers = new Map<string, string>();
  const contacts = new Set<string>();
  for (let from: string | null = null, hasMore = true; hasMore;) {
    const page = await api.exportCustomers({ from, includeRecentChanges: true });
    expect(page.rejected).toEqual([]);
    for (const { id, modifiedOn } of page.data) customers.set(id, modifiedOn);
    ({ continueFrom: from, hasMore } = page);
  }
  for (let from: string | null = null, hasMore = true; hasMore;) {
    const page = await api.exportContacts({ from, includeRecentChanges: true });
    expect(page.rejected).toEqual([]);
    for (const { id } of page.data) contacts.add(id);
    ({ continueFrom: from, hasMore } = page);
  }
  expect(customers).toEqual(
    new Map(world.customers.map(({ id, modifiedOn }) => [String(id), canonicalInstant(modifiedOn)!])),
  );
  expect(contacts).toEqual(new Set(world.contacts.map(({ id }) => String(id))));
});

test('finds only what changed from a time on, to the last digit', async () => {
  const { world, api } = await startTenant();
  const [early, late] = world.customerIds as [number, number];
  world.restamp({ customerIds: [early] }, '2030-01-01T00:00:00.1234566Z');
  world.restamp({ customerIds: [late] }, '2030-01-01T00:00:00.1234567Z');
  const list = await api.customers({
    modifiedOnOrAfter: '2030-01-01T00:00:00.1234567Z',
    page: 1,
    pageSize: 5000,
    active: 'Any',
    sort: '+Id',
  });
  expect(list.data).toMatchObject([{ id: String(late), modifiedOn: '2030-01-01T00:00:00.1234567Z' }]);
});

test('reads the contacts of several customers and of one', async () => {
  const { world, api } = await startTenant();
  const customerIds = world.customerIds.slice(0, 5);
  const expected = world.contacts.filter(({ customerId, active }) => active && customerIds.includes(customerId));
  const list = await api.customerContacts({ customerIds: customerIds.map(String), pageSize: 5000 });
  expect(list.data.map(({ id }) => id).toSorted(byNumber)).toEqual(
    expected.map(({ id }) => String(id)).toSorted(byNumber),
  );

  const [first] = expected;
  const own = await api.contactsOfCustomer(String(first!.customerId));
  expect(own.data).toContainEqual(list.data.find(({ id }) => id === String(first!.id)));
});

test('writes a note and reads it back with the rest of a customer', async () => {
  const { world, api } = await startTenant();
  const id = String(world.customerIds[0]);
  const note = await api.addNote(id, { text: 'Prefers mornings', pinToTop: true });
  expect(note).toMatchObject({ text: 'Prefers mornings', isPinned: true });
  expect((await api.notes(id)).data).toContainEqual(note);
  expect(await api.customer(id)).toMatchObject({ id: Number(id) });
  for (const page of [api.jobs({ customerId: id }), api.leads({ customerId: id })]) {
    expect((await page).data.every((record) => (record as RawRecord)['customerId'] === Number(id))).toBe(true);
  }
  expect((await api.tagTypes({ active: 'Any' })).data.length).toBeGreaterThan(0);
});

test('goes on with a new token when all tokens are revoked', async () => {
  const { world, api } = await startTenant();
  await api.exportCustomers({});
  world.faults.add({ match: { pathIncludes: '/export/customers' }, fault: { revokeTokens: true } });
  await api.exportCustomers({});
  const statuses = world.requests.entries.filter(({ path }) => path.includes('/export/')).map(({ status }) => status);
  expect(statuses).toEqual([200, 401, 200]);
});

test('names the scope that the app lacks', async () => {
  const { api, world } = await startTenant({ scopes: ['tn.crm.customers:r'] });
  const error = await failureOf(api.addNote(String(world.customerIds[0]), { text: 'Hello' }));
  expect(error).toBeInstanceOf(AuthError);
  expect(String(error)).toContain('the scope tn.crm.customers:w');
});

test('reads the wait out of the title where no header names it', async () => {
  const { api, world } = await startTenant();
  world.faults.add({ match: { pathIncludes: TENANT_PATH }, fault: { status: 429, titleSeconds: 7 } });
  expect(await failureOf(api.exportCustomers({}))).toMatchObject({ name: 'RateLimitError', retryAfterMs: 7000 });
});

test('reports a refused export token with the parameter at fault', async () => {
  const { api } = await startTenant();
  const error = await failureOf(api.exportCustomers({ from: 'not a token' }));
  expect(error).toMatchObject({ name: 'RequestError', status: 400 });
  expect(String(error)).toContain('fields from');
});

test.each(['html', 'truncated', 'wrongShape'] as const)('takes nothing from an answer that is %s', async (body) => {
  const { api, world } = await startTenant();
  world.faults.add({ match: { pathIncludes: TENANT_PATH }, fault: { status: 200, body } });
  expect(await failureOf(api.exportCustomers({}))).toBeInstanceOf(PayloadError);
});
