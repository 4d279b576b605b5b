import { expect, test } from 'vitest';
import product from '../../../package.json' with { type: 'json' };
import { ArgumentError } from '../../../src/errors.ts';
import type { ServiceTitanApi } from '../../../src/serviceTitanApi.ts';
import { failureOf, listOf, startServer, TENANT_PATH } from './server.ts';

const FIRST_PAGE = { page: 1, pageSize: 50, active: 'Any', sort: '+Id' } as const;

/** What a call asks the server for: method and undecoded address. */
async function requestOf(call: (api: ServiceTitanApi) => Promise<unknown>): Promise<string> {
  const { api, calls } = await startServer(({ url }) => ({
    body: { ...listOf([], { page: Number(new URL(url, 'http://host').searchParams.get('page')) }), continueFrom: 'x' },
  }));
  await call(api);
  expect(calls).toHaveLength(1);
  return `${calls[0]!.method} ${calls[0]!.url}`;
}

test('sends the plus of a sort so that it arrives as a plus', async () => {
  expect(await requestOf((api) => api.customers(FIRST_PAGE))).toBe(
    `GET ${TENANT_PATH}/customers?page=1&pageSize=50&active=Any&sort=%2BId`,
  );
  expect(await requestOf((api) => api.customers({ ...FIRST_PAGE, sort: '-ModifiedOn' }))).toContain('sort=-ModifiedOn');
});

test('names the product and its version on every call, that for a token too', async () => {
  const { api, calls, tokenCalls } = await startServer(({ method }) => ({ body: method === 'POST' ? {} : listOf([]) }));
  await api.customers(FIRST_PAGE);
  await api.addNote('7', { text: 'Hello' });
  const names = [...tokenCalls, ...calls].map(({ headers }) => headers['user-agent']);
  expect(names).toEqual(Array(3).fill(`servicetitan-customer-sync/${product.version}`));
});

test('asks for customers by time or by id, with a total only when wanted', async () => {
  const modifiedOnOrAfter = '2026-02-08T10:00:00.1234567+01:00';
  expect(
    await requestOf((api) => api.customers({ ...FIRST_PAGE, page: 3, modifiedOnOrAfter, includeTotal: true })),
  ).toBe(
    `GET ${TENANT_PATH}/customers?modifiedOnOrAfter=2026-02-08T10%3A00%3A00.1234567%2B01%3A00` +
      '&page=3&pageSize=50&active=Any&sort=%2BId&includeTotal=true',
  );
  expect(await requestOf((api) => api.customers({ ...FIRST_PAGE, ids: ['7', '8'] }))).toContain('?ids=7%2C8&');
});

test('asks the feeds for what follows a token, or for all', async () => {
  const path = `GET ${TENANT_PATH}/export/customers`;
  expect(await requestOf((api) => api.exportCustomers({}))).toBe(path);
  expect(await requestOf((api) => api.exportCustomers({ from: null }))).toBe(path);
  expect(await requestOf((api) => api.exportContacts({ from: 'A+/=', includeRecentChanges: true }))).toBe(
    `${path}/contacts?from=A%2B%2F%3D&includeRecentChanges=true`,
  );
});

test('asks for contacts by customers or of one customer', async () => {
  expect(await requestOf((api) => api.customerContacts({ customerIds: ['7', '8'], pageSize: 5000 }))).toBe(
    `GET ${TENANT_PATH}/customers/contacts?customerIds=7%2C8&page=1&pageSize=5000`,
  );
  expect(await requestOf((api) => api.contactsOfCustomer('7'))).toBe(
    `GET ${TENANT_PATH}/customers/7/contacts?page=1&pageSize=5000`,
  );
});

