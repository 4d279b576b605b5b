import type { ContactRecord } from './records.ts';
import type { Version } from './table.ts';

/** Which contacts belong to a customer, and which records are one contact under several customers. */
export class ContactIndex {
  readonly #byCustomer = new Map<number, number[]>();
  readonly #links = new Map<number, number[]>();

  add({ id, raw, record }: Version<ContactRecord>): void {
    append(this.#byCustomer, record.customerId, id);
    // A shared contact is another record in here that goes out under the id of the first.
    const shared = raw?.['id'];
    if (typeof shared === 'number' && shared !== id) append(this.#links, shared, id);
  }

  /** Contacts that are the customer's or were. */
  ofCustomer(customerId: number): readonly number[] {
    return this.#byCustomer.get(customerId) ?? [];
  }

  /** The other records of a contact that is shared. */
  linksOf(contactId: number): readonly number[] {
    return this.#links.get(contactId) ?? [];
  }
}

function append(lists: Map<number, number[]>, key: number, id: number): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [id]);
  else if (!list.includes(id)) list.push(id);
}
