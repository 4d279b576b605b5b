// R20: what of a record is taken, in which kind, and what is left out.
import { describe, expect, test } from 'vitest';
import { contactRecord, customerRecord } from './records.ts';
import { listOf, startServer } from './server.ts';

async function readCustomers(data: unknown[]) {
  const { api } = await startServer(() => ({ body: listOf(data) }));
  return api.customers({ page: 1, pageSize: 50, active: 'Any', sort: '+Id' });
}

async function readContacts(data: unknown[]) {
  const { api } = await startServer(() => ({ body: listOf(data) }));
  return api.customerContacts({ customerIds: ['318204417'], pageSize: 5000 });
}

async function exportContacts(data: unknown[]) {
  const { api } = await startServer(() => ({ body: { hasMore: false, continueFrom: 'end', data } }));
  return api.exportContacts({});
}

const UNREADABLE: [name: string, value: unknown][] = [
  ['name', { first: 'confidential' }],
  ['type', ['Residential']],
  ['active', 'yes'],
  ['active', 1],
  ['mergedToId', 'confidential'],
  ['mergedToId', -1],
  ['createdOn', 'last year'],
  ['createdOn', 1770000000],
  ['address', 'confidential'],
  ['address', ['confidential']],
  ['balance', 'a lot'],
  ['balance', '1e3'],
  ['balance', '0.1234567890123456789'],
  ['balance', true],
  ['taxExempt', 'Exempt'],
  ['doNotMail', 0],
  ['doNotService', {}],
  ['nationalAccount', 'no'],
  ['paymentTermId', 1.5],
  ['creditLimit', 'none'],
  ['creditLimitBalance', []],
  ['tagTypeIds', 7],
  ['tagTypeIds', ['confidential']],
  ['customFields', { typeId: 1 }],
  ['externalData', 'confidential'],
];

test.each(UNREADABLE)('R20: customer.%s of another kind is left out and counted: %j', async (name, value) => {
  const whole = (await readCustomers([customerRecord()])).data[0]!;
  const page = await readCustomers([customerRecord({ [name]: value })]);
  const nothing = Object.fromEntries(Object.keys(whole.address).map((key) => [key, undefined]));
  expect(page.data).toEqual([{ ...whole, [name]: name === 'address' ? nothing : undefined }]);
  expect([page.rejected, page.unreadable]).toEqual([[], { [`customer.${name}`]: 1 }]);
});

test.each([
  ['address.latitude', { address: { latitude: 'north', zip: '83702' } }],
  ['address.zip', { address: { zip: {}, city: 'Boise' } }],
])('R20: so is customer.%s, and the rest of the address is taken', async (name, change) => {
  const page = await readCustomers([customerRecord(change)]);
  expect(page.unreadable).toEqual({ [`customer.${name}`]: 1 });
  expect(Object.values(page.data[0]!.address).filter((value) => typeof value === 'string')).toHaveLength(1);
});

test.each([
  ['type', { type: { kind: 'Phone' } }, 'type'],
  ['value', { value: ['2085550117'] }, 'value'],
  ['memo', { memo: { text: '' } }, 'memo'],
  ['phoneSettings', { phoneSettings: 'none' }, 'doNotText'],
  ['phoneSettings.doNotText', { phoneSettings: { doNotText: 'perhaps' } }, 'doNotText'],
  ['active', { active: 'perhaps' }, 'active'],
])('R20: contact.%s of another kind is left out and counted', async (name, change, key) => {
  const whole = (await readContacts([contactRecord()])).data[0]!;
  const page = await readContacts([contactRecord(change)]);
  expect(page.data).toEqual([{ ...whole, [key]: undefined }]);
  expect([page.rejected, page.unreadable]).toEqual([[], { [`contact.${name}`]: 1 }]);
});

test('R20: null and absent are empty; of name and active they say nothing', async () => {
  const empty = { id: 1, modifiedOn: '2026-03-02T17:20:41Z' };
  const nulls = Object.fromEntries(Object.keys(customerRecord()).map((key) => [key, null]));
  const page = await readCustomers([empty, { ...nulls, ...empty }]);
  expect(page.unreadable).toEqual({});
  expect(page.data[0]).toEqual(page.data[1]);
  expect(page.data[0]).toMatchObject({ name: undefined, active: undefined, balance: null, taxExempt: null });
  expect(page.data[0]).toMatchObject({ tagTypeIds: [], customFields: [], externalData: [], address: { zip: null } });
  const { data } = await readContacts([contactRecord({ type: null, value: null, memo: undefined })]);
  expect(data).toMatchObject([{ type: '', value: '', memo: null }]);
});

