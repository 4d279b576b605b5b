import { formatTicks, type Ticks } from '../ticks.ts';
import { changedContact, contactOf } from './contactRecord.ts';
import { changedCustomer, customerOf } from './customerRecord.ts';
import { RecordStore } from './recordStore.ts';
import type {
  ContactChanges,
  ContactRecord,
  CustomerChanges,
  CustomerRecord,
  NewContact,
  NewCustomer,
  NoteRecord,
} from './records.ts';
import { given, stamped, type Stamps } from './stamps.ts';
import { WorldError } from './worldError.ts';

/** Who writes through the API. */
const API_USER_ID = 55_542_156;

/** What people at a tenant do to its records. Each change is stamped with the tenant's time. */
export class TenantRecords extends RecordStore {
  /** Adds a customer with its contacts, which share its stamp unless they bring their own. */
  createCustomer(customer: NewCustomer): CustomerRecord {
    const { contacts = [], ...fields } = customer;
    const now = this.clock.stamp();
    const modified = given('modifiedOn', fields.modifiedOn) ?? now;
    const created = given('createdOn', fields.createdOn) ?? modified;
    const id = this.newId(fields.id);
    this.write({
      customer: {
        ...customerOf(id, fields, { created, modified }),
        touched: modified,
        edited: modified,
        writtenAt: now,
      },
    });
    for (const contact of contacts) this.#addContact(id, contact, modified, now);
    return this.customer(id)!;
  }

  changeCustomer(id: number, changes: CustomerChanges): CustomerRecord {
    this.rewriteCustomer(id, changes, stamped(this.clock.stamp()));
    return this.customer(id)!;
  }

  createContact(customerId: number, contact: NewContact): ContactRecord {
    this.requireCustomer(customerId);
    const now = this.clock.stamp();
    const id = this.#addContact(customerId, contact, now, now);
    this.#contactChanged(customerId, now);
    return this.contact(id)!;
  }

  changeContact(id: number, changes: ContactChanges): ContactRecord {
    const former = this.requireContact(id);
    const now = this.clock.stamp();
    this.rewriteContact(id, changes, stamped(now));
    this.#contactChanged(former.record.customerId, now);
    return this.contact(id)!;
  }

  /** The contact leaves the lists without trace; the export feed shows it switched off. */
  deleteContact(id: number): ContactRecord {
    return this.changeContact(id, { active: false });
  }

  /** The contact becomes another customer's, in the lists and in the feed. */
  moveContact(id: number, customerId: number): ContactRecord {
    const former = this.requireContact(id);
    this.requireCustomer(customerId);
    const now = this.clock.stamp();
    const content = changedContact(former, {}, now);
    const record = { ...content.record, customerId };
    this.write({ contact: { ...content, record, modified: now, touched: now, edited: now, writtenAt: now } });
    this.#contactChanged(former.record.customerId, now);
    this.#contactChanged(customerId, now);
    return this.contact(id)!;
  }

  /** The loser becomes inactive and points at the winner. Both keep their contacts. */
  merge(loser: number, winner: number): CustomerRecord {
    this.requireCustomer(winner);
    if (loser === winner) throw new WorldError('conflict', `Customer ${loser} can't be merged into itself.`);
    return this.changeCustomer(loser, { active: false, mergedToId: winner });
  }

  unmerge(customerId: number): CustomerRecord {
    return this.changeCustomer(customerId, { active: true, mergedToId: null });
  }

  /** Moves the balance by an amount, as an invoice or a payment does. */
  moveBalance(customerId: number, amount: number): CustomerRecord {
    const former = this.requireCustomer(customerId);
    const now = this.clock.stamp();
    const balance = Math.round((former.record.balance + amount) * 100) / 100;
    const modified = this.switches.balanceMovesModifiedOn ? now : former.modified;
    this.write({
      customer: {
        ...changedCustomer(former, { balance }, modified),
        modified,
        touched: now,
        edited: former.edited,
        writtenAt: now,
      },
    });
    return this.customer(customerId)!;
  }

  /** Gives records one and the same `modifiedOn`, as an import does, in the past or the future. */
  restamp(ids: { customerIds?: readonly number[]; contactIds?: readonly number[] }, modifiedOn: string): void {
    const modified = given('modifiedOn', modifiedOn)!;
    const stamps = { modified, touched: modified, edited: modified, writtenAt: this.clock.stamp() };
    for (const id of ids.customerIds ?? []) {
      this.write({ customer: { ...changedCustomer(this.requireCustomer(id), {}, modified), ...stamps } });
    }
    for (const id of ids.contactIds ?? []) {
      this.write({ contact: { ...changedContact(this.requireContact(id), {}, modified), ...stamps } });
    }
  }

  addNote(customerId: number, text: string, isPinned = false): NoteRecord {
    this.requireCustomer(customerId);
    const now = this.clock.stamp();
    const createdOn = formatTicks(now);
    const id = this.newId();
    const note = { id, text, isPinned, createdById: API_USER_ID, createdOn, modifiedOn: createdOn };
    this.write({ note, customerId });
    if (this.switches.notesMoveModifiedOn) this.rewriteCustomer(customerId, {}, stamped(now));
    return note;
  }

  protected rewriteCustomer(id: number, changes: CustomerChanges, stamps: Stamps): void {
    const content = changedCustomer(this.requireCustomer(id), changes, stamps.modified);
    this.write({ customer: { ...content, ...stamps } });
  }

  protected rewriteContact(id: number, changes: ContactChanges, stamps: Stamps): void {
    const content = changedContact(this.requireContact(id), changes, stamps.modified);
    this.write({ contact: { ...content, ...stamps } });
  }

  #addContact(customerId: number, contact: NewContact, stamp: Ticks, now: Ticks): number {
    const modified = given('modifiedOn', contact.modifiedOn) ?? stamp;
    const created = given('createdOn', contact.createdOn) ?? modified;
    const id = this.newId(contact.id);
    this.write({
      contact: {
        ...contactOf(id, customerId, contact, { created, modified }),
        touched: modified,
        edited: modified,
        writtenAt: now,
      },
    });
    return id;
  }

  #contactChanged(customerId: number, now: Ticks): void {
    if (this.switches.contactsMoveModifiedOn) this.rewriteCustomer(customerId, {}, stamped(now));
  }
}
