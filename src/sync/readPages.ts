// What the fetch steps read: one page of ServiceTitan each, checked and made ready for the wire. Nothing here writes.
import type { Unreadable } from '../../supabase/functions/_shared/contactBatch.ts';
import { PayloadError, SyncError } from '../errors.ts';
import { type Contact, type Customer, type Page, RateLimitError } from '../serviceTitanApi.ts';
import type { ServiceTitan } from './context.ts';
import { askControl, isTimeToNarrow, mayBeOfARecord, TooMuch } from './control.ts';
import { type CustomerContacts, readCustomerContacts } from './customerContacts.ts';
import { NO_ROWS, type PageHeader, type PageRows, type ReadPage } from './page.ts';
import { foldById, toCustomerRow, toRejectedRow, withoutRejected } from './toRows.ts';
import { addUnreadable } from './unreadable.ts';

/** How many customers the tenant has, for the progress of an initial sync; null where ServiceTitan doesn't say. */
export async function countCustomers({ api }: ServiceTitan): Promise<number | null> {
  try {
    return (await api.customers({ page: 1, pageSize: 1, active: 'Any', sort: '+Id', includeTotal: true })).totalCount;
  } catch (error) {
    // Its wish to be asked later counts for the page too; a fault is met again where it matters.
    if (error instanceof RateLimitError || !(error instanceof SyncError)) throw error;
    return null;
  }
}

/** How many records ServiceTitan sent, those that are passed over among them. */
export function recordsOf({ data, rejected, orphans, unowned }: Page<unknown>): number {
  return data.length + rejected.length + orphans + unowned;
}

/** R10: a page that fails as a record may make it fail, while a control is answered, is too much to ask for at once. */
export async function orTooMuch<Answer>(
  serviceTitan: ServiceTitan,
  control: readonly (() => Promise<unknown>)[],
  read: () => Promise<Answer>,
): Promise<Answer> {
  try {
    return await read();
  } catch (error) {
    if (!mayBeOfARecord(error) || !isTimeToNarrow(serviceTitan, error)) throw error;
    await askControl(error, control);
    throw new TooMuch();
  }
}

/** Customers as one page, or several calls by id, answered them. */
export type AnsweredCustomers = Pick<Page<Customer>, 'data' | 'rejected' | 'unreadable'>;

const NO_TIME = "There was no time in a whole step to read the customer's phones and e-mails.";

/**
 * A page of customers as rows, each with its contacts re-read whole. Rejects with `TooMuch` when the step's time is up. One
 * customer alone can't be less: it is written, and its contacts are left to the quarantine.
 */
export async function withContacts(
  serviceTitan: ServiceTitan,
  page: AnsweredCustomers,
  poisoned: ReadonlySet<string> = new Set(),
): Promise<PageRows> {
  const ids = [...new Set(page.data.map((customer) => customer.id))].filter((id) => !poisoned.has(id));
  const contacts = await readCustomerContacts(serviceTitan, ids, { poisoned });
  if (contacts.unasked.length > 0 && page.data.length > 1) throw new TooMuch();
  for (const customerId of contacts.unasked) {
    contacts.refused.push({ customerId, reason: NO_TIME, callFailed: true });
  }
  return toRowsWith(page, contacts);
}

export function toRowsWith(
  page: AnsweredCustomers,
  { byCustomer, unread, refused, ...contacts }: CustomerContacts,
): PageRows {
  const rows = toCustomerRows(
    page,
    (id) => byCustomer.get(id) ?? null,
    (id) => unread.get(id),
  );
  const unreadable = { ...contacts.unreadable };
  addUnreadable(unreadable, page.unreadable);
  return {
    ...rows,
    ...unreadableOf(unreadable),
    rejected: [...rows.rejected, ...refused.map((record) => toRejectedRow('contacts', record))],
  };
}

/** The customers of a page, each once; `contactsOf` answers null for one whose contacts were not re-read. */
export function toCustomerRows(
  page: AnsweredCustomers,
  contactsOf: (customerId: string) => Contact[] | null,
  unreadOf: (customerId: string) => string[] | undefined = () => undefined,
): PageRows {
  const rejected = page.rejected.map((record) => toRejectedRow('customers', record));
  const customers = foldById(
    page.data.map((customer) => toCustomerRow(customer, contactsOf(customer.id), unreadOf(customer.id))),
  );
  return {
    ...NO_ROWS,
    ...unreadableOf(page.unreadable),
    customers: withoutRejected(customers, rejected),
    rejected,
  };
}

/** For the rows of a page; nothing where all could be read. */
export function unreadableOf(unreadable: Unreadable): Pick<PageRows, 'unreadable'> {
  return Object.keys(unreadable).length === 0 ? {} : { unreadable };
}

/** "More follows" without a record is asked once more, then it stops the run with the cursor unmoved (R5). */
export async function readAgainWhenEmpty<P extends Page<unknown>>(read: () => Promise<P>): Promise<P> {
  const isStuck = (page: P) => page.hasMore && recordsOf(page) === 0;
  const first = await read();
  if (!isStuck(first)) return first;
  const second = await read();
  if (!isStuck(second)) return second;
  throw new PayloadError(
    'ServiceTitan said twice that more records follow and sent none: the next run asks again from the same place; if it lasts, open a case with ServiceTitan.',
  );
}

/** Puts the header in front of the rows. */
export function toResult(
  page: Pick<Page<unknown>, 'hasMore' | 'date'> & Partial<Pick<Page<unknown>, 'orphans' | 'unowned'>>,
  rows: PageRows,
  more: Partial<PageHeader> = {},
): ReadPage {
  return {
    header: {
      records:
        rows.customers.length +
        rows.contact_methods.length +
        rows.rejected.length +
        rows.rechecked.length +
        (page.orphans ?? 0) +
        (page.unowned ?? 0),
      hasMore: page.hasMore,
      continueFrom: 'continueFrom' in page ? (page.continueFrom as string) : null,
      date: page.date,
      expected: null,
      isPastFuture: false,
      rechecks: null,
      reader: null,
      commits: [],
      asked: null,
      unnamed: 0,
      retriesQuarantined: false,
      stamp: null,
      list: null,
      doubts: [],
      rest: [],
      ...more,
    },
    rows,
  };
}
