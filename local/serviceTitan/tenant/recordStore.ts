import { createRandom, type Random } from '../seed/random.ts';
import { DEFAULT_SWITCHES, type Switches } from '../switches.ts';
import type { Ticks } from '../ticks.ts';
import { Clock } from './clock.ts';
import { ContactIndex } from './contactIndex.ts';
import type { Beginning, Entry, Journal } from './journal.ts';
import type { ContactRecord, CustomerRecord, NoteRecord } from './records.ts';
import { shown, Table, type Version, type View } from './table.ts';
import { WireIds } from './wireIds.ts';
import { WorldError } from './worldError.ts';

// The vendor's ids are long; the first customer is the one of the examples.
const FIRST_ID = 229_472_825;
const LARGEST_ID_GAP = 4;
const EVERYTHING: Ticks = 1n << 62n;

/** A tenant's customers, contacts and notes: their truth, and what the lists and feeds read of it. */
export class RecordStore {
  readonly switches: Switches;
  readonly clock: Clock;
  readonly random: Random;
  readonly wireIds = new WireIds();
  readonly #customers = new Table<CustomerRecord>((id) => this.wireIds.keyOf(id));
  readonly #contacts = new Table<ContactRecord>((id) => this.wireIds.keyOf(id));
  readonly #contactIndex = new ContactIndex();
  readonly #notes = new Map<number, NoteRecord[]>();
  #nextId = FIRST_ID;
  #journal: Journal | undefined;

  constructor(seed: number, switches: Partial<Switches>) {
    this.switches = { ...DEFAULT_SWITCHES, ...switches };
    this.random = createRandom(seed);
    this.clock = new Clock(createRandom(seed + 1), this.switches.clockSkewSeconds);
  }

  /** Every customer as it is now, whatever the lists already show. */
  get customers(): CustomerRecord[] {
    return Array.from(this.#customers.versions(), shown);
  }

  /** Every contact as it is now, those that were switched off included. */
  get contacts(): ContactRecord[] {
    return Array.from(this.#contacts.versions(), shown);
  }

  get customerIds(): number[] {
    return Array.from(this.#customers.versions(), (version) => version.id);
  }

  customer(id: number): CustomerRecord | undefined {
    const version = this.#customers.get(id);
    return version && shown(version);
  }

  contact(id: number): ContactRecord | undefined {
    const version = this.#contacts.get(id);
    return version && shown(version);
  }

  contactsOf(customerId: number): ContactRecord[] {
    return this.contactIdsOf(customerId)
      .map((id) => this.#contacts.get(id)!)
      .filter(({ record }) => record.customerId === customerId)
      .map(shown);
  }

  /** Contacts that are the customer's or were, for a list that lags still shows a former one. */
  contactIdsOf(customerId: number): readonly number[] {
    return this.#contactIndex.ofCustomer(customerId);
  }

  notesOf(customerId: number): readonly NoteRecord[] {
    return this.#notes.get(customerId) ?? [];
  }

  /** What the lists show of the customers. */
  get visibleCustomers(): View<CustomerRecord> {
    return this.#customers.visible(this.#visibleUntil());
  }

  /** What the lists show of the contacts. */
  get visibleContacts(): View<ContactRecord> {
    return this.#contacts.visible(this.#visibleUntil());
  }

  /** The last versions of a customer before this one, oldest first. */
  formersOfCustomer(id: number): readonly Version<CustomerRecord>[] {
    return this.#customers.formersOf(id);
  }

  formersOfContact(id: number): readonly Version<ContactRecord>[] {
    return this.#contacts.formersOf(id);
  }

  get customerFeed() {
    return this.#customers.feed;
  }

  get contactFeed() {
    return this.#contacts.feed;
  }

  /** Takes up what the journal holds, and has it hold what comes. Throws a WorldError for another beginning's journal. */
  keepIn(journal: Journal, beginning: Beginning): void {
    for (const entry of journal.open(beginning)) this.#keep(entry);
    this.publish();
    this.#journal = journal;
  }

  /** Lets the lists show all that was written so far, whatever the visibility lag. */
  publish(): void {
    this.#publishUntil(EVERYTHING);
  }

  setSwitches(changes: Partial<Switches>): void {
    // What shows already stays so: a lag that begins now is one of writes to come.
    this.#publishUntil(this.#visibleUntil());
    Object.assign(this.switches, changes);
    if (changes.clockSkewSeconds !== undefined) this.clock.setSkew(changes.clockSkewSeconds);
  }

  /** The records under which a contact shows at other customers too. */
  protected linksOf(contactId: number): readonly number[] {
    return this.#contactIndex.linksOf(contactId);
  }

  protected reindex(id: number): void {
    this.#customers.reindex(id);
    this.#contacts.reindex(id);
  }

  protected write(entry: Entry): void {
    this.#keep(entry);
    this.#journal?.append(entry);
  }

  protected requireCustomer(id: number): Version<CustomerRecord> {
    const version = this.#customers.get(id);
    if (version === undefined) throw new WorldError('unknown', `There is no customer ${id}.`);
    return version;
  }

  protected requireContact(id: number): Version<ContactRecord> {
    const version = this.#contacts.get(id);
    if (version === undefined) throw new WorldError('unknown', `There is no contact ${id}.`);
    return version;
  }

  /** The id that was wanted, or the next of the one sequence for all kinds of records. */
  protected newId(wanted?: number): number {
    if (wanted === undefined) return this.#nextId;
    const isTaken = this.#customers.get(wanted) !== undefined || this.#contacts.get(wanted) !== undefined;
    if (isTaken) throw new WorldError('conflict', `The id ${wanted} is taken.`);
    return wanted;
  }

  #keep(entry: Entry): void {
    if ('customer' in entry) {
      this.#useId(entry.customer.id);
      this.#customers.write(entry.customer);
    } else if ('contact' in entry) {
      this.#useId(entry.contact.id);
      this.#contactIndex.add(entry.contact);
      this.#contacts.write(entry.contact);
    } else {
      this.#useId(entry.note.id);
      this.#notes.set(entry.customerId, [...this.notesOf(entry.customerId), entry.note]);
    }
  }

  /** The sequence has gaps. */
  #useId(id: number): void {
    if (id >= this.#nextId) this.#nextId = id + 1 + this.random.below(LARGEST_ID_GAP);
  }

  #publishUntil(until: Ticks): void {
    this.#customers.visible(until);
    this.#contacts.visible(until);
  }

  #visibleUntil(): Ticks {
    const { visibilityLagSeconds } = this.switches;
    // Without lag everything shows, also what was written before the clock was put back.
    return visibilityLagSeconds === 0 ? EVERYTHING : this.clock.ago(visibilityLagSeconds);
  }
}
