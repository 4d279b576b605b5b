import type { World } from './serviceTitan/tenant/world.ts';

// How many customers each kind of change touches in a round.
const EDITS = 5;

/**
 * What a tenant's people do in a while: edits, phones and e-mails added, changed and removed, balances moved, a customer
 * merged, one deactivated, one taken back, a new one. Answers how many changes that were.
 */
export function changeCustomers(world: World): number {
  const { random } = world;
  const pickFrom = (ids: number[]) => ids[random.below(ids.length)]!;
  const severalFrom = (ids: number[]) => (ids.length > 0 ? Array.from({ length: EDITS }, () => pickFrom(ids)) : []);
  const everyone = world.customerIds;
  const reachable = everyone.filter((id) => world.contactsOf(id).some((contact) => contact.active));
  const round = random.below(1_000_000);
  let changes = 0;
  const change = (apply: () => void) => {
    apply();
    changes += 1;
  };

  for (const id of severalFrom(everyone)) {
    change(() => world.changeCustomer(id, { name: `Renamed Customer ${round}-${id}` }));
  }
  for (const id of severalFrom(everyone)) {
    change(() => world.changeCustomer(id, { address: { street: `${round} Moved Street`, unit: null } }));
  }
  for (const id of severalFrom(everyone)) {
    change(() => world.createContact(id, { type: 'Email', value: `added-${round}-${id}@example.com` }));
  }
  for (const id of severalFrom(reachable)) {
    const contact = pickContact(world, id);
    if (contact) change(() => world.changeContact(contact.id, { value: changedValue(contact.type, round) }));
  }
  for (const id of severalFrom(reachable)) {
    const contact = pickContact(world, id);
    if (contact) change(() => world.deleteContact(contact.id));
  }
  for (const id of severalFrom(everyone)) {
    change(() => world.moveBalance(id, random.below(20_000) / 100 - 50));
  }

  const pick = () => pickFrom(everyone);
  const [loser, winner, closed, reopened] = [pick(), pick(), pick(), pick()];
  if (loser !== winner) change(() => world.merge(loser, winner));
  change(() => world.changeCustomer(closed, { active: false }));
  change(() => world.unmerge(reopened));
  change(() =>
    world.createCustomer({
      name: `New Customer ${round}`,
      type: 'Residential',
      address: { street: `${round} New Street`, city: 'Denver', state: 'CO', zip: '80202', country: 'USA' },
      contacts: [{ type: 'MobilePhone', value: '3035550142' }],
    }),
  );
  return changes;
}

/** An active one; undefined when an earlier change of the round took the last. */
function pickContact(world: World, customerId: number) {
  const active = world.contactsOf(customerId).filter((contact) => contact.active);
  return active[world.random.below(Math.max(active.length, 1))];
}

function changedValue(type: string, round: number): string {
  // 555-0100 to 555-0199 are kept free for examples.
  return type === 'Email' ? `changed-${round}@example.com` : `30355501${String(round % 100).padStart(2, '0')}`;
}
