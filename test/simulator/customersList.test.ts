import { afterAll, expect, test } from 'vitest';
import { startServiceTitan } from '../../local/serviceTitan/server.ts';
import { createTenantClient, idsOf } from './tenantClient.ts';

const serviceTitan = await startServiceTitan();
afterAll(() => serviceTitan.stop());

/** A tenant with customers 1, 2, … of these fields. */
function tenantWith(...customers: Parameters<ReturnType<typeof createTenantClient>['world']['createCustomer']>[0][]) {
  const client = createTenantClient(serviceTitan);
  customers.forEach((customer, index) => client.world.createCustomer({ id: index + 1, ...customer }));
  return client;
}

const on = (day: string) => ({ modifiedOn: day });

test('wraps the records in the envelope, with totalCount null unless asked for', async () => {
  const { crm } = tenantWith({}, {}, {});
  const plain = await crm('/customers');
  expect(plain.headers.get('Content-Type')).toContain('application/json');
  expect(plain.body).toMatchObject({ page: 1, pageSize: 50, hasMore: false, totalCount: null });

  const { body } = await crm('/customers?page=2&pageSize=2&includeTotal=true&sort=%2BId');
  expect(body).toMatchObject({ page: 2, pageSize: 2, hasMore: false, totalCount: 3, data: [{ id: 3 }] });
});

test('says hasMore only when a record follows, also after a full page', async () => {
  const { crm } = tenantWith({}, {}, {}, {});
  const hasMore = async (page: number) => (await crm(`/customers?pageSize=2&page=${page}`)).body.hasMore;
  expect(await hasMore(1)).toBe(true);
  expect(await hasMore(2)).toBe(false);
  expect((await crm('/customers?pageSize=2&page=3')).body).toMatchObject({ hasMore: false, data: [] });
});

test('takes page 0 for the first page', async () => {
  const { crm } = tenantWith({}, {});
  expect((await crm('/customers?page=0&pageSize=1&sort=%2BId')).body).toMatchObject({ page: 0, data: [{ id: 1 }] });
});

test('shows exactly the keys of the record, and no phone or e-mail among them', async () => {
  const { crm } = tenantWith({ contacts: [{ type: 'Phone', value: '2085550117' }] });
  const [customer] = (await crm('/customers')).body.data;
  expect(Object.keys(customer).sort()).toEqual(
    (
      'active address balance createdById createdOn creditLimit creditLimitBalance customFields doNotMail doNotService ' +
      'externalData id mergedToId modifiedOn name nationalAccount paymentTermId tagTypeIds taxExempt type'
    ).split(' '),
  );
  expect(customer.externalData).toBeNull();
});

test('hides inactive customers unless told otherwise, in any case of the words', async () => {
  const { crm } = tenantWith({}, { active: false });
  const shownFor = async (active: string) => idsOf(await crm(`/customers?sort=%2BId&active=${active}`));
  expect(await shownFor('')).toEqual([1]);
  expect(await shownFor('true')).toEqual([1]);
  expect(await shownFor('FALSE')).toEqual([2]);
  expect(await shownFor('Any')).toEqual([1, 2]);
  expect(await shownFor('any')).toEqual([1, 2]);
});

test('ignores a parameter it does not know', async () => {
  const { crm } = tenantWith({}, {});
  expect(idsOf(await crm('/customers?modifiedAfter=2030-01-01&phoneNumber=1&sort=%2BId'))).toEqual([1, 2]);
});

test('takes the lower bound in and leaves the upper bound out, to the seventh digit', async () => {
  const { crm } = tenantWith(
    on('2026-03-02T17:20:41.0062310Z'),
    on('2026-03-02T17:20:41.0062311Z'),
    on('2026-03-02T17:20:41.0062312Z'),
  );
  const ask = async (query: string) => idsOf(await crm(`/customers?sort=%2BId&${query}`));
  expect(await ask('modifiedOnOrAfter=2026-03-02T17:20:41.0062311Z')).toEqual([2, 3]);
  expect(await ask('modifiedBefore=2026-03-02T17:20:41.0062311Z')).toEqual([1]);
  const both = 'modifiedOnOrAfter=2026-03-02T17:20:41.0062311&modifiedBefore=2026-03-02T18:20:41.0062312%2B01:00';
  expect(await ask(both)).toEqual([2]);
});