describe('R20: a neighbouring kind is taken', () => {
  test.each([
    [{ name: 83642 }, { name: '83642' }],
    [{ address: { zip: 83642 } }, { address: { zip: '83642' } }],
    [{ active: 'False' }, { active: false }],
    [{ taxExempt: 'true' }, { taxExempt: true }],
    [{ balance: '-129.50' }, { balance: -129.5 }],
    [{ balance: '0.00' }, { balance: 0 }],
    [{ balance: '100' }, { balance: 100 }],
    [{ mergedToId: '0042' }, { mergedToId: '42' }],
    [{ tagTypeIds: [null, '7', 8] }, { tagTypeIds: ['7', '8'] }],
    [
      { customFields: [{ typeId: '1', name: 2, value: 12.5 }, null] },
      { customFields: [{ typeId: '1', name: '2', value: '12.5' }] },
    ],
    [
      { customFields: [{ typeId: 1, name: null, value: true }] },
      { customFields: [{ typeId: '1', name: null, value: 'true' }] },
    ],
    [{ externalData: [{ key: 1, value: 2 }] }, { externalData: [{ key: '1', value: '2' }] }],
  ])('%j', async (change, taken) => {
    const page = await readCustomers([customerRecord(change)]);
    expect(page.data[0]).toMatchObject(taken);
    expect(page.unreadable).toEqual({});
  });
});

test.each([
  ['tagTypeIds', [1, 'confidential', null, {}], ['1']],
  ['customFields', [{ typeId: 1, value: 'a' }, { value: 'b' }, 7], [{ typeId: '1', name: null, value: 'a' }]],
  ['externalData', [{ key: 'a', value: 'b' }, { key: null }, { key: 'c', value: {} }], [{ key: 'a', value: 'b' }]],
])(
  'R20: of %s only the entry of another kind is left out, and its record is counted once',
  async (name, list, left) => {
    const page = await readCustomers([customerRecord({ [name]: list })]);
    expect(page.data[0]).toMatchObject({ [name]: left });
    expect(page.unreadable).toEqual({ [`customer.${name}`]: 1 });
  },
);

describe('R20: a text', () => {
  const memoOf = async (memo: string) => (await readContacts([contactRecord({ memo })])).data[0]!.memo!;

  test('of 10,000 characters is whole, a longer one is cut with a mark', async () => {
    expect(await memoOf('m'.repeat(10_000))).toBe('m'.repeat(10_000));
    expect(await memoOf('m'.repeat(10_001))).toBe(`${'m'.repeat(9_999)}…`);
  });

  test('is never cut inside a character', async () => {
    const cut = await memoOf(`${'m'.repeat(9_998)}😀 and more`);
    expect([cut, cut.isWellFormed()]).toEqual([`${'m'.repeat(9_998)}…`, true]);
    expect(await memoOf(`${'m'.repeat(9_997)}😀 and more`)).toBe(`${'m'.repeat(9_997)}😀…`);
  });

  test('loses its NULs, and half a character is replaced', async () => {
    expect(await memoOf('a\u0000b \ud83d c \udc00')).toBe('ab \ufffd c \ufffd');
  });
});

describe('R20: a key that none of ten records has', () => {
  const without = (count: number, key: string) =>
    Array.from({ length: count }, (_, index) => customerRecord({ id: index + 1, [key]: undefined }));

  test.each(['name', 'active', 'balance', 'tagTypeIds'])('is unreadable in each: %s', async (key) => {
    const page = await readCustomers(without(10, key));
    expect(page.data.map((customer) => Reflect.get(customer, key))).toEqual(Array(10).fill(undefined));
    expect(page.unreadable).toEqual({ [`customer.${key}`]: 10 });
  });

  test('is so within the address too', async () => {
    const records = without(10, 'x').map((record) => ({ ...record, address: { street: 'One' } }));
    const page = await readCustomers(records);
    expect(page.data[0]!.address).toMatchObject({ street: 'One', zip: undefined });
    expect(page.unreadable['customer.address.zip']).toBe(10);
  });

  test('is empty where one record has it, and on a shorter page', async () => {
    const one = await readCustomers([...without(10, 'balance'), customerRecord({ balance: null })]);
    const short = await readCustomers(without(9, 'balance'));
    expect([one.unreadable, short.unreadable]).toEqual([{}, {}]);
    expect(one.data[0]!.balance).toBeNull();
  });

  test('is so for `active` in the contacts feed, which says it of each, and not in a list, which never does', async () => {
    const records = Array.from({ length: 10 }, (_, index) => contactRecord({ id: index + 1 }));
    const [fed, listed] = [await exportContacts(records), await readContacts(records)];
    expect([fed.data[0]!.active, fed.unreadable]).toEqual([undefined, { 'contact.active': 10 }]);
    expect([listed.data[0]!.active, listed.unreadable]).toEqual([null, {}]);
  });
});
