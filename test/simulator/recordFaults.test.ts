// Faults bound to a record: what befalls whoever asks for it, or would be shown it.
import { afterAll, expect, test } from 'vitest';
import { createApp } from '../../local/serviceTitan/app.ts';
import { CONTACT_EXPORTS, CUSTOMER_EXPORTS } from '../../local/serviceTitan/faults/operation.ts';
import { startServiceTitan } from '../../local/serviceTitan/server.ts';
import { Worlds } from '../../local/serviceTitan/worlds.ts';
import { createTenantClient, idsOf } from './tenantClient.ts';

const serviceTitan = await startServiceTitan();
afterAll(() => serviceTitan.stop());

/** Customers 1 to 4, a day apart, each with a phone 11, 21, 31, 41. */
function tenant() {
  const client = createTenantClient(serviceTitan, { switches: { exportBatchSize: 2, tokenLifetimeSeconds: 1e6 } });
  for (const id of [1, 2, 3, 4]) {
    const contact = { id: id * 10 + 1, type: 'Phone', value: '2085550117', modifiedOn: `2026-01-0${id}` };
    client.world.createCustomer({ id, name: `No. ${id}`, modifiedOn: `2026-01-0${id}`, contacts: [contact] });
  }
  const status = async (path: string) => (await client.crm(path)).status;
  return { ...client, status };
}

test.each([500, 409, 404])(
  'the contacts of one customer answer %s for good, wherever they are asked for',
  async (code) => {
    const { world, status } = tenant();
    const end = world.faults.add({
      match: { operation: ['contactsByCustomers', 'ownContacts'], customers: [2] },
      times: 'always',
      fault: { status: code },
    });
    for (let time = 0; time < 3; time++) {
      expect(await status('/customers/contacts?customerIds=1,2,3')).toBe(code);
      expect(await status('/customers/2/contacts')).toBe(code);
    }
    expect(await status('/customers/contacts?customerIds=1,3')).toBe(200);
    expect(await status('/customers/1/contacts')).toBe(200);
    expect(await status('/customers/2')).toBe(200);
    end();
    expect(await status('/customers/2/contacts')).toBe(200);
  },
);

test('one of its two ways to the contacts of a customer can be broken alone, a number of times', async () => {
  const { world, status } = tenant();
  world.faults.add({ match: { operation: 'ownContacts', customers: [2] }, times: 2, fault: { status: 500 } });
  expect(await status('/customers/contacts?customerIds=2')).toBe(200);
  const own: number[] = [];
  for (let time = 0; time < 3; time++) own.push(await status('/customers/2/contacts'));
  expect(own).toEqual([500, 500, 200]);
});

test('a customer spoils each page of the list that would hold it, and no other', async () => {
  const { world, status } = tenant();
  world.faults.add({ match: { operation: 'customers', customers: [3] }, times: 'always', fault: { status: 500 } });
  const page = (number: number) => status(`/customers?sort=%2BId&pageSize=2&page=${number}`);
  expect([await page(1), await page(2), await page(3)]).toEqual([200, 500, 200]);
  expect(await status('/customers?modifiedOnOrAfter=2026-01-04')).toBe(200);
  expect(await status('/customers?modifiedOnOrAfter=2026-01-03')).toBe(500);
  expect(await status('/customers?ids=3')).toBe(200);
});

test('a customer spoils its batch by ids, or its own page', async () => {
  const { world, status } = tenant();
  world.faults.add({ match: { operation: 'customersByIds', customers: [3] }, times: 'always', fault: { status: 500 } });
  world.faults.add({ match: { operation: 'customer', customers: [4] }, times: 'always', fault: { text: 'oops' } });
  expect(await status('/customers?ids=1,3')).toBe(500);
  expect(await status('/customers?ids=1,4')).toBe(200);
  expect(await status('/customers/3')).toBe(200);
  expect(await status('/customers')).toBe(200);
});

