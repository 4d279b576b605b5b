import type { TenantRecords } from '../tenant/tenantRecords.ts';
import { email, phone } from './contacts.ts';
import { addressIn, inventCustomer, somePlace } from './customers.ts';
import { asEntered, personName } from './names.ts';
import { createRandom, type Random } from './random.ts';

type Change = (records: TenantRecords, customerId: number, random: Random, otherId: number) => void;

// As often as they stand here: much of a day at an office is phones, addresses and invoices.
const CHANGES: Change[] = [
  rename,
  rename,
  move,
  move,
  moveBalance,
  moveBalance,
  moveBalance,
  addContact,
  addContact,
  changeContact,
  changeContact,
  removeContact,
  addNote,
  addNote,
  switchActive,
  mergeOrUnmerge,
  addCustomer,
  addCustomer,
];

/** Does so many random things to random customers: the same to the same records with the same seed. */
export function randomChanges(records: TenantRecords, { count, seed }: { count: number; seed: number }): void {
  const random = createRandom(seed);
  const ids = records.customerIds;
  for (let done = 0; done < count; done++) {
    if (ids.length === 0) records.createCustomer(inventCustomer(random));
    else random.pick(CHANGES)(records, random.pick(ids), random, random.pick(ids));
  }
}

function rename(records: TenantRecords, id: number, random: Random): void {
  records.changeCustomer(id, { name: asEntered(personName(random), random) });
}

function move(records: TenantRecords, id: number, random: Random): void {
  records.changeCustomer(id, { address: addressIn(somePlace(random), random) });
}

function moveBalance(records: TenantRecords, id: number, random: Random): void {
  records.moveBalance(id, (1 + random.below(90_000)) / 100);
}

function addContact(records: TenantRecords, id: number, random: Random): void {
  const isPhone = random.percent(60);
  records.createContact(id, isPhone ? phone(somePlace(random), random) : email(personName(random), random));
}

function changeContact(records: TenantRecords, id: number, random: Random): void {
  const contactId = someContact(records, id, random);
  if (contactId === undefined) return addContact(records, id, random);
  const isEmail = records.contact(contactId)?.type === 'Email';
  const { value } = isEmail ? email(personName(random), random) : phone(somePlace(random), random);
  records.changeContact(contactId, { value });
}

function removeContact(records: TenantRecords, id: number, random: Random): void {
  const contactId = someContact(records, id, random);
  if (contactId !== undefined) records.deleteContact(contactId);
}

function addNote(records: TenantRecords, id: number): void {
  records.addNote(id, 'Called back, no answer.');
}

function switchActive(records: TenantRecords, id: number): void {
  records.changeCustomer(id, { active: !records.customer(id)?.active });
}

function mergeOrUnmerge(records: TenantRecords, id: number, _random: Random, otherId: number): void {
  if (records.customer(id)?.mergedToId !== null) {
    records.unmerge(id);
  } else if (otherId !== id) {
    records.merge(id, otherId);
  }
}

function addCustomer(records: TenantRecords, _id: number, random: Random): void {
  records.createCustomer(inventCustomer(random));
}

function someContact(records: TenantRecords, id: number, random: Random): number | undefined {
  const ids = records.contactIdsOf(id);
  return ids.length === 0 ? undefined : random.pick(ids);
}
