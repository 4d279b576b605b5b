import { afterAll, expect, test } from 'vitest';
import { startServiceTitan } from '../../local/serviceTitan/server.ts';
import { createTenantClient, idsOf } from './tenantClient.ts';

const serviceTitan = await startServiceTitan();
afterAll(() => serviceTitan.stop());

/** Customers 1 and 2: contacts 11 (mobile), 12 (e-mail), 13 (switched off), and 21 (fax). */
function tenantWithContacts() {
  const client = createTenantClient(serviceTitan);
  client.world.createCustomer({
    id: 1,
    contacts: [
      { id: 11, type: 'MobilePhone', value: '2085550117', memo: 'home', doNotText: true, modifiedOn: '2026-01-01' },
      { id: 12, type: 'Email', value: 'l.ortega@example.com', modifiedOn: '2026-01-02T00:00:00.49Z' },
      { id: 13, type: 'Phone', value: '2085550118', active: false, modifiedOn: '2026-01-03' },
    ],
  });
  client.world.createCustomer({
    id: 2,
    active: false,
    contacts: [{ id: 21, type: 'Fax', value: '2085550119', createdOn: '2020-01-01', modifiedOn: '2026-01-04' }],
  });
  return client;
}

test.each(['', '?page=1&pageSize=10', '?createdOnOrAfter=2020-01-01', '?customerId=1'])(
  'refuses a list that neither customers nor the modified range narrow: %s',
  async (query) => {
    const { crm } = tenantWithContacts();
    expect(await crm(`/customers/contacts${query}`)).toMatchObject({
      status: 400,
      body: { errors: { customerIds: expect.anything() } },
    });
  },
);

test('lists the contacts of the customers asked for, inactive customers included', async () => {
  const { crm } = tenantWithContacts();
  expect(idsOf(await crm('/customers/contacts?customerIds=1'))).toEqual([12, 11]);
  expect(idsOf(await crm('/customers/contacts?customerIds=2,1,99'))).toEqual([21, 12, 11]);
  expect(idsOf(await crm('/customers/contacts?customerIds=99'))).toEqual([]);
  expect((await crm('/customers/contacts?customerIds=1,x')).status).toBe(400);
});

test('filters by the modified and the created range', async () => {
  const { crm } = tenantWithContacts();
  expect(idsOf(await crm('/customers/contacts?modifiedOnOrAfter=2026-01-02T00:00:00.49Z'))).toEqual([21, 12]);
  expect(idsOf(await crm('/customers/contacts?modifiedBefore=2026-01-02T00:00:00.49Z'))).toEqual([11]);
  expect(idsOf(await crm('/customers/contacts?customerIds=1,2&modifiedBefore=2026-01-02'))).toEqual([11]);
  expect(idsOf(await crm('/customers/contacts?customerIds=1,2&createdBefore=2021-01-01'))).toEqual([21]);
});

test('pages, and takes no notice of sort and active', async () => {
  const { crm } = tenantWithContacts();
  const query = '/customers/contacts?customerIds=1,2&pageSize=2&includeTotal=true&sort=%2BId&active=False';
  expect((await crm(query)).body).toMatchObject({ hasMore: true, totalCount: 3, data: [{ id: 21 }, { id: 12 }] });
  expect((await crm(`${query}&page=2`)).body).toMatchObject({ hasMore: false, data: [{ id: 11 }] });
});

test('shows a contact with phoneSettings and without active', async () => {
  const { crm } = tenantWithContacts();
  const [email, mobile] = (await crm('/customers/contacts?customerIds=1')).body.data;
  expect(mobile).toEqual({
    id: 11,
    customerId: 1,
    type: 'MobilePhone',
    value: '2085550117',
    memo: 'home',
    phoneSettings: { phoneNumber: '2085550117', doNotText: true },
    preferences: {
      jobRemindersEnabled: true,
      marketingUpdatesEnabled: false,
      invoiceStatementNotification: true,
      invoiceNotification: true,
      statementNotification: true,
    },
    createdOn: '2026-01-01T00:00:00Z',
    modifiedOn: '2026-01-01T00:00:00Z',
  });
  expect(email).toMatchObject({
    memo: null,
    phoneSettings: null,
    preferences: null,
    modifiedOn: '2026-01-02T00:00:00.49Z',
  });
});

test('leaves phoneSettings out of e-mails by the switch', async () => {
  const { crm, world } = tenantWithContacts();
  world.setSwitches({ phoneSettingsOnEmail: 'absent' });
  const [email, mobile] = (await crm('/customers/contacts?customerIds=1')).body.data;
  expect(email).not.toHaveProperty('phoneSettings');
  expect(mobile).toHaveProperty('phoneSettings');
});

test('lists the contacts of one customer without customerId, and 404 for an unknown customer', async () => {
  const { crm } = tenantWithContacts();
  const { body } = await crm('/customers/1/contacts?pageSize=1&includeTotal=true');
  expect(body).toMatchObject({ page: 1, pageSize: 1, hasMore: true, totalCount: 2, data: [{ id: 12 }] });
  expect(body.data[0]).not.toHaveProperty('customerId');
  expect(body.data[0]).not.toHaveProperty('active');
  expect((await crm('/customers/3/contacts')).status).toBe(404);
});

test('a removed contact leaves the lists without trace, unless the switch shows it', async () => {
  const { crm, world } = tenantWithContacts();
  world.deleteContact(11);
  expect(idsOf(await crm('/customers/contacts?customerIds=1'))).toEqual([12]);
  expect(idsOf(await crm('/customers/1/contacts'))).toEqual([12]);
  world.setSwitches({ inactiveContactsInLists: true });
  expect(idsOf(await crm('/customers/contacts?customerIds=1'))).toEqual([13, 12, 11]);
});

test('a change to a contact leaves the customer alone, unless the switch moves it', async () => {
  const { world } = tenantWithContacts();
  const modifiedOn = () => world.customer(1)!.modifiedOn;
  const before = modifiedOn();
  world.changeContact(11, { value: '2085550120' });
  world.createContact(1, { type: 'Email', value: 'second@example.com' });
  expect(modifiedOn()).toBe(before);
  world.setSwitches({ contactsMoveModifiedOn: true });
  expect(world.deleteContact(12).modifiedOn).toBe(modifiedOn());
});

test('shows contacts late too when writes show late', async () => {
  const { crm, world } = tenantWithContacts();
  world.setSwitches({ visibilityLagSeconds: 60 });
  world.changeContact(11, { value: '2085550120' });
  world.createContact(1, { id: 14, type: 'Email', value: 'second@example.com' });
  expect((await crm('/customers/1/contacts')).body.data).toMatchObject([{ id: 12 }, { id: 11, value: '2085550117' }]);
  world.setSwitches({ visibilityLagSeconds: 0 });
  expect(idsOf(await crm('/customers/1/contacts'))).toEqual([14, 12, 11]);
});