test('filters by creation, ids, name, address and phone', async () => {
  const { crm } = tenantWith(
    { name: 'ORTEGA, LUCIA ', createdOn: '2024-01-01', address: { city: 'Boise', zip: '83702' } },
    {
      name: 'Lucia Halden',
      createdOn: '2025-01-01T00:00:00Z',
      contacts: [
        { type: 'Phone', value: '(208) 555-0117' },
        { type: 'Phone', value: '2085550118', active: false },
      ],
    },
  );
  const ask = async (query: string) => idsOf(await crm(`/customers?sort=%2BId&${query}`));
  expect(await ask('createdOnOrAfter=2024-06-01')).toEqual([2]);
  expect(await ask('createdBefore=2024-06-01')).toEqual([1]);
  expect(await ask('ids=2,%201,77')).toEqual([1, 2]);
  expect(await ask('ids=2')).toEqual([2]);
  expect(await ask('name=lucia')).toEqual([1, 2]);
  expect(await ask('name=ortega')).toEqual([1]);
  expect(await ask('city=boise&zip=83702')).toEqual([1]);
  expect(await ask('phone=2085550117')).toEqual([2]);
  expect(await ask('phone=2085550118')).toEqual([]);
  expect(await ask('phone=208555')).toEqual([]);
});

test('matches names and phones by the rule that the switches name', async () => {
  const { crm, world } = tenantWith({ name: 'Lucia Ortega', contacts: [{ type: 'Phone', value: '2085550117' }] });
  const count = async (query: string) => idsOf(await crm(`/customers?${query}`)).length;
  world.setSwitches({ nameMatch: 'prefix', phoneMatch: 'contains' });
  expect(await count('name=ortega')).toBe(0);
  expect(await count('name=lucia')).toBe(1);
  expect(await count('phone=5550117')).toBe(1);
  world.setSwitches({ nameMatch: 'exact' });
  expect(await count('name=lucia')).toBe(0);
  expect(await count('name=lucia%20ortega')).toBe(1);
});

test('sorts by id, ModifiedOn and CreatedOn both ways, and newest id first without sort', async () => {
  const { crm } = tenantWith(
    { modifiedOn: '2026-01-03', createdOn: '2020-01-02' },
    { modifiedOn: '2026-01-01', createdOn: '2020-01-03' },
    { modifiedOn: '2026-01-02', createdOn: '2020-01-01' },
  );
  const ask = async (sort: string) => idsOf(await crm(`/customers${sort}`));
  expect(await ask('?sort=%2BId')).toEqual([1, 2, 3]);
  expect(await ask('?sort=-Id')).toEqual([3, 2, 1]);
  expect(await ask('?sort=%2BModifiedOn')).toEqual([2, 3, 1]);
  expect(await ask('?sort=-ModifiedOn')).toEqual([1, 3, 2]);
  expect(await ask('?sort=%2BCreatedOn')).toEqual([3, 1, 2]);
  expect(await ask('?sort=-CreatedOn')).toEqual([2, 1, 3]);
  expect(await ask('')).toEqual([3, 2, 1]);
});

test('orders ties by id, either way by the switch', async () => {
  const { crm, world } = tenantWith(on('2026-01-01'), on('2026-01-01'), on('2025-01-01'), on('2026-01-01'));
  const ask = async () => idsOf(await crm('/customers?sort=%2BModifiedOn'));
  expect(await ask()).toEqual([3, 1, 2, 4]);
  world.setSwitches({ tieOrder: 'idDescending' });
  expect(await ask()).toEqual([3, 4, 2, 1]);
});

test('refuses a plus that was not encoded, and names every parameter it cannot read', async () => {
  const { crm } = tenantWith({});
  expect(await crm('/customers?sort=+Id')).toMatchObject({
    status: 400,
    body: { errors: { sort: expect.anything() } },
  });

  const query = 'page=one&pageSize=0&active=Some&modifiedOnOrAfter=soon&ids=1;2&includeTotal=yes&sort=%2BName';
  const { status, headers, body } = await crm(`/customers?${query}`);
  expect(status).toBe(400);
  expect(headers.get('Content-Type')).toBe('application/problem+json');
  expect(body).toMatchObject({
    status: 400,
    title: expect.any(String),
    traceId: expect.stringMatching(/^00-/),
    data: {},
  });
  expect(Object.keys(body.errors).sort()).toEqual([
    'active',
    'ids',
    'includeTotal',
    'modifiedOnOrAfter',
    'page',
    'pageSize',
    'sort',
  ]);
});

test.each(['2026-02-30', '2026-01-01T25:00:00Z', '2026-01-01T00:00:00.12345678Z', 'yesterday'])(
  'refuses %s as a time',
  async (time) => {
    const { crm } = tenantWith({});
    expect((await crm(`/customers?modifiedOnOrAfter=${time}`)).status).toBe(400);
  },
);

test('refuses a page size above 5000, or cuts it by the switch', async () => {
  const { crm, world } = tenantWith({});
  expect((await crm('/customers?pageSize=5000')).status).toBe(200);
  expect((await crm('/customers?pageSize=5001')).status).toBe(400);
  world.setSwitches({ pageSizeAbove5000: 'cut' });
  expect((await crm('/customers?pageSize=5001')).body).toMatchObject({ pageSize: 5001, data: [{ id: 1 }] });
});

