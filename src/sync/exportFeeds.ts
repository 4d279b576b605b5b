// The two exports, batch by batch, each with the list that shows the same records where a batch can't be read (R10).
import {
  canonicalInstant,
  type Contact,
  type Customer,
  type ExportPage,
  type ExportParameters,
  type Page,
  RequestError,
  type ServiceTitanApi,
} from '../serviceTitanApi.ts';
import type { ServiceTitan } from './context.ts';
import type { ListPlace } from './listPlace.ts';
import { type FetchResult, NO_ROWS, type PageRows } from './page.ts';
import { orTooMuch, readAgainWhenEmpty, recordsOf, toCustomerRows, toResult, unreadableOf } from './readPages.ts';
import type { Span } from './span.ts';
import { foldById, toContactMethodRow, toRejectedRow } from './toRows.ts';

/** By so much a stamp may be ahead of ServiceTitan's own clock, which tells seconds, and by so much of ours (R9). */
const THEIR_TOLERANCE_MS = 5_000;
const OUR_TOLERANCE_MS = 60_000;

/** What one page of a feed's list held. */
export interface Listed {
  rows: PageRows;
  /** How many records it was, those that are passed over (R20) among them. */
  records: number;
  passedOver: number;
  hasMore: boolean;
}

/** One of the two exports, with the list that shows the same records. */
export interface Feed {
  name: 'customers' | 'contacts';
  /** How long it holds a change back. */
  settlesMs: number;
  /** The batch behind a token, from the first record on, or from a date (`isDate`), which is never given up for the first. */
  read: (
    api: ServiceTitanApi,
    from: string | null,
    isDate?: boolean,
  ) => Promise<ExportPage<Customer> | ExportPage<Contact>>;
  /** Whether its list keeps an order, so that pages can be turned. */
  isSorted: boolean;
  /** One page of what was modified in the span. */
  list: (api: ServiceTitanApi, span: Span, place: ListPlace) => Promise<Listed>;
}

/** Their contacts came with the contacts export before. */
export const CUSTOMERS_FEED: Feed = {
  name: 'customers',
  settlesMs: 15 * 60_000,
  isSorted: true,
  read: (api, from, isDate = false) => readExport((parameters) => api.exportCustomers(parameters), { from }, isDate),
  async list(api, { from, until }, { page: number, size }) {
    const bounds = { modifiedOnOrAfter: from, modifiedBefore: until };
    const page = await api.customers({ ...bounds, page: number, pageSize: size, active: 'Any', sort: '+Id' });
    return toListed(
      page,
      toCustomerRows(page, () => null),
    );
  },
};

/** Always without the 15 minutes' delay: the two must not be mixed on one token. */
export const CONTACTS_FEED: Feed = {
  name: 'contacts',
  settlesMs: 0,
  isSorted: false,
  read: (api, from, isDate = false) =>
    readExport((parameters) => api.exportContacts(parameters), { from, includeRecentChanges: true }, isDate),
  async list(api, { from, until }, { page: number, size }) {
    const bounds = { modifiedOnOrAfter: from, modifiedBefore: until };
    const page = await api.modifiedContacts({ ...bounds, page: number, pageSize: size });
    return toListed(page, toMethodRows(page, null));
  },
};

/** A batch of an export. Rejects with `TooMuch` where it fails and the feed is answered from `latest` on (R10). */
export async function readExported(
  serviceTitan: ServiceTitan,
  feed: Feed,
  { from, isDate }: { from: string | null; isDate: boolean },
  now: number,
  expected: number | null = null,
): Promise<FetchResult> {
  const { api } = serviceTitan;
  const latest = latestOf(feed, now);
  const control = [latest, dayOf(latest)].map((date) => () => feed.read(api, date, true));
  const page = await orTooMuch(serviceTitan, control, () => feed.read(api, from, isDate));
  const rows =
    feed.name === 'customers'
      ? toCustomerRows(page as ExportPage<Customer>, () => null)
      : // The feed's own rows always say whether they are active; absent can only mean yes, and unreadable nothing.
        toMethodRows(page as ExportPage<Contact>, true);
  const isPastFuture = feed.name === 'contacts' && showsFuture(page, now);
  return toResult(page, rows, { expected, isPastFuture, stamp: newest(page, now) });
}

/** What the feed may show: all up to this time. */
export function latestOf({ settlesMs }: Feed, now: number): string {
  return new Date(now - settlesMs).toISOString();
}

/** A feed may take days alone. */
export function dayOf(time: string): string {
  return time.slice(0, 'YYYY-MM-DD'.length);
}

type Stamped = Pick<Page<{ modifiedOn: string }>, 'data' | 'otherStamps' | 'date'>;

function stampsOf({ data, otherStamps }: Stamped): string[] {
  return [...data.map(({ modifiedOn }) => modifiedOn), ...otherStamps];
}

function showsFuture(page: Stamped, now: number): boolean {
  const { date } = page;
  const latest = date === null ? now + OUR_TOLERANCE_MS : Date.parse(date) + THEIR_TOLERANCE_MS;
  const future = canonicalInstant(new Date(latest).toISOString())!;
  return stampsOf(page).some((stamp) => stamp > future);
}

/** A stamp in the future says nothing of where the feed stands. */
function newest(page: Stamped, now: number): string | null {
  const latest = canonicalInstant(new Date(now).toISOString())!;
  return stampsOf(page).reduce<string | null>(
    (newestYet, stamp) => (stamp <= latest && (newestYet === null || stamp > newestYet) ? stamp : newestYet),
    null,
  );
}

function toMethodRows(page: Pick<Page<Contact>, 'data' | 'rejected' | 'unreadable'>, active: boolean | null): PageRows {
  return {
    ...NO_ROWS,
    ...unreadableOf(page.unreadable),
    contact_methods: foldById(
      page.data.map((contact) =>
        toContactMethodRow({ ...contact, active: contact.active === null ? active : contact.active }),
      ),
    ),
    rejected: page.rejected.map((rejected) => toRejectedRow('contacts', rejected)),
  };
}

function toListed(page: Page<unknown>, rows: PageRows): Listed {
  return { rows, records: recordsOf(page), passedOver: page.orphans + page.unowned, hasMore: page.hasMore };
}

/** R12: a token that is refused (400) is dropped and the feed begun again. */
async function readExport<Item extends Customer | Contact>(
  read: (parameters: ExportParameters) => Promise<ExportPage<Item>>,
  parameters: ExportParameters,
  isDate: boolean,
): Promise<ExportPage<Item>> {
  try {
    return await readAgainWhenEmpty(() => read(parameters), parameters.from);
  } catch (error) {
    if (!(error instanceof RequestError && error.status === 400 && parameters.from) || isDate) throw error;
    return readAgainWhenEmpty(() => read({ ...parameters, from: null }));
  }
}
