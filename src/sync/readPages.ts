// What the fetch steps read: one page of ServiceTitan each, checked and made ready for the wire. Nothing here writes.
import type { Unreadable } from '../../supabase/functions/_shared/contactBatch.ts';
import { PayloadError, SyncError } from '../errors.ts';
import {
  canonicalInstant,
  type Contact,
  type Customer,
  type ExportPage,
  type ExportParameters,
  type ListPage,
  type Page,
  RateLimitError,
  RequestError,
} from '../serviceTitanApi.ts';
import type { ServiceTitan } from './context.ts';
import { readCustomerContacts } from './customerContacts.ts';
import { checkFilter } from './filterCheck.ts';
import { type FetchResult, NO_ROWS, type PageHeader, type PageRows } from './page.ts';
import { foldById, toContactMethodRow, toCustomerRow, toRejectedRow, withoutRejected } from './toRows.ts';
import { addUnreadable } from './unreadable.ts';

export interface CustomersWindow {
  modifiedOnOrAfter: string;
  pageSize: number;
  page: number;
}

/** Clocks differ by seconds; a stamp that is later than ServiceTitan's own clock by more is in the future (R9). */
const CLOCK_TOLERANCE_MS = 60_000;

/** A page of the customers modified since, each with its contacts. By id and with no upper bound: see R5. */
export async function readModifiedCustomers(
  serviceTitan: ServiceTitan,
  window: CustomersWindow,
  now: number,
): Promise<FetchResult> {
  const { api } = serviceTitan;
  const asked = { ...window, active: 'Any', sort: '+Id', includeTotal: window.page === 1 } as const;
  const page = await readAgainWhenEmpty(() => api.customers(asked));
  await checkFilter(api, page, window, now);
  const rows = await withContacts(serviceTitan, page);
  return toResult(serviceTitan, page, rows, { expected: page.totalCount });
}

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

/** A batch of the customer export. Their contacts came with the contacts export before. */
export async function readExportedCustomers(
  serviceTitan: ServiceTitan,
  from: string | null,
  expected: number | null = null,
): Promise<FetchResult> {
  const page = await readExport((parameters) => serviceTitan.api.exportCustomers(parameters), { from });
  return toResult(
    serviceTitan,
    page,
    toCustomerRows(page, () => null),
    { expected },
  );
}

/** A batch of the contacts export, always without the 15 minutes' delay: the two must not be mixed on one token. */
export async function readExportedContacts(
  serviceTitan: ServiceTitan,
  from: string | null,
  now: number,
  expected: number | null = null,
): Promise<FetchResult> {
  const page = await readExport((parameters) => serviceTitan.api.exportContacts(parameters), {
    from,
    includeRecentChanges: true,
  });
  const clock = page.date === null ? now : Date.parse(page.date);
  const future = canonicalInstant(new Date(clock + CLOCK_TOLERANCE_MS).toISOString())!;
  const rows: PageRows = {
    ...NO_ROWS,
    ...unreadableOf(page.unreadable),
    // The feed's own rows always say whether they are active; absent can only mean yes, and unreadable
    // nothing.
    contact_methods: foldById(
      page.data.map((contact) =>
        toContactMethodRow({ ...contact, active: contact.active === null ? true : contact.active }),
      ),
    ),
    rejected: page.rejected.map((rejected) => toRejectedRow('contacts', rejected)),
  };
  const isPastFuture = page.data.some(({ modifiedOn }) => modifiedOn > future);
  return toResult(serviceTitan, page, rows, { expected, isPastFuture });
}

/** A page of customers as rows, each with its contacts re-read whole. */
export async function withContacts(
  { api }: ServiceTitan,
  page: Pick<ListPage<Customer>, 'data' | 'rejected' | 'unreadable'>,
): Promise<PageRows> {
  const ids = [...new Set(page.data.map((customer) => customer.id))];
  const { byCustomer, unread, unreadable, refused } = await readCustomerContacts(api, ids);
  const rows = toCustomerRows(
    page,
    (id) => byCustomer.get(id) ?? null,
    (id) => unread.get(id),
  );
  addUnreadable(unreadable, page.unreadable);
  return {
    ...rows,
    ...unreadableOf(unreadable),
    rejected: [...rows.rejected, ...refused.map((record) => toRejectedRow('contacts', record))],
  };
}

/** The customers of a page, each once; `contactsOf` answers null for one whose contacts were not re-read. */
function toCustomerRows(
  page: Pick<Page<Customer>, 'data' | 'rejected' | 'unreadable'>,
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

function unreadableOf(unreadable: Unreadable): Pick<PageRows, 'unreadable'> {
  return Object.keys(unreadable).length === 0 ? {} : { unreadable };
}

/** R12: a token that is refused (400) is dropped and the feed begun again. */
async function readExport<Item extends Customer | Contact>(
  read: (parameters: ExportParameters) => Promise<ExportPage<Item>>,
  parameters: ExportParameters,
): Promise<ExportPage<Item>> {
  try {
    return await readAgainWhenEmpty(() => read(parameters), parameters.from);
  } catch (error) {
    if (!(error instanceof RequestError && error.status === 400 && parameters.from)) throw error;
    return readAgainWhenEmpty(() => read({ ...parameters, from: null }));
  }
}

/** "More follows" without a record is asked once more, then it stops the run with the cursor unmoved (R5). */
async function readAgainWhenEmpty<P extends Page<unknown>>(read: () => Promise<P>, from?: string | null): Promise<P> {
  const isStuck = (page: P) =>
    page.hasMore &&
    page.data.length + page.rejected.length + page.orphans + page.unowned === 0 &&
    // A feed that moved on has only skipped records that are gone.
    !('continueFrom' in page && page.continueFrom !== from);
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
  serviceTitan: ServiceTitan,
  page: Pick<Page<unknown>, 'hasMore' | 'date'> & Partial<Pick<Page<unknown>, 'orphans' | 'unowned'>>,
  rows: PageRows,
  more: Partial<Pick<PageHeader, 'expected' | 'isPastFuture' | 'rechecks' | 'retriesQuarantined'>> = {},
): FetchResult {
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
      calls: serviceTitan.calls(),
      expected: null,
      isPastFuture: false,
      rechecks: null,
      retriesQuarantined: false,
      ...more,
    },
    rows,
  };
}
