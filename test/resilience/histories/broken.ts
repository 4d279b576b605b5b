// What stays wrong at a tenant until it is healed: records that break every call which would show them, outages, lists that
// are cut or come empty, fields in other kinds, records that are hidden, stamps in the future.
import type { Fault, FaultRule } from '../../../local/serviceTitan/faults.ts';
import {
  CONTACT_EXPORTS,
  CONTACT_LISTS,
  CUSTOMER_EXPORTS,
  EXPORTS,
} from '../../../local/serviceTitan/faults/operation.ts';
import type { World } from '../../../local/serviceTitan/tenant/world.ts';
import { formatTicks } from '../../../local/serviceTitan/ticks.ts';
import { isOfReading, LOSES_CUSTOMERS, READING_WRONGS, ruleOf } from './wrongReading.ts';

/** What goes wrong. */
export const WRONGS = [
  "a customer's contacts fail",
  'a customer breaks its list page',
  'a customer breaks its export batch',
  'a contact breaks its export batch',
  'an outage of an hour',
  'an outage between the list and its contacts',
  'fields of a customer in other kinds',
  'fields of a contact in other kinds',
  'lists of contacts come empty',
  'lists of ids are cut',
  'a customer is hidden',
  'a contact is hidden',
  'a customer is stamped 2099',
  'a contact is stamped 2099',
  ...READING_WRONGS,
] as const;
export type Wrong = (typeof WRONGS)[number];

const FUTURE = '2099-01-01T00:00:00.0000000Z';
const OF_A_RECORD: Fault[] = [
  { status: 500 },
  { status: 409 },
  { status: 502 },
  { body: 'truncated' },
  { noAnswer: true },
  { resetConnection: true },
];
const OUTAGES: Fault[] = [{ status: 503 }, { status: 500 }, { resetConnection: true }, { body: 'html' }];
const CUSTOMER_FIELDS: NonNullable<Fault['fields']>[] = [
  { taxExempt: '"Exempt"', type: '{}' },
  { balance: '"much"', 'address.zip': '83702' },
  { active: '"maybe"', name: null },
  { customFields: '"none"', tagTypeIds: '[1, "x", null]', createdOn: null },
];
const CONTACT_FIELDS: NonNullable<Fault['fields']>[] = [
  { memo: '12' },
  { value: '{}' },
  { type: 'null' },
  { active: '"?"' },
];
const BY_IDS = ['contactsByCustomers', 'ownContacts'] as const;

const choose = <Item>(items: readonly Item[], number: number): Item => items[number % items.length]!;

export class Broken {
  readonly #world: World;
  #ends: (() => void)[] = [];
  readonly #customers = new Set<number>();
  readonly #contacts = new Set<number>();
  readonly #inFuture = { customerIds: new Set<number>(), contactIds: new Set<number>() };
  /** Customers that no list and no id shows. */
  readonly hidden = new Set<number>();
  /** Customers whose page fails; a run that goes around one has to say so. */
  readonly unreadable = new Set<number>();
  /** Customers that the live readers see late. */
  readonly late = new Set<number>();
  /** Whether the live readers may lose any customer. */
  losesCustomers = false;
  /** Whether ServiceTitan says no time. */
  saysNoTime = false;

  constructor(world: World) {
    this.#world = world;
  }

