import { describe, expect, test } from 'vitest';
import { PayloadError } from '../../../src/errors.ts';
import { contactRecord, customerRecord } from './records.ts';
import { failureOf, listOf, startServer } from './server.ts';

const FIRST_PAGE = { page: 1, pageSize: 50, active: 'Any', sort: '+Id' } as const;

async function readCustomers(data: unknown[], rest: Record<string, unknown> = {}) {
  const { api } = await startServer(() => ({ body: listOf(data, rest) }));
  return api.customers(FIRST_PAGE);
}

async function readContacts(data: unknown[]) {
  const { api } = await startServer(() => ({ body: listOf(data) }));
  return api.customerContacts({ customerIds: ['318204417'], pageSize: 5000 });
}

test('cuts a customer down to what the sync keeps', async () => {
  const { data } = await readCustomers([customerRecord({ somethingNew: { nested: true } })]);
  expect(data).toEqual([
    {
      id: '318204417',
      name: 'Example Plumbing ',
      type: 'Residential',
      active: true,
      mergedToId: null,
      modifiedOn: '2026-03-02T17:20:41.0062311Z',
      createdOn: null,
      address: {
        street: '77 Alder Spur',
        unit: null,
        city: 'Boise',
        state: 'ID',
        zip: '83702',
        country: 'USA',
        latitude: 43.61870199999999,
        longitude: -116.2146068,
      },
      balance: 129.5,
      taxExempt: false,
      doNotMail: false,
      doNotService: false,
      nationalAccount: false,
      paymentTermId: null,
      creditLimit: null,
      creditLimitBalance: null,
      tagTypeIds: ['134', '52955021'],
      customFields: [{ typeId: '7041', name: '  Gate code', value: '' }],
      externalData: [],
    },
  ]);
});

test('takes a record of before the newer keys, with null for arrays and texts', async () => {
  const { data, rejected } = await readCustomers([
    { id: 1, active: false, name: null, address: null, customFields: null, modifiedOn: '2026-03-02T17:20:41' },
  ]);
  expect(rejected).toEqual([]);
  expect(data[0]).toMatchObject({
    name: undefined,
    type: null,
    active: false,
    modifiedOn: '2026-03-02T17:20:41.0000000Z',
    createdOn: null,
    address: { street: null, country: null, latitude: null },
    balance: null,
    nationalAccount: null,
    creditLimit: null,
    tagTypeIds: [],
    customFields: [],
    externalData: [],
  });
});

test('keeps a merge, other ids as text and a real creation time', async () => {
  const change = { mergedToId: 318204980, paymentTermId: 4410021, createdOn: '2024-11-05T09:00:12.49Z' };
  const { data } = await readCustomers([customerRecord({ ...change, externalData: [{ key: 'ref', value: '7' }] })]);
  expect(data[0]).toMatchObject({
    mergedToId: '318204980',
    paymentTermId: '4410021',
    createdOn: '2024-11-05T09:00:12.4900000Z',
    externalData: [{ key: 'ref', value: '7' }],
  });
});

test('reads a contact of the list, which does not say whether it is active', async () => {
  const { data } = await readContacts([contactRecord()]);
  expect(data).toEqual([
    {
      id: '318204419',
      customerId: '318204417',
      type: 'MobilePhone',
      value: '2085550117',
      memo: null,
      doNotText: true,
      marketing: null,
      active: null,
      modifiedOn: '2026-02-11T15:52:23.4900000Z',
    },
  ]);
});

test('reads a contact of the feed, of any type, without a value or phone settings', async () => {
  const record = contactRecord({ type: 'Pager', value: null, active: false, phoneSettings: null });
  const { api } = await startServer(() => ({ body: { hasMore: true, continueFrom: 'next', data: [record] } }));
  const page = await api.exportContacts({});
  expect(page).toMatchObject({ hasMore: true, continueFrom: 'next', rejected: [] });
  expect(page.data[0]).toMatchObject({ type: 'Pager', value: '', active: false, doNotText: null });
});

test("gives one customer's own contacts the id that their records leave out", async () => {
  const { customerId: _, ...record } = contactRecord();
  const { api } = await startServer(() => ({ body: listOf([record, { ...record, id: 'seven' }]) }));
  const page = await api.contactsOfCustomer('55');
  expect(page.data).toMatchObject([{ id: '318204419', customerId: '55' }]);
  expect(page.rejected).toEqual([{ customerId: '55', reason: expect.stringMatching(/^id: /) }]);
});

test.each([
  ['modifiedOn', { modifiedOn: 'confidential' }, 'modifiedOn: not a date-time with up to 7 fraction digits'],
  ['a missing modifiedOn', { modifiedOn: undefined }, /^modifiedOn: /],
])('sets a customer aside for %s, naming field and rule but no value', async (_, change, reason) => {
  const page = await readCustomers([customerRecord(), customerRecord({ id: 9, ...change })]);
  expect(page.data).toHaveLength(1);
  expect(page.rejected).toEqual([{ customerId: '9', reason: expect.stringMatching(reason) }]);
  expect(page.rejected[0]!.reason).not.toContain('confidential');
});