test('gives a customer by id, inactive ones too, and 404 for an unknown id', async () => {
  const { crm } = tenantWith({}, { active: false, mergedToId: 1 });
  expect((await crm('/customers/1')).body).toMatchObject({ id: 1, mergedToId: null });
  expect((await crm('/customers/2')).body).toMatchObject({ id: 2, active: false, mergedToId: 1 });
  expect((await crm('/customers/3')).status).toBe(404);
  expect((await crm('/customers/abc')).status).toBe(400);
});

test('gives externalData as the switch says, and an empty list to an application that asks', async () => {
  const { crm, world } = tenantWith({});
  const guid = 'externalDataApplicationGuid=0f0e2b76-9c0c-4f50-9c7e-6d7bd7b2f2a1';
  expect((await crm(`/customers?${guid}`)).body.data[0].externalData).toEqual([]);
  world.setSwitches({ externalData: [] });
  expect((await crm('/customers/1')).body.externalData).toEqual([]);
});

test('a balance movement matches the modified range without moving modifiedOn, unless it is left out', async () => {
  const { crm, world } = tenantWith(on('2026-01-01'), on('2026-01-01'));
  world.moveBalance(2, 12.5);
  const range = 'modifiedOnOrAfter=2026-02-01&sort=%2BId';

  const { body } = await crm(`/customers?${range}`);
  expect(body.data).toMatchObject([{ id: 2, balance: 12.5, modifiedOn: '2026-01-01T00:00:00Z' }]);
  const without = 'excludeAccountingChangesFromModifiedDateRange=true';
  expect(idsOf(await crm(`/customers?${range}&${without}`))).toEqual([]);

  world.setSwitches({ balanceMovesModifiedOn: true });
  const moved = world.moveBalance(1, -0.3);
  expect(moved.modifiedOn > '2026-02-01').toBe(true);
  expect(idsOf(await crm(`/customers?${range}`))).toEqual([1, 2]);
  expect(idsOf(await crm(`/customers?${range}&${without}`))).toEqual([]);
});

test('a filter that the switch names is ignored in silence', async () => {
  const { crm, world } = tenantWith(on('2025-01-01'), { active: false });
  const query = '/customers?sort=%2BId&active=Any&modifiedOnOrAfter=2030-01-01';
  expect(idsOf(await crm(query))).toEqual([]);
  world.setSwitches({ filterIgnored: ['modifiedOnOrAfter'] });
  expect(idsOf(await crm(query))).toEqual([1, 2]);
  world.setSwitches({ filterIgnored: true });
  expect(idsOf(await crm(query))).toEqual([1]);
});

test('a write shows late in the lists by the switch, and until then the record shows as it was', async () => {
  const { crm, world } = tenantWith({ name: 'Before' });
  world.setSwitches({ visibilityLagSeconds: 60 });
  world.changeCustomer(1, { name: 'After' });
  world.createCustomer({ id: 2 });

  expect((await crm('/customers')).body.data).toMatchObject([{ id: 1, name: 'Before' }]);
  expect((await crm('/customers/2')).status).toBe(404);
  expect(world.customer(1)?.name).toBe('After');
  world.setSwitches({ clockSkewSeconds: 61 });
  expect((await crm('/customers?sort=%2BId')).body.data).toMatchObject([{ name: 'After' }, { id: 2 }]);
});

test('a record changed between two page reads moves to the end of a list by ModifiedOn, and one is skipped', async () => {
  const { crm, world } = tenantWith(on('2026-01-01'), on('2026-01-02'), on('2026-01-03'));
  const page = async (number: number) => idsOf(await crm(`/customers?sort=%2BModifiedOn&pageSize=1&page=${number}`));
  expect(await page(1)).toEqual([1]);
  world.changeCustomer(1, { name: 'Changed' });
  expect(await page(2)).toEqual([3]);
});

test('narrow and wide ranges, with a total or without, page through the same records', async () => {
  const { crm, world } = createTenantClient(serviceTitan, { customers: 400 });
  const bounds = ['2019-01-01', '2024-06-01', '2026-02-01'];
  for (const bound of bounds) {
    const expected = world.customers.filter((customer) => customer.modifiedOn >= bound).map(({ id }) => id);
    const read: number[] = [];
    for (let page = 1, hasMore = true; hasMore; page++) {
      const query = `active=Any&sort=%2BId&pageSize=60&page=${page}&modifiedOnOrAfter=${bound}&includeTotal=${page === 1}`;
      const reply = await crm(`/customers?${query}`);
      if (page === 1) expect(reply.body.totalCount).toBe(expected.length);
      read.push(...idsOf(reply));
      ({ hasMore } = reply.body);
    }
    expect(read).toEqual(expected.sort((left, right) => left - right));
  }
});