test.each<[string, (api: ServiceTitanApi) => Promise<unknown>]>([
  [`GET ${TENANT_PATH}/customers/7`, (api) => api.customer('7')],
  [`GET ${TENANT_PATH}/customers/7/notes?page=1&pageSize=5000`, (api) => api.notes('7')],
  [`POST ${TENANT_PATH}/customers/7/notes`, (api) => api.addNote('7', { text: 'Hello' })],
  [
    'GET /jpm/v2/tenant/410387862/jobs?customerId=7&sort=-Priority',
    (api) => api.jobs({ customerId: '7', sort: '-Priority' }),
  ],
  [
    `GET ${TENANT_PATH}/leads?customerId=7&page=2&pageSize=10`,
    (api) => api.leads({ customerId: '7', page: 2, pageSize: 10 }),
  ],
  ['GET /settings/v2/tenant/410387862/tag-types?active=Any', (api) => api.tagTypes({ active: 'Any' })],
])('sends %s', async (expected, call) => {
  expect(await requestOf(call)).toBe(expected);
});

test('sends a note as JSON', async () => {
  const { api, calls } = await startServer(() => ({ body: { id: 1 } }));
  await api.addNote('7', { text: 'Prefers mornings', pinToTop: true });
  expect(calls[0]!.headers['content-type']).toBe('application/json');
  expect(JSON.parse(calls[0]!.body)).toEqual({ text: 'Prefers mornings', pinToTop: true });
});

test.each<[string, (api: ServiceTitanApi) => Promise<unknown>]>([
  ['an id that would leave its path', (api) => api.customer('7/../8')],
  ['an empty id', (api) => api.notes('')],
  ['an empty list of customers', (api) => api.customerContacts({ customerIds: [], pageSize: 5000 })],
  ['an empty list of ids', (api) => api.customers({ ...FIRST_PAGE, ids: [] })],
  ['more ids than a list takes', (api) => api.customers({ ...FIRST_PAGE, ids: Array.from({ length: 51 }, () => '7') })],
  ['an id with a comma', (api) => api.customers({ ...FIRST_PAGE, ids: ['7,8'] })],
  ['an empty time', (api) => api.customers({ ...FIRST_PAGE, modifiedOnOrAfter: '' })],
  ['a time without a zone', (api) => api.customers({ ...FIRST_PAGE, modifiedOnOrAfter: '2026-02-08T10:00:00' })],
  ['page 0', (api) => api.customers({ ...FIRST_PAGE, page: 0 })],
  ['a page size over 5000', (api) => api.customers({ ...FIRST_PAGE, pageSize: 5001 })],
  ['a page size that is no number', (api) => api.jobs({ customerId: '7', pageSize: Number.NaN })],
  ['an empty token, which would start the feed anew', (api) => api.exportCustomers({ from: '' })],
  ['an empty note', (api) => api.addNote('7', { text: ' ' })],
])('refuses %s before anything is sent', async (_, call) => {
  const { api, calls, tokenCalls } = await startServer(() => ({ body: {} }));
  const error = await failureOf(call(api));
  expect(error).toBeInstanceOf(ArgumentError);
  expect(error).toMatchObject({ retryable: false });
  expect([calls.length, tokenCalls.length]).toEqual([0, 0]);
});

test('does not compile with a misspelt parameter, for ServiceTitan would ignore it', () => {
  const calls = (api: ServiceTitanApi) => [
    // @ts-expect-error modifiedAfter is no parameter of the list
    api.customers({ ...FIRST_PAGE, modifiedAfter: '2026-02-08T10:00:00Z' }),
    // @ts-expect-error active has to be said
    api.customers({ page: 1, pageSize: 50, sort: '+Id' }),
    // @ts-expect-error a sort has a sign
    api.customers({ ...FIRST_PAGE, sort: 'Id' }),
    // @ts-expect-error the feed calls it from
    api.exportCustomers({ continueFrom: 'x' }),
    // @ts-expect-error a feed has no page size
    api.exportContacts({ from: 'x', pageSize: 5000 }),
    // @ts-expect-error the parameter is customerIds
    api.customerContacts({ ids: ['7'], pageSize: 5000 }),
    // @ts-expect-error the body says text
    api.addNote('7', { note: 'Hello' }),
    // @ts-expect-error jobs are asked for by customerId
    api.jobs({ customerID: '7' }),
  ];
  expect(calls).toBeTypeOf('function');
});
