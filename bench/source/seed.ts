// The records of the benchmark's tenant: those of the simulated ServiceTitan, but with exactly two contact methods each.
import { addressIn, inventCustomer, somePlace } from '../../local/serviceTitan/seed/customers.ts';
import { email, phone } from '../../local/serviceTitan/seed/contacts.ts';
import { personName } from '../../local/serviceTitan/seed/names.ts';
import { times } from '../../local/serviceTitan/seed/times.ts';
import type { World } from '../../local/serviceTitan/tenant/world.ts';

/** Fills a tenant without customers; the tenant's seed decides what they are. */
export function seedCustomers(world: World, count: number): void {
  const { random } = world;
  for (let number = 0; number < count; number += 1) {
    const place = somePlace(random);
    const when = times(random);
    const contacts = [phone(place, random), email(personName(random), random)];
    world.createCustomer({
      ...inventCustomer(random),
      ...when,
      address: addressIn(place, random),
      active: !random.percent(4),
      contacts: contacts.map((contact) => ({ ...contact, ...when })),
    });
  }
  world.publish();
}

/** Renames the first so many and moves their balance, as an office does; the contact methods stay. */
export function changeCustomers(world: World, count: number, round: number): void {
  for (const id of world.customerIds.slice(0, count)) {
    world.changeCustomer(id, { name: `Renamed Customer ${round}-${id}`, balance: round });
  }
}