  /** `contactId` is undefined where there is no contact. Answers whether it happened. */
  begin(wrong: Wrong, customerId: number, contactId: number | undefined, number: number): boolean {
    const isOfContact = wrong.startsWith('a contact') || wrong === 'fields of a contact in other kinds';
    if (isOfContact && contactId === undefined) return false;
    // What is hidden breaks no call, and the simulated tenant can't have it both ways.
    if (isOfContact ? this.#contacts.has(contactId!) : wrong.includes('customer') && this.#customers.has(customerId)) {
      return false;
    }
    if (isOfReading(wrong)) {
      this.#add(ruleOf(wrong, customerId, contactId ?? 0, number));
      if (wrong === 'a customer shows late') this.late.add(customerId);
      this.losesCustomers ||= LOSES_CUSTOMERS.includes(wrong);
      this.saysNoTime ||= wrong === 'no Date is sent';
      return true;
    }
    const customers = [customerId];
    const contacts = [contactId ?? 0];
    const always = (match: FaultRule['match'], fault: Fault) => this.#add({ match, times: 'always', fault });
    if (isOfContact) this.#contacts.add(contactId!);
    switch (wrong) {
      case "a customer's contacts fail":
        this.#customers.add(customerId);
        always(
          { operation: choose([BY_IDS, BY_IDS.slice(0, 1), BY_IDS.slice(1)], number), customers },
          choose(OF_A_RECORD, number),
        );
        break;
      case 'a customer breaks its list page':
        this.#customers.add(customerId);
        this.unreadable.add(customerId);
        always(
          { operation: choose([['customers'], ['customers', 'customersByIds']] as const, number), customers },
          choose(OF_A_RECORD, number),
        );
        break;
      case 'a customer breaks its export batch':
        this.#customers.add(customerId);
        always({ operation: CUSTOMER_EXPORTS, customers }, choose(OF_A_RECORD, number));
        break;
      case 'a contact breaks its export batch':
        always({ operation: CONTACT_EXPORTS, contacts }, choose(OF_A_RECORD, number));
        break;
      case 'an outage of an hour':
        this.#add({
          match: { operation: choose([CONTACT_LISTS, ['customers', 'customersByIds'], EXPORTS] as const, number) },
          forSeconds: 3600,
          fault: choose(OUTAGES, number),
        });
        break;
      case 'an outage between the list and its contacts':
        this.#add({
          after: { operation: 'customers' },
          match: { operation: CONTACT_LISTS },
          forSeconds: 600,
          fault: choose(OUTAGES, number),
        });
        break;
      case 'fields of a customer in other kinds':
        this.#customers.add(customerId);
        always(
          { operation: ['customers', 'customersByIds', ...CUSTOMER_EXPORTS], customers },
          { fields: choose(CUSTOMER_FIELDS, number) },
        );
        break;
      case 'fields of a contact in other kinds':
        always({ contacts }, { fields: choose(CONTACT_FIELDS, number) });
        break;
      case 'lists of contacts come empty':
        this.#add({
          match: { operation: choose([BY_IDS, BY_IDS.slice(0, 1), BY_IDS.slice(1)], number) },
          times: 1 + (number % 5),
          fault: { empty: true },
        });
        break;
      case 'lists of ids are cut':
        always({ operation: ['contactsByCustomers', 'customersByIds'] }, { idsHonoured: 1 + (number % 3) });
        break;
      case 'a customer is hidden':
        this.#customers.add(customerId);
        this.hidden.add(customerId);
        for (const { id } of this.#world.contacts.filter((contact) => contact.customerId === customerId))
          this.#contacts.add(id);
        always({ customers }, { hidden: true });
        break;
      case 'a contact is hidden':
        always({ contacts }, { hidden: true });
        break;
      case 'a customer is stamped 2099':
        this.#inFuture.customerIds.add(customerId);
        this.#world.restamp({ customerIds: customers }, FUTURE);
        break;
      case 'a contact is stamped 2099':
        this.#inFuture.contactIds.add(contactId!);
        this.#world.restamp({ contactIds: contacts }, FUTURE);
        break;
    }
    return true;
  }

  /**
   * All is well again. Whatever was befallen is stamped anew, as by somebody who mends it: what moves unseen is no rule's here.
   * But what the live readers lost stays as it is, because the settled reader has to bring it (R17).
   */
  heal(): void {
    for (const end of this.#ends.splice(0)) end();
    const now = formatTicks(this.#world.clock.stamp());
    this.#world.restamp(
      { customerIds: [...this.#inFuture.customerIds], contactIds: [...this.#inFuture.contactIds] },
      now,
    );
    for (const id of this.#customers) this.#world.changeCustomer(id, {});
    for (const id of this.#contacts) this.#world.changeContact(id, {});
    const { customerIds, contactIds } = this.#inFuture;
    for (const some of [
      this.#customers,
      this.#contacts,
      customerIds,
      contactIds,
      this.hidden,
      this.unreadable,
      this.late,
    ])
      some.clear();
    this.losesCustomers = false;
    this.saysNoTime = false;
  }

  get isWell(): boolean {
    const { customerIds, contactIds } = this.#inFuture;
    return this.#ends.length + customerIds.size + contactIds.size === 0;
  }

  #add(rule: FaultRule): void {
    this.#ends.push(this.#world.faults.add(rule));
  }
}
