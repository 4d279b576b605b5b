// What the Worker sends to the Edge Function: real pages of the tenant, read, checked and cut by the product itself.
import type { Batch, Customer } from '../../supabase/functions/_shared/contactBatch.ts';
import type { FencedRun } from '../../src/supabase/ledger.ts';
import type { BegunContext, ServiceTitan } from '../../src/sync/context.ts';
import { type FetchResult, type PageRows, toChunks } from '../../src/sync/page.ts';
import { CONTACTS_FEED, CUSTOMERS_FEED, readExported } from '../../src/sync/exportFeeds.ts';
import { readModifiedCustomers } from '../../src/sync/readWindow.ts';
import { syncPage } from '../../src/sync/syncStep.ts';

/** The rows of one page of each kind. */
export interface Pages {
  exported: PageRows;
  contacts: PageRows;
  /** Customers with their contact methods re-read whole. */
  changed: PageRows;
}

const LONG_AGO = '2000-01-01T00:00:00.000Z';
const METHODS_ABROAD = 10;

export async function readPages(serviceTitan: ServiceTitan, pageSize: number): Promise<Pages> {
  const window = { modifiedOnOrAfter: LONG_AGO, pageSize, page: 1 };
  return {
    exported: rowsOf(
      await readExported(serviceTitan, CUSTOMERS_FEED, { from: null, isDate: false, stamp: null }, Date.now()),
    ),
    contacts: rowsOf(
      await readExported(serviceTitan, CONTACTS_FEED, { from: null, isDate: false, stamp: null }, Date.now()),
    ),
    changed: rowsOf(await readModifiedCustomers(serviceTitan, window, Date.now())),
  };
}

function rowsOf(result: FetchResult): PageRows {
  if (!('rows' in result)) throw new Error('The simulated ServiceTitan asked to wait, which its switches turn off.');
  return result.rows;
}

/** The same customers abroad, each with ten phone numbers there: the most that a phone number can cost. */
export function moveAbroad({ customers }: PageRows): PageRows {
  return {
    customers: customers.map((customer) => ({
      ...customer,
      address: { ...customer.address, country: 'Australia' },
      contact_methods: Array.from({ length: METHODS_ABROAD }, (_, index) => phoneAbroad(customer, index)),
    })),
    contact_methods: [],
    rejected: [],
    rechecked: [],
  };
}

/** As the feeds bring them: the contact methods first, then the customers, whose country was not known until then. */
export function asFeeds({ customers, ...rest }: PageRows): { contacts: PageRows; customers: PageRows } {
  return {
    contacts: {
      ...rest,
      customers: [],
      contact_methods: customers.flatMap((customer) => customer.contact_methods ?? []),
    },
    customers: { ...rest, customers: customers.map((customer) => ({ ...customer, contact_methods: null })) },
  };
}

/** Not written E.164, so that reading it takes the rules of its country. */
function phoneAbroad({ id, modified_on }: Customer, index: number) {
  const number = String((Number(id) * METHODS_ABROAD + index) % 1e8).padStart(8, '0');
  return {
    id: `${id}${index}`,
    customer_id: id,
    type: 'MobilePhone',
    value: `04${number.slice(0, 2)} ${number.slice(2, 5)} ${number.slice(5)}`,
    memo: null,
    do_not_text: false,
    active: true,
    modified_on,
  };
}

/** The first so many records of the page. */
export function firstOf({ customers, contact_methods }: PageRows, records: number): PageRows {
  return {
    customers: customers.slice(0, records),
    contact_methods: contact_methods.slice(0, records),
    rejected: [],
    rechecked: [],
  };
}

/** Lets the sync step cut the page, and takes what it would have sent. `position` orders the pages of a run. */
export async function toBatches(rows: PageRows, chunkSize: number, run: FencedRun, position: number): Promise<Batch[]> {
  const batches: Batch[] = [];
  const context = {
    run,
    progress: { written: position - 1 },
    steps: { do: (_name: string, _config: object, callback: () => Promise<unknown>) => callback() },
    writeBatch: async (batch: Batch) => {
      batches.push(batch);
      return { created: 0, updated: 0, unchanged: 0, stale: 0, errors: [] };
    },
  } as unknown as BegunContext;
  const records = rows.customers.length + rows.contact_methods.length;
  const chunks = toChunks(rows, chunkSize);
  const page = {
    records,
    hasMore: false,
    continueFrom: null,
    date: null,
    calls: 0,
    ms: 0,
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
    bytes: 0,
  };
  const readChunk = async (index: number) => chunks[index]!;
  await syncPage(context, 'sync', { ...page, chunks: chunks.length, readChunk });
  return batches;
}