test("sets a contact aside under its customer's id, and by its own where that can be read", async () => {
  const bad = [contactRecord({ id: null }), contactRecord({ id: '7', modifiedOn: 'soon' })];
  const { data, rejected } = await readContacts([...bad, contactRecord()]);
  expect(data).toHaveLength(1);
  expect(rejected).toEqual([
    { customerId: '318204417', reason: expect.stringMatching(/^id: /) },
    { customerId: '318204417', contactId: '7', reason: expect.stringMatching(/^modifiedOn: /) },
  ]);
});

test.each([
  ['missing', undefined],
  ['rounded by a double', 1e22],
  ['more than an int64', '9223372036854775808'],
  ['negative', -1],
  ['words', 'confidential'],
  ['null', null],
])('R20: a customer whose id is %s is counted and passed over', async (_, id) => {
  const page = await readCustomers([customerRecord(), customerRecord({ id })]);
  expect([page.data.length, page.rejected, page.unowned]).toEqual([1, [], 1]);
  expect(page.unreadable).toEqual({ 'customer.id': 1 });
});

test('R20: so is a record that is not even an object', async () => {
  const page = await readCustomers([customerRecord(), null, 'text', []]);
  expect([page.data.length, page.unowned, page.unreadable]).toEqual([1, 3, { 'customer.id': 3 }]);
});

test('R20: a contact of nobody is an orphan, one of which can not be told whose it is is none', async () => {
  const page = await readContacts([
    contactRecord(),
    contactRecord({ customerId: null }),
    contactRecord({ customerId: undefined }),
    contactRecord({ customerId: 'confidential' }),
  ]);
  expect([page.data.length, page.orphans, page.unowned]).toEqual([1, 1, 2]);
  expect([page.rejected, page.unreadable]).toEqual([[], { 'contact.customerId': 3 }]);
});

const many = (count: number, change: Record<string, unknown> = {}) =>
  Array.from({ length: count }, (_, index) => customerRecord({ id: 500 + index, ...change }));

describe('R20: the page is refused', () => {
  test.each([
    ['a modifiedOn', () => readCustomers(many(10, { modifiedOn: 'confidential' }))],
    ['a customer id', () => readCustomers(many(10).map((record) => ({ ...record, id: 'confidential' })))],
    ["a contact's customer", () => readContacts(many(10).map(() => contactRecord({ customerId: undefined })))],
  ])('when none of ten customers has %s that can be read', async (_, read) => {
    const error = await failureOf(read());
    expect(error).toBeInstanceOf(PayloadError);
    expect(String(error)).toMatch(/records of 10 customers, of which none can be used .*: nothing of the page is used/);
    expect(String(error)).not.toContain('confidential');
  });

  test.each([
    [1, 30],
    [0, 9],
  ])('not with %i good customers and %i bad ones', async (goods, bads) => {
    const good = many(goods).map((record) => ({ ...record, id: 1 }));
    const page = await readCustomers([...good, ...many(bads, { modifiedOn: 'soon' })]);
    expect([page.data.length, page.rejected.length]).toEqual([goods, bads]);
  });

  test('not for contacts of nobody, nor for a dozen bad ones of one customer', async () => {
    expect((await readContacts(many(12).map(() => contactRecord({ customerId: null })))).orphans).toBe(12);
    expect((await readContacts(many(12).map(() => contactRecord({ modifiedOn: 'soon' })))).rejected).toHaveLength(12);
  });
});

test('passes on what the list says of itself', async () => {
  const page = await readCustomers([], { hasMore: true, totalCount: 7 });
  expect(page).toMatchObject({ page: 1, pageSize: 50, hasMore: true, totalCount: 7, data: [], rejected: [] });
});

test.each([
  ['hasMore missing', { hasMore: undefined }],
  ['page as text', { page: '1' }],
  ['data as null', { data: null }],
  ['another page than the one asked for', { page: 2 }],
])('refuses a list envelope with %s', async (_, rest) => {
  expect(await failureOf(readCustomers([], rest))).toBeInstanceOf(PayloadError);
});

test('leaves records for debugging as they came', async () => {
  const record = customerRecord({ somethingNew: { nested: true } });
  const { api } = await startServer((seen) => ({
    body: seen.url.endsWith('/customers/9') ? record : listOf([record]),
  }));
  expect(await api.customer('9')).toEqual(record);
  expect((await api.rawCustomers(FIRST_PAGE)).data).toEqual([record]);
  expect((await api.rawContactsOfCustomer('9')).data).toEqual([record]);
});
