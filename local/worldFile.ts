import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { ContactRecord, CustomerRecord, NewContact } from './serviceTitan/tenant/records.ts';
import type { World } from './serviceTitan/tenant/world.ts';

/** Everything that a sync can see of a world. */
export interface SavedWorld {
  customers: CustomerRecord[];
  contacts: ContactRecord[];
  movedBalances: number[];
}

/**
 * Writes the world's customers and contacts down, so that a restarted ServiceTitan goes on where it was and not at its
 * seed. `movedBalances` are those of the last changes, perhaps not read by a sync yet.
 */
export function saveWorld(file: string, world: World, movedBalances: number[]): void {
  const saved: SavedWorld = { customers: world.customers, contacts: world.contacts, movedBalances };
  writeFileSync(`${file}.new`, JSON.stringify(saved));
  renameSync(`${file}.new`, file);
}

/** What was written down, undefined when nothing was. */
export function readWorld(file: string): SavedWorld | undefined {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as SavedWorld) : undefined;
}

/** Fills an empty world with what was written down. */
export function fillWorld(world: World, { customers, contacts, movedBalances }: SavedWorld): void {
  const contactsOf = Map.groupBy(contacts, (contact) => contact.customerId);
  for (const customer of customers) {
    // Of an application that the demo tenant does not have; the world takes none.
    const { externalData: _, ...fields } = customer;
    world.createCustomer({ ...fields, contacts: (contactsOf.get(customer.id) ?? []).map(toNewContact) });
  }
  // A movement of nothing: the record matches the modified range again, as it did before the restart.
  for (const id of movedBalances) world.moveBalance(id, 0);
}

function toNewContact({
  id,
  type,
  value,
  memo,
  active,
  phoneSettings,
  createdOn,
  modifiedOn,
}: ContactRecord): NewContact {
  return { id, type, value, memo, active, doNotText: phoneSettings?.doNotText ?? false, createdOn, modifiedOn };
}
