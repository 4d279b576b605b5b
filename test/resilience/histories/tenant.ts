// One tenant of the simulated ServiceTitan in a history: what people do to its records, picked by number so that a history
// is plain data, and when each version of a customer could be seen.
import { expectContact, type ExpectedContact } from '../../../local/expectation.ts';
import type { ContactRecord, CustomerRecord, NewContact } from '../../../local/serviceTitan/tenant/records.ts';
import type { World } from '../../../local/serviceTitan/tenant/world.ts';
import { formatTicks } from '../../../local/serviceTitan/ticks.ts';
import { canonicalInstant } from '../../../src/serviceTitanApi.ts';
import { Broken, type Wrong, WRONGS } from './broken.ts';
import type { Met } from './met.ts';

/** What people do. */
export const DEEDS = [
  'customer created',
  'customer renamed',
  'customer moved abroad',
  'customer switched off or on',
  'customers merged',
  'customer merged back',
  'balance moved',
  'customers re-stamped at one instant',
  'contact added',
  'contact changed',
  'contact switched off',
  'contact switched on',
  'contact moved to another customer',
  'contacts re-stamped at one instant',
  'note added',
  'customer spoilt',
  'contact spoilt',
  'contact shared with another customer',
  'spoilt records healed',
  ...WRONGS,
] as const;

/** `deed` is an index of DEEDS; `pick` and `other` choose among what is there. */
export interface Deed {
  deed: number;
  pick: number;
  other: number;
}

/** A version of a customer; when it was written and from when on it could be seen, by the clock that cursors are given by. */
interface Publication {
  id: string;
  /** Null where it was spoilt: such a version is for the quarantine. */
  modifiedOn: string | null;
  writtenAt: number;
  visibleAt: number;
}

/** The cursor is cut to the second that ServiceTitan's `Date` has: what was written within it may have come before the reading. */
const CURSOR_GRAIN_MS = 1000;
const DAY_MS = 24 * 60 * 60_000;
/** No clock of a history is ahead by so much. */
const FUTURE_MS = 5 * DAY_MS;
const COUNTRIES = ['USA', 'US', 'Canada', 'United Kingdom', '', 'Atlantis'];
const VALUES: NewContact[] = [
  { type: 'MobilePhone', value: '(303) 555-0142' },
  { type: 'Phone', value: '604-555-0187' },
  { type: 'Phone', value: '020 7946 0958' },
  { type: 'MobilePhone', value: '555' },
  { type: 'Phone', value: '  ' },
  { type: 'Fax', value: '303 555 0199' },
  { type: 'Email', value: ' anna@example.com ' },
  { type: 'Email', value: 'ben@example.com' },
];
/** What no schema takes, and what only the database refuses. */
const BAD_CUSTOMERS: Record<string, unknown>[] = [
  { name: {} },
  { modifiedOn: 'yesterday' },
  { name: 'half\u0000' },
  { creditLimit: 'much' },
];
const BAD_CONTACTS: Record<string, unknown>[] = [
  { type: {} },
  { value: 'half\u0000' },
  { modifiedOn: '?' },
  { memo: 'half\ud83d' },
];

export class Tenant {
  readonly world: World;
  readonly #now: () => number;
  readonly #met: Met;
  readonly #published: Publication[] = [];
  readonly #latest = new Map<number, string>();
  readonly #spoiltCustomers = new Set<number>();
  readonly #spoiltContacts = new Set<number>();
  readonly #broken: Broken;
  /** Records that are a contact shared with a second customer, each with the id that it goes out under. */
  readonly #shared = new Map<number, number>();
  /** Until when a customer whose page failed may be unread. */
  readonly #unreadUntil = new Map<string, number>();
  /** The same of one that was hidden, of whom nobody could tell anything. */
  readonly #hiddenUntil = new Map<string, number>();
  /** Until when the live readers may have lost a version of that customer. */
  readonly #lostUntil = new Map<string, number>();
  /** Until when any version may have been lost, and until when a cursor may be given without ServiceTitan's time. */
  #losingUntil = -Infinity;
  #noTimeUntil = -Infinity;
  /** Contacts that ServiceTitan has no more. */
  readonly #removed = new Set<number>();
  #names = 0;

  /** `now`, in milliseconds, is the earlier of the Worker's clock and ServiceTitan's: by it the cursor is given (R4). */
  constructor(world: World, now: () => number, met: Met) {
    this.world = world;
    this.#now = now;
    this.#met = met;
    this.#broken = new Broken(world);
    this.#publish();
  }