test('jobs and leads are asked for a customer too, and their own ids are none of a customer', async () => {
  const { world, call } = tenant();
  world.faults.add({ match: { customers: [3] }, times: 'always', fault: { status: 500 } });
  const jobs = async (query: string) => (await call(`/jpm/v2/tenant/{tenant}/jobs?${query}`)).status;
  expect([await jobs('customerId=3'), await jobs('customerId=1'), await jobs('ids=3')]).toEqual([500, 200, 200]);
  expect((await call('/crm/v2/tenant/{tenant}/leads?customerId=3')).status).toBe(500);
});

test('garbage can be answered for one customer', async () => {
  const { world, crm } = tenant();
  world.faults.add({ match: { operation: 'ownContacts', customers: [2] }, times: 'always', fault: { text: '<oops' } });
  expect(await crm('/customers/2/contacts')).toMatchObject({ status: 200, body: null, text: '<oops' });
  expect((await crm('/customers/1/contacts')).body.data).toHaveLength(1);
});

test('a record makes the batch of the export that would hold it answer 500, until it is stepped over by date', async () => {
  const { world, status, crm } = tenant();
  world.faults.add({ match: { operation: CONTACT_EXPORTS, contacts: [31] }, times: 'always', fault: { status: 500 } });
  world.faults.add({ match: { operation: CUSTOMER_EXPORTS, customers: [2] }, times: 'always', fault: { status: 500 } });
  const first = await crm('/export/customers/contacts');
  expect(first.status).toBe(200);
  expect(await status(`/export/customers/contacts?from=${first.body.continueFrom}`)).toBe(500);
  expect(await status('/export/customers/contacts?from=2026-01-03')).toBe(500);
  expect(await status('/export/customers/contacts?from=2026-01-04')).toBe(200);
  expect(await status('/export/customers')).toBe(500);
  expect(await status('/export/customers?from=2026-01-03')).toBe(200);
});

test('a call that never gets an answer ends when its caller gives up, and is logged without a status', async () => {
  const { world, crm } = tenant();
  await crm('/customers');
  world.faults.add({ match: { operation: 'ownContacts', customers: [2] }, times: 'always', fault: { noAnswer: true } });
  const signal = AbortSignal.timeout(100);
  await expect(crm('/customers/2/contacts', { signal })).rejects.toThrow(/abort|timeout/i);
  expect(world.requests.entries.at(-1)).toMatchObject({ status: null });
  expect((await crm('/customers/1/contacts')).status).toBe(200);
});

test('without a server, where nobody tells that the caller gave up, no answer is a connection that ends', async () => {
  const worlds = new Worlds();
  const world = worlds.create({ tenantId: '1', clientId: 'a', clientSecret: 'b', appKey: 'c' });
  world.faults.add({ times: 'always', fault: { noAnswer: true } });
  let isCut = false;
  const incoming = { socket: { destroy: () => void (isCut = true) } };
  await createApp(worlds).request('/crm/v2/tenant/1/customers', {}, { incoming });
  expect(isCut).toBe(true);
});

test.each([
  ['taxExempt', '"Exempt"'],
  ['customFields', '[{"typeId":7041,"name":"Stories","value":2}]'],
  ['tagTypeIds', '[null]'],
  ['type', '{"name":"Residential"}'],
  ['active', 'null'],
  ['id', '"2"'],
  ['balance', '1e400'],
  ['creditLimit', '9007199254740993'],
  ['paymentTermId', '9223372036854775807'],
  ['name', '"\\ud83d"'],
])('shows %s as %s in the record that is named, to the last digit', async (name, text) => {
  const { world, crm } = tenant();
  world.faults.add({
    match: { operation: ['customers', 'customer', ...CUSTOMER_EXPORTS], customers: [2] },
    times: 'always',
    fault: { fields: { [name]: text } },
  });
  for (const path of ['/customers?sort=%2BId', '/customers/2', '/export/customers']) {
    const reply = await crm(path);
    expect(reply.text).toContain(`"${name}":${text}`);
    expect(reply.text.split(`"${name}":${text}`)).toHaveLength(2);
  }
});

