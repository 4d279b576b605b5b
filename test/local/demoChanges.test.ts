import { expect, test } from 'vitest';
import { changeCustomers } from '../../local/demoChanges.ts';
import { World } from '../../local/serviceTitan/tenant/world.ts';

test('a round of changes adds, changes and removes contacts, moves balances, merges and creates customers', () => {
  const world = new World({ tenantId: '1', customers: 200, seed: 1, clientId: 'a', clientSecret: 'b', appKey: 'c' });
  const before = { customers: world.customers, contacts: world.contacts };
  const changes = changeCustomers(world);
  const formerValue = new Map(before.contacts.map((contact) => [contact.id, contact.value]));
  const formerBalance = new Map(before.customers.map((customer) => [customer.id, customer.balance]));
  const wasMerged = new Set(before.customers.filter(({ mergedToId }) => mergedToId !== null).map(({ id }) => id));

  expect(changes).toBeGreaterThan(25);
  expect(world.customers.length).toBe(before.customers.length + 1);
  expect(world.contacts.length).toBeGreaterThan(before.contacts.length);
  expect(world.contacts.some(({ id, value }) => formerValue.has(id) && formerValue.get(id) !== value)).toBe(true);
  expect(world.customers.some(({ id, balance }) => formerBalance.has(id) && formerBalance.get(id) !== balance)).toBe(
    true,
  );
  const inactive = (contacts: { active: boolean }[]) => contacts.filter(({ active }) => !active).length;
  expect(inactive(world.contacts)).toBeGreaterThan(inactive(before.contacts));
  expect(world.customers.some(({ id, mergedToId }) => mergedToId !== null && !wasMerged.has(id))).toBe(true);
});
