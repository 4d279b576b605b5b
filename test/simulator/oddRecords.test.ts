// What happens to records that nobody at the tenant does by hand.
import { afterAll, expect, test } from 'vitest';
import { startServiceTitan } from '../../local/serviceTitan/server.ts';
import { createTenantClient, idsOf } from './tenantClient.ts';

const serviceTitan = await startServiceTitan();
afterAll(() => serviceTitan.stop());

/** Customers 1 and 2, the first with a phone 11. */
function tenant() {
  const client = createTenantClient(serviceTitan);
  const phone = { id: 11, type: 'Phone', value: '2085550117', modifiedOn: '2026-01-01' };
  client.world.createCustomer({ id: 1, modifiedOn: '2026-01-01', contacts: [phone] });
  client.world.createCustomer({ id: 2, modifiedOn: '2026-01-02' });
  return client;
}

const RECENT = '/export/customers/contacts?includeRecentChanges=true';

test('two customers share a contact under one id, in lists, in the export and in the truth', async () => {
  const { world, crm, control } = tenant();
  await control('POST', '/operations', [{ operation: 'shareContact', contactId: 11, customerId: 2 }]);
  const both = [
    { id: 11, customerId: 2, value: '2085550117' },
    { id: 11, customerId: 1, value: '2085550117' },
  ];
  expect((await crm('/customers/contacts?customerIds=1,2')).body.data).toMatchObject(both);
  expect((await crm('/customers/2/contacts')).body.data).toMatchObject([{ id: 11 }]);
  expect((await crm(RECENT)).body.data).toMatchObject(both.toReversed());
  expect((await control('GET', '/world')).body.contacts).toMatchObject(both.toReversed());
  expect(() => world.shareContact(11, 2)).toThrow('already');
});

test('a change to a shared contact shows under all its customers with one stamp, until one lets it go', async () => {
  const { world, crm } = tenant();
  world.shareContact(11, 2);
  world.changeContact(11, { value: '2085550118' });
  const [one, other] = (await crm(RECENT)).body.data;
  expect([one.value, other.value]).toEqual(['2085550118', '2085550118']);
  expect(one.modifiedOn).toBe(other.modifiedOn);

  world.unshareContact(11, 2);
  expect(idsOf(await crm('/customers/2/contacts'))).toEqual([]);
  expect(idsOf(await crm('/customers/1/contacts'))).toEqual([11]);
  expect((await crm(RECENT)).body.data).toMatchObject([
    { id: 11, customerId: 1, active: true },
    { id: 11, customerId: 2, active: false },
  ]);
  expect(() => world.unshareContact(11, 1)).toThrow('not shared');
});

test.each(['9007199254740993', '9007199254740994', '9223372036854775807'])(
  'a customer goes by %s, as a JSON number, out and in',
  async (wireId) => {
    const { world, crm, control } = tenant();
    world.changeCustomer(2, { mergedToId: 1 });
    expect(idsOf(await crm('/customers?sort=%2BId'))).toEqual([1, 2]);
    await control('POST', '/operations', [{ operation: 'renumber', id: 1, wireId }]);
    const list = await crm('/customers?sort=%2BId');
    expect(list.text).toContain(`"id":${wireId},`);
    expect(list.text).toContain(`"mergedToId":${wireId},`);
    // The larger id comes last.
    expect(list.text.indexOf(`"id":${wireId},`)).toBeGreaterThan(list.text.indexOf('"id":2,'));
    for (const path of [`/customers/${wireId}`, `/customers?ids=${wireId}`, '/export/customers']) {
      expect((await crm(path)).text).toContain(`"id":${wireId},`);
    }
    const contacts = await crm(`/customers/contacts?customerIds=2,${wireId}`);
    expect(contacts.text).toContain(`"customerId":${wireId}`);
    expect(idsOf(contacts)).toEqual([11]);
    expect(idsOf(await crm(`/customers/${wireId}/contacts`))).toEqual([11]);
    expect((await control('GET', '/world')).text).toContain(`"id":${wireId},`);

    world.faults.add({ match: { operation: 'ownContacts', customers: [1] }, fault: { status: 500 } });
    expect((await crm(`/customers/${wireId}/contacts`)).status).toBe(500);
  },
);

test('refuses an id that is taken, or larger than an int64', () => {
  const { world } = tenant();
  expect(() => world.renumber(1, '2')).toThrow('is taken');
  expect(() => world.renumber(1, '9223372036854775808')).toThrow('is no id');
  expect(() => world.renumber(1, '-5')).toThrow('is no id');
});

test('a record changes without a stamp', async () => {
  const { world, crm, control } = tenant();
  await control('POST', '/operations', [
    { operation: 'changeCustomerWithoutStamp', customerId: 1, changes: { balance: 12.5 } },
    { operation: 'changeContactWithoutStamp', contactId: 11, changes: { memo: 'moved' } },
  ]);
  expect((await crm('/customers/1')).body).toMatchObject({ balance: 12.5, modifiedOn: '2026-01-01T00:00:00Z' });
  expect(idsOf(await crm('/customers?modifiedOnOrAfter=2026-01-03'))).toEqual([]);
  expect((await crm('/customers/1/contacts')).body.data).toMatchObject([
    { memo: 'moved', modifiedOn: '2026-01-01T00:00:00Z' },
  ]);
  expect(world.customer(1)).toMatchObject({ balance: 12.5 });
});

test('a stamp stands in the future, and goes back with what was changed meanwhile', async () => {
  const { world, crm } = tenant();
  world.restamp({ customerIds: [1], contactIds: [11] }, '2099-01-01T00:00:00Z');
  expect(idsOf(await crm('/customers?modifiedOnOrAfter=2098-01-01'))).toEqual([1]);
  expect((await crm(RECENT)).body.data).toMatchObject([{ modifiedOn: '2099-01-01T00:00:00Z' }]);
  world.changeCustomer(1, { name: 'Mended' });
  world.restamp({ customerIds: [1] }, '2026-02-01');
  expect((await crm('/customers/1')).body).toMatchObject({ name: 'Mended', modifiedOn: '2026-02-01T00:00:00Z' });
});

test('a merge is undone with an older stamp', async () => {
  const { world, crm } = tenant();
  world.merge(1, 2);
  world.unmerge(1);
  world.restamp({ customerIds: [1] }, '2025-12-01');
  expect((await crm('/customers/1')).body).toMatchObject({
    active: true,
    mergedToId: null,
    modifiedOn: '2025-12-01T00:00:00Z',
  });
});

test('a contact is taken away and comes back, with stamps in the export', async () => {
  const { world, crm } = tenant();
  world.deleteContact(11);
  expect(idsOf(await crm('/customers/1/contacts'))).toEqual([]);
  const away = (await crm(RECENT)).body.data[0];
  world.changeContact(11, { active: true });
  expect(idsOf(await crm('/customers/1/contacts'))).toEqual([11]);
  const back = (await crm(RECENT)).body.data[0];
  expect([away.active, back.active]).toEqual([false, true]);
  expect(back.modifiedOn > away.modifiedOn).toBe(true);
});

test('a shared contact may show a time that is none, and keeps its own', () => {
  const { world } = tenant();
  world.shareContact(11, 2);
  world.changeContact(11, { raw: { modifiedOn: '?' } });
  expect(world.contacts.map(({ modifiedOn }) => modifiedOn)).toEqual(['?', '?']);
});