test('takes fields away, and reaches into an address or a list', async () => {
  const { world, crm } = tenant();
  world.changeCustomer(2, { customFields: [{ typeId: 7041, name: 'Stories', value: '2' }] });
  const fields = { name: null, 'address.zip': '83702', 'address.unit': null, 'customFields.0.value': '2' };
  world.faults.add({ match: { customers: [2] }, times: 'always', fault: { fields } });
  const { body } = await crm('/customers/2');
  expect(body).not.toHaveProperty('name');
  expect(body).toMatchObject({ address: { zip: 83702, country: 'USA' }, customFields: [{ typeId: 7041, value: 2 }] });
  expect(body.address).not.toHaveProperty('unit');
  expect(world.customer(2)).toMatchObject({ name: 'No. 2', address: { zip: '', unit: null } });
});

test.each([
  ['null', 'null'],
  ['of another kind', '"2"'],
  ['absent', null],
])('shows a contact whose customerId is %s', async (_, text) => {
  const { world, crm } = tenant();
  world.faults.add({ match: { contacts: [21] }, times: 'always', fault: { fields: { customerId: text } } });
  const rows = (await crm('/customers/contacts?customerIds=1,2')).body.data;
  expect(rows[0]).not.toHaveProperty('customerId', 2);
  expect('customerId' in rows[0]).toBe(text !== null);
  expect(rows[1]).toMatchObject({ id: 11, customerId: 1 });
});

test('shows a contact of no type, and a memo of any length', async () => {
  const { world, crm } = tenant();
  const fields = { type: 'null', memo: JSON.stringify('x'.repeat(12_000)) };
  world.faults.add({ match: { contacts: [21] }, times: 'always', fault: { fields } });
  const [row] = (await crm('/customers/2/contacts')).body.data;
  expect(row.type).toBeNull();
  expect(row.memo).toHaveLength(12_000);
});

test('a customer vanishes without a trace with its contacts, and comes back', async () => {
  const { world, crm, status } = tenant();
  const end = world.faults.add({ match: { customers: [2] }, times: 'always', fault: { hidden: true } });
  expect((await crm('/customers?sort=%2BId&includeTotal=true')).body).toMatchObject({ totalCount: 3 });
  expect(idsOf(await crm('/customers?ids=1,2'))).toEqual([1]);
  expect(await status('/customers/2')).toBe(404);
  expect(await status('/customers/2/contacts')).toBe(404);
  expect(await status('/customers/2/notes')).toBe(404);
  expect(idsOf(await crm('/customers/contacts?customerIds=1,2'))).toEqual([11]);
  expect(idsOf(await crm('/customers/contacts?modifiedOnOrAfter=2026-01-01'))).toEqual([41, 31, 11]);
  expect(idsOf(await crm('/export/customers'))).toEqual([1, 3]);
  expect(idsOf(await crm('/export/customers/contacts'))).toEqual([11, 31]);
  end();
  expect(await status('/customers/2')).toBe(200);
  expect(idsOf(await crm('/export/customers'))).toEqual([1, 2]);
});

test('one that is hidden moves no place: a page fails for the records that it would show', async () => {
  const { world, status } = tenant();
  world.faults.add({ match: { customers: [1] }, times: 'always', fault: { hidden: true } });
  world.faults.add({ match: { operation: 'customers', customers: [3] }, times: 'always', fault: { status: 500 } });
  const page = (number: number) => status(`/customers?sort=%2BId&page=${number}&pageSize=1`);
  expect([await page(1), await page(2)]).toEqual([200, 500]);
});

test('a contact vanishes from one place and stays in another', async () => {
  const { world, crm } = tenant();
  world.faults.add({ match: { operation: 'contactsByCustomers', contacts: [21] }, times: 1, fault: { hidden: true } });
  expect(idsOf(await crm('/customers/2/contacts'))).toEqual([21]);
  expect(idsOf(await crm('/customers/contacts?customerIds=1'))).toEqual([11]);
  expect(idsOf(await crm('/customers/contacts?customerIds=1,2'))).toEqual([11]);
  expect(idsOf(await crm('/customers/contacts?customerIds=1,2'))).toEqual([21, 11]);
});

