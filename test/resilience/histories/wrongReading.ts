// How a tenant goes wrong about what it reads out: lists and feeds that end early, come in no order or in a circle, refuse
// their tokens, show records late, say no time. Each stands until it is healed, or for the next few calls.
import type { FaultRule } from '../../../local/serviceTitan/faults.ts';
import {
  CONTACT_EXPORTS,
  CUSTOMER_EXPORTS,
  EXPORTS,
  type Operation,
} from '../../../local/serviceTitan/faults/operation.ts';

/** What goes wrong. What a customer or a contact does is about one record, all else about the tenant. */
export const READING_WRONGS = [
  'no Date is sent',
  'the list ends early',
  'an export ends early',
  'the list comes in no order',
  'the list shows its first page for every page',
  'an export goes round in a circle',
  'an export refuses every token',
  'a customer shows late',
  'a contact shows late',
] as const;
export type ReadingWrong = (typeof READING_WRONGS)[number];

/** With these the live readers may lose customers, and the settled reader brings them. */
export const LOSES_CUSTOMERS: readonly string[] = [
  'the list ends early',
  'an export ends early',
  'the list comes in no order',
  'the list shows its first page for every page',
];

const FEEDS: (readonly Operation[])[] = [EXPORTS, CUSTOMER_EXPORTS, CONTACT_EXPORTS, ['recentContactsExport']];
const REFUSALS = [400, 404, 410, 422];
/** A page of so many is known again (R19). */
const SOME_PAGES = 30;

export const isOfReading = (wrong: string): wrong is ReadingWrong =>
  (READING_WRONGS as readonly string[]).includes(wrong);

/** The rule of the simulated ServiceTitan; `number` chooses among its variants. */
export function ruleOf(wrong: ReadingWrong, customerId: number, contactId: number, number: number): FaultRule {
  const operation = FEEDS[number % FEEDS.length]!;
  const lateSeconds = 300 * (1 + (number % 8));
  switch (wrong) {
    case 'no Date is sent':
      return { times: 'always', fault: { date: 'absent' } };
    case 'the list ends early':
      return { match: { operation: 'customers' }, times: 1 + (number % 3), fault: { answer: { hasMore: 'false' } } };
    case 'an export ends early':
      return { match: { operation }, times: 1 + (number % 5), fault: { answer: { hasMore: 'false' } } };
    case 'the list comes in no order':
      return { match: { operation: 'customers' }, times: 'always', fault: { unsorted: number } };
    case 'the list shows its first page for every page':
      return { match: { operation: 'customers' }, times: SOME_PAGES, fault: { pageShown: 1 } };
    case 'an export goes round in a circle':
      return { match: { operation }, times: 'always', fault: { tokenCycle: 1 + (number % 3) } };
    case 'an export refuses every token':
      return {
        match: { operation, from: 'token' },
        times: 'always',
        fault: { status: REFUSALS[(number >> 2) % REFUSALS.length]! },
      };
    // Not in the exports that wait for late commits: those are what the second way of reading is for.
    case 'a customer shows late':
      return {
        match: { operation: ['customers', 'recentCustomersExport'], customers: [customerId] },
        times: 'always',
        fault: { lateSeconds },
      };
    // A contact that its customer's own list lacks as well is gone, as far as anybody can tell (R16).
    case 'a contact shows late':
      return {
        match: { operation: ['contactsByCustomers', 'recentContactsExport'], contacts: [contactId] },
        times: 'always',
        fault: { lateSeconds },
      };
  }
}
