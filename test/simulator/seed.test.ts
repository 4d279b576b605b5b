import { expect, test } from 'vitest';
import { randomChanges } from '../../local/serviceTitan/seed/randomChanges.ts';
import { World } from '../../local/serviceTitan/tenant/world.ts';

const worldOf = (customers: number, seed = 1) =>
  new World({ tenantId: '1', clientId: 'a', clientSecret: 'b', appKey: 'c', customers, seed });

/** Everything about the records but their times, which differ where a change is stamped with the present. */
const content = (world: World) => {
  const untimed = { createdOn: '', modifiedOn: '' };
  return {
    customers: world.customers.map((customer) => ({ ...customer, ...untimed })),
    contacts: world.contacts.map((contact) => ({ ...contact, ...untimed })),
  };
};

test('the same seed gives the same customers, another seed gives others', () => {
  const first = worldOf(200);
  expect(first.customers).toEqual(worldOf(200).customers);
  expect(first.contacts).toEqual(worldOf(200).contacts);
  expect(first.customers).not.toEqual(worldOf(200, 2).customers);
});

test('the first customer is the one of the examples, active and not merged', () => {
  expect(worldOf(1).customer(229472825)).toMatchObject({ active: true, mergedToId: null });
});

test('customers are as untidy as those of real tenants', () => {
  const { customers, contacts } = worldOf(2000);
  const share = (count: number) => count / customers.length;
  const named = (test: RegExp) => share(customers.filter(({ name }) => test.test(name)).length);
  const contactsPer = new Map(customers.map(({ id }) => [id, 0]));
  for (const { customerId } of contacts) contactsPer.set(customerId, contactsPer.get(customerId)! + 1);
  const perCustomer = [...contactsPer.values()];

  expect(named(/ $/)).toBeGreaterThan(0.05);
  expect(named(/^[^a-z]+$/)).toBeGreaterThan(0.02);
  expect(share(customers.filter(({ createdOn }) => createdOn === '0001-01-01T00:00:00Z').length)).toBeGreaterThan(0.1);
  expect(share(customers.filter(({ active }) => !active).length)).toBeGreaterThan(0.02);
  expect(customers.some(({ mergedToId }) => mergedToId !== null)).toBe(true);
  expect(new Set(customers.map(({ address }) => address.country))).toEqual(new Set(['USA', 'CAN', 'AUS', 'GBR', '']));
  expect(perCustomer.some((count) => count === 0)).toBe(true);
  expect(perCustomer.some((count) => count > 2)).toBe(true);
  expect(new Set(contacts.map(({ type }) => type))).toEqual(new Set(['Phone', 'MobilePhone', 'Email', 'Fax']));
  const stamps = new Set(customers.map(({ modifiedOn }) => modifiedOn));
  expect(stamps.size).toBeLessThan(customers.length * 0.9);
  const digits = new Set(customers.map(({ modifiedOn }) => modifiedOn.slice(20, -1).length));
  expect([...digits]).toEqual(expect.arrayContaining([0, 5, 6, 7]));
});

test('mails and American phone numbers are of the kinds kept for fiction', () => {
  const { contacts } = worldOf(500);
  const mails = contacts.filter(({ type }) => type === 'Email');
  const isInvented = ({ value }: { value: string }) => /@example\.com[> ]*$/i.test(value);
  const noAddresses = new Set(mails.filter((mail) => !isInvented(mail)).map(({ value }) => value));
  expect([...noAddresses].toSorted()).toEqual(['N/A', 'noemail@gmail.com', 'none', 'none@none.com']);
  const american = contacts.map(({ value }) => value).filter((value) => /^[2-9]\d{9}$/.test(value));
  expect(american.length).toBeGreaterThan(100);
  expect(american.every((value) => /^\d{3}55501\d\d$/.test(value))).toBe(true);
});

test('merged customers point at customers that exist', () => {
  const world = worldOf(1000);
  const winners = world.customers.flatMap(({ mergedToId }) => mergedToId ?? []);
  expect(winners.every((id) => world.customer(id) !== undefined)).toBe(true);
});

test('random changes are the same for the same seed, and touch contacts, balances and states', () => {
  const [first, second, other] = [worldOf(50), worldOf(50), worldOf(50)];
  const before = content(first);
  randomChanges(first, { count: 200, seed: 5 });
  randomChanges(second, { count: 200, seed: 5 });
  randomChanges(other, { count: 200, seed: 6 });
  expect(content(first)).toEqual(content(second));
  expect(content(first)).not.toEqual(content(other));

  expect(first.customers.length).toBeGreaterThan(50);
  expect(first.contacts.length).toBeGreaterThan(before.contacts.length);
  const balances = (customers: { balance: number }[]) => customers.slice(0, 50).map(({ balance }) => balance);
  expect(balances(first.customers)).not.toEqual(balances(before.customers));
});

test('random changes begin an empty tenant', () => {
  const world = worldOf(0);
  randomChanges(world, { count: 2, seed: 1 });
  expect(world.customers).toHaveLength(2);
});