test('a write shows late where a rule says so, and until then the record as it was', async () => {
  const { world, crm } = tenant();
  world.setSwitches({ clockSkewSeconds: -5000 });
  world.restamp({ customerIds: [1, 2, 3, 4] }, '2026-01-02');
  world.setSwitches({ clockSkewSeconds: 0 });
  world.faults.add({
    match: { operation: ['customers', 'customer', 'recentCustomersExport'], customers: [1, 9] },
    times: 'always',
    fault: { lateSeconds: 1200 },
  });
  world.changeCustomer(1, { name: 'Newest' });
  world.createCustomer({ id: 9 });
  const nameOf = async (path: string) => (await crm(path)).body.name;
  const listed = async () => idsOf(await crm('/customers?sort=%2BId'));
  const exported = async () => idsOf(await crm('/export/customers?includeRecentChanges=true&from=2026-01-03'));
  const settled = async () => idsOf(await crm('/export/customers?from=2026-01-03'));

  expect(await nameOf('/customers/1')).toBe('No. 1');
  expect(await listed()).toEqual([1, 2, 3, 4]);
  expect(await exported()).toEqual([]);
  expect((await crm('/customers?ids=1')).body.data[0].name).toBe('Newest');
  world.setSwitches({ clockSkewSeconds: 901 });
  expect(await settled()).toEqual([1, 9]);
  expect(await exported()).toEqual([]);
  world.setSwitches({ clockSkewSeconds: 1201 });
  expect(await nameOf('/customers/1')).toBe('Newest');
  expect(await listed()).toEqual([1, 2, 3, 4, 9]);
  expect(await exported()).toEqual([1, 9]);
});

test.each(['customers', 'recentCustomersExport', 'settledCustomersExport'] as const)(
  'all writes show late in %s alone',
  async (operation) => {
    const { world, crm } = tenant();
    world.setSwitches({ exportLagSeconds: 0 });
    world.faults.add({ match: { operation }, times: 'always', fault: { lateSeconds: 600 } });
    world.createCustomer({ id: 9, modifiedOn: '2026-01-09' });
    const paths = {
      customers: '/customers?modifiedOnOrAfter=2026-01-05',
      recentCustomersExport: '/export/customers?includeRecentChanges=true&from=2026-01-05',
      settledCustomersExport: '/export/customers?from=2026-01-05',
    };
    const shows = async (path: string) => idsOf(await crm(path)).length === 1;
    for (const [name, path] of Object.entries(paths)) expect(await shows(path)).toBe(name !== operation);
    world.setSwitches({ clockSkewSeconds: 601 });
    expect(await shows(paths[operation])).toBe(true);
  },
);

test('a row that comes late is behind a token that others moved on', async () => {
  const { world, crm } = tenant();
  world.faults.add({
    match: { operation: 'recentContactsExport', contacts: [11] },
    times: 'always',
    fault: { lateSeconds: 1200 },
  });
  world.changeContact(11, { memo: 'late' });
  world.changeContact(21, { memo: 'at once' });
  const { body } = await crm('/export/customers/contacts?includeRecentChanges=true&from=2026-01-05');
  expect(body.data).toMatchObject([{ id: 21 }]);
  world.setSwitches({ clockSkewSeconds: 1201 });
  const next = `/export/customers/contacts?includeRecentChanges=true&from=${body.continueFrom}`;
  expect((await crm(next)).body).toMatchObject({ data: [], hasMore: false });
});

test('refuses fields that are no JSON', async () => {
  const { control } = tenant();
  const reply = await control('POST', '/faults', { fault: { fields: { name: 'no JSON' } } });
  expect(reply).toMatchObject({ status: 400, body: { error: expect.stringContaining('This is not JSON text.') } });
});