  do({ deed, pick, other }: Deed): void {
    const name = DEEDS[deed % DEEDS.length]!;
    if (this.#carryOut(name, pick, other)) this.#met.add(name);
    this.#publish();
  }

  /** The feed shows a contact again, of which nothing but the stamp has changed. */
  touchContact(pick: number): void {
    const contacts = this.world.contacts.filter(({ id }) => !this.#shared.has(id));
    if (contacts.length > 0) this.world.changeContact(contacts[pick % contacts.length]!.id, {});
    this.#publish();
  }

  /** The list shows the customer again, if it is one of this tenant. */
  touchCustomer(customerId: string, source: string): void {
    if (source === `production/${this.world.tenantId}`) this.world.changeCustomer(Number(customerId), {});
    this.#publish();
  }

  /** Whatever was spoilt or broken is well again. */
  heal(): void {
    for (const id of this.#spoiltCustomers) this.world.changeCustomer(id, { raw: {} });
    for (const id of this.#spoiltContacts) this.world.changeContact(id, { raw: {} });
    this.#spoiltCustomers.clear();
    this.#spoiltContacts.clear();
    const until = this.#seenAt() + CURSOR_GRAIN_MS;
    for (const id of this.#broken.unreadable) this.#unreadUntil.set(String(id), until);
    for (const id of this.#broken.hidden) this.#hiddenUntil.set(String(id), until);
    for (const id of this.#broken.late) this.#lostUntil.set(String(id), until);
    if (this.#broken.losesCustomers) this.#losingUntil = until;
    if (this.#broken.saysNoTime) this.#noTimeUntil = until;
    this.#broken.heal();
    this.#publish();
  }

  /** Whether the customer was hidden from whoever moves a cursor to that time. */
  isHidden(customerId: string, cursor: number): boolean {
    return this.#broken.hidden.has(Number(customerId)) || cursor < (this.#hiddenUntil.get(customerId) ?? 0);
  }

  /** R10: whether the page of the customer failed, so that a cursor of that time may have passed it. */
  mayBeUnread(customerId: string, cursor: number): boolean {
    return this.#broken.unreadable.has(Number(customerId)) || cursor < (this.#unreadUntil.get(customerId) ?? 0);
  }

  /** R17: whether the live readers may have lost that version, because they went wrong when it was there to be read. */
  mayBeLost(customerId: string, modifiedOn: string, behindMs: number): boolean {
    // A cursor that was given without ServiceTitan's time may be days ahead of it.
    const noTimeUntil = this.#broken.saysNoTime ? this.#seenAt() : this.#noTimeUntil;
    if (behindMs >= DAY_MS && Date.parse(modifiedOn) < noTimeUntil + behindMs) return true;
    if (this.#broken.losesCustomers || this.#broken.late.has(Number(customerId))) return true;
    const until = Math.max(this.#losingUntil, this.#lostUntil.get(customerId) ?? -Infinity);
    return this.#published.some(
      (one) => one.id === customerId && one.modifiedOn === modifiedOn && one.writtenAt < until,
    );
  }

  /** One answer was wrong about where the list ends, or about the time. */
  notice(what: 'loses customers' | 'says no time'): void {
    const until = this.#seenAt() + CURSOR_GRAIN_MS;
    if (what === 'loses customers') this.#losingUntil = until;
    else this.#noTimeUntil = until;
  }

  /**
   * What a cursor claims: where ServiceTitan says no time it is given by the Worker's clock alone, and `behindMs` is how far
   * ServiceTitan's is behind that.
   */
  claimOf(cursor: number, behindMs: number): number {
    return this.#broken.saysNoTime || cursor - behindMs < this.#noTimeUntil ? cursor - behindMs : cursor;
  }

  /** ServiceTitan has that customer no more, and tells nobody. */
  vanish(customerId: string): void {
    this.world.faults.add({ match: { customers: [Number(customerId)] }, times: 'always', fault: { hidden: true } });
  }

  /** The same of an active contact of that customer; false where it has none that is its own alone. */
  removeContact(customerId: string): boolean {
    const shared = new Set([...this.#shared].flat());
    const contact = this.world.contacts.find(
      (one) => String(one.customerId) === customerId && one.active && !shared.has(one.id),
    );
    if (!contact) return false;
    this.world.faults.add({ match: { contacts: [contact.id] }, times: 'always', fault: { hidden: true } });
    this.#removed.add(contact.id);
    return true;
  }

  expected(): ExpectedContact[] {
    const contacts = this.world.contacts
      .filter(({ id }) => !this.#removed.has(id))
      .map((contact) => ({ ...contact, id: this.#shared.get(contact.id) ?? contact.id }));
    const methods = Map.groupBy(contacts, (contact: ContactRecord) => contact.customerId);
    const source = `production/${this.world.tenantId}`;
    return this.world.customers.map((customer: CustomerRecord) =>
      expectContact(customer, methods.get(customer.id) ?? [], source),
    );
  }

  /**
   * R4: for each customer the newest `modifiedOn` that could be seen before that time. Without those whose next version shows
   * late: the export has moved them to its end at once. Nor those stamped after that time, in 2099 say, which the windows to come
   * have still to show. With `unchanged` only of those that did not change since: the same
   * happens to a record that changes while the export is read.
   */
  shownBefore(time: number, unchanged: boolean): Map<string, string> {
    const shown = new Map<string, string>();
    const future = canonicalInstant(new Date(time + FUTURE_MS).toISOString())!;
    for (const { id, modifiedOn, writtenAt, visibleAt } of this.#published) {
      if (modifiedOn !== null && modifiedOn < future && visibleAt < time) shown.set(id, modifiedOn);
      else if (unchanged || writtenAt < time + CURSOR_GRAIN_MS) shown.delete(id);
    }
    return shown;
  }

  #publish(): void {
    const writtenAt = this.#now();
    const visibleAt = this.#seenAt();
    for (const { id, ...record } of this.world.customers) {
      // Nobody can be told of what is hidden.
      const modifiedOn = this.#broken.hidden.has(id) ? 'hidden' : record.modifiedOn;
      if (this.#latest.get(id) === modifiedOn) continue;
      this.#latest.set(id, modifiedOn);
      const canonical = canonicalInstant(modifiedOn);
      if (visibleAt > writtenAt) this.#met.add('row became visible late');
      this.#published.push({ id: String(id), modifiedOn: canonical, writtenAt, visibleAt });
    }
  }

  /** When it can be seen what is written now. */
  #seenAt(): number {
    return this.#now() + this.world.switches.visibilityLagSeconds * 1000;
  }

  #carryOut(name: (typeof DEEDS)[number], pick: number, other: number): boolean {
    const { world } = this;
    const ids = world.customerIds;
    const contacts = world.contacts;
    if (name === 'customer created' || ids.length === 0) {
      world.createCustomer({
        name: this.#newName(),
        address: { country: COUNTRIES[other % COUNTRIES.length]!, city: 'Springfield' },
        contacts: VALUES.slice(other % VALUES.length, (other % VALUES.length) + (pick % 3)),
      });
      return name === 'customer created';
    }
    const id = ids[pick % ids.length]!;
    const otherId = ids[other % ids.length]!;
    const picked = contacts[pick % Math.max(contacts.length, 1)];
    const contact = picked && (world.contact(this.#shared.get(picked.id) ?? picked.id) ?? picked);
    const isShared = contact !== undefined && [...this.#shared.values()].includes(contact.id);
    const some = <Item>(items: readonly Item[]) =>
      items.filter((_, index) => (pick + index * (1 + (other % 3))) % 3 !== 0);
    const stamp = () => formatTicks(world.clock.stamp());
    switch (name) {
      case 'customer renamed':
        world.changeCustomer(id, { name: this.#newName() });
        return true;
      case 'customer moved abroad':
        world.changeCustomer(id, { address: { country: COUNTRIES[other % COUNTRIES.length]! } });
        return true;
      case 'customer switched off or on':
        world.changeCustomer(id, { active: !world.customer(id)!.active });
        return true;
      case 'customers merged':
        if (id === otherId) return false;
        world.merge(id, otherId);
        return true;
      case 'customer merged back': {
        const merged = world.customers.find((customer) => customer.mergedToId !== null);
        if (merged) world.unmerge(merged.id);
        return merged !== undefined;
      }
      case 'balance moved':
        world.moveBalance(id, 1 + (other % 50));
        return true;
      case 'customers re-stamped at one instant':
        world.restamp({ customerIds: some(ids) }, stamp());
        return true;
      case 'contacts re-stamped at one instant':
        world.restamp({ contactIds: some(contacts).map((one) => one.id) }, stamp());
        return contacts.length > 1;
      case 'contact added':
        world.createContact(id, VALUES[other % VALUES.length]!);
        return true;
      case 'contact changed': {
        if (!contact) return false;
        const { type, value } = VALUES[other % VALUES.length]!;
        world.changeContact(contact.id, { type, value });
        return true;
      }
      case 'contact switched off': {
        const on = contacts.filter(({ active }) => active);
        if (on.length > 0) world.deleteContact(on[pick % on.length]!.id);
        return on.length > 0;
      }
      case 'contact switched on': {
        const off = contacts.find(({ active }) => !active);
        if (off) world.changeContact(off.id, { active: true });
        return off !== undefined;
      }
      case 'contact moved to another customer':
        if (!contact || isShared || contact.customerId === otherId) return false;
        world.moveContact(contact.id, otherId);
        return true;
      case 'contact shared with another customer':
        if (!contact || isShared || contact.customerId === otherId) return false;
        this.#shared.set(world.shareContact(contact.id, otherId).id, contact.id);
        return true;
      case 'note added':
        world.addNote(id, 'Called back, no answer.');
        return true;
      case 'customer spoilt':
        world.changeCustomer(id, { raw: BAD_CUSTOMERS[other % BAD_CUSTOMERS.length]! });
        this.#spoiltCustomers.add(id);
        return true;
      case 'contact spoilt':
        if (!contact) return false;
        world.changeContact(contact.id, { raw: BAD_CONTACTS[other % BAD_CONTACTS.length]! });
        this.#spoiltContacts.add(contact.id);
        return true;
      case 'spoilt records healed': {
        const spoilt = this.#spoiltCustomers.size + this.#spoiltContacts.size;
        const isWell = spoilt === 0 && this.#broken.isWell;
        this.heal();
        return !isWell;
      }
      default:
        return this.#broken.begin(name satisfies Wrong, id, contact?.id, other);
    }
  }

  #newName(): string {
    this.#names += 1;
    return `Customer no. ${this.#names}`;
  }
}
