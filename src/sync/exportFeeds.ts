// The two exports, batch by batch, each with the list that shows the same records where a batch can't be read (R10).
import {
  canonicalInstant,
  type Contact,
  type Customer,
  type ExportPage,
  type Page,
  RequestError,
  type ServiceTitanApi,
} from '../serviceTitanApi.ts';
import type { ServiceTitan } from './context.ts';
import { askControl } from './control.ts';
import type { ListPlace } from './listPlace.ts';
import { NO_ROWS, type Note, type PageRows, type ReadPage } from './page.ts';
import { orTooMuch, recordsOf, toCustomerRows, toResult, unreadableOf } from './readPages.ts';
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
  /** Set for the second way of reading (R17). */
  reader?: 'settled';
  /** R18: the reading is at its end with a batch that holds nothing older. */
  endsAt?: string;
  /** How long it holds a change back. */
  settlesMs: number;
  /** The batch behind a token, from the first record on, or from a date. */
  read: (api: ServiceTitanApi, from: string | null) => Promise<ExportPage<Customer> | ExportPage<Contact>>;
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
  read: (api, from) => readAgainWhenStuck(() => api.exportCustomers({ from }), from),
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
  read: (api, from) => readAgainWhenStuck(() => api.exportContacts({ from, includeRecentChanges: true }), from),
  async list(api, { from, until }, { page: number, size }) {
    const bounds = { modifiedOnOrAfter: from, modifiedBefore: until };
    const page = await api.modifiedContacts({ ...bounds, page: number, pageSize: size });
    return toListed(page, toMethodRows(page, null));
  },
};

/** The contacts without recent changes, which ServiceTitan holds back until late ones are in their places (R18). */
export const STEADY_CONTACTS: Feed = {
  ...CONTACTS_FEED,
  settlesMs: CUSTOMERS_FEED.settlesMs,
  read: (api, from) => readAgainWhenStuck(() => api.exportContacts({ from }), from),
};

/** R17: both feeds so. */
export const SETTLED_FEEDS: Record<Feed['name'], Feed> = {
  customers: { ...CUSTOMERS_FEED, reader: 'settled' },
  contacts: { ...STEADY_CONTACTS, reader: 'settled' },
};

/**
 * A batch of an export. Rejects with `TooMuch` where it fails and the feed is answered from `latest` on (R10). Answers a note
 * where the token is refused and the feed is answered without it (R12).
 */
export async function readExported(
  serviceTitan: ServiceTitan,
  feed: Feed,
  { from, isDate, stamp }: { from: string | null; isDate: boolean; stamp: string | null },
  now: number,
  expected: number | null = null,
): Promise<ReadPage | Note> {
  const { api } = serviceTitan;
  const latest = latestOf(feed, now);
  const control = [latest, dayOf(latest)].map((date) => () => feed.read(api, date));
  let isTokenRefused = false;
  try {
    const page = await orTooMuch(serviceTitan, control, () =>
      feed.read(api, from).catch(async (error: unknown) => {
        if (from !== null && !isDate && isRefusalOfToken(error)) {
          isTokenRefused = await isTokenAtFault(serviceTitan, feed, { stamp, latest, error });
        }
        throw isTokenRefused ? new Error('The token is at fault.') : error;
      }),
    );
    return toResult(page, toFeedRows(feed, page), { expected, ...whatItTells(feed, page, now) });
  } catch (error) {
    if (!isTokenRefused) throw error;
    return { note: { tokenRefused: true } };
  }
}

/**
 * R12: whether the feed is answered without the token that it refused. A record behind the token may be at fault as well (R10):
 * then the feed fails from the date of the token on too. One that takes no date is asked for its first record.
 */
async function isTokenAtFault(
  { api }: ServiceTitan,
  feed: Feed,
  { stamp, latest, error }: { stamp: string | null; latest: string; error: unknown },
): Promise<boolean> {
  const isAnswered = async (...froms: (string | null)[]) => {
    try {
      await askControl(
        error,
        froms.map((from) => () => feed.read(api, from)),
      );
      return true;
    } catch (reason) {
      if (reason !== error) throw reason;
      return false;
    }
  };
  if (stamp !== null) {
    if (await isAnswered(stamp, dayOf(stamp))) return true;
    if (await isAnswered(latest, dayOf(latest))) return false;
  }
  return isAnswered(null);
}

/** The rows of a batch. */
export function toFeedRows({ name }: Feed, page: ExportPage<Customer> | ExportPage<Contact>): PageRows {
  return name === 'customers'
    ? toCustomerRows(page as ExportPage<Customer>, () => null)
    : // The feed's own rows always say whether they are active; absent can only mean yes, and unreadable nothing.
      toMethodRows(page as ExportPage<Contact>, true);
}

/** What the header says of where the feed stands behind a batch. */
export function whatItTells(
  { name, reader, endsAt }: Feed,
  page: ExportPage<Customer> | ExportPage<Contact>,
  now: number,
) {
  return {
    isPastFuture: (name === 'contacts' || reader === 'settled') && showsFuture(page, now),
    stamp: newest(page, now),
    ...(endsAt !== undefined && isYounger(page, endsAt) ? { hasMore: false } : {}),
    // R17: the settled reader has read what was there by the earlier clock.
    ...(reader === 'settled' ? { reader, date: earliestOf(now, page.date) } : {}),
  };
}

function isYounger({ data }: { data: { modifiedOn: string }[] }, than: string): boolean {
  return data.length > 0 && data.every(({ modifiedOn }) => modifiedOn > than);
}

/** Of our clock and ServiceTitan's. */
function earliestOf(now: number, date: string | null): string {
  return new Date(date === null ? now : Math.min(now, Date.parse(date))).toISOString();
}

/** R12: so ServiceTitan says that it does not take a token, or does not know it any more. */
function isRefusalOfToken(error: unknown): boolean {
  return error instanceof RequestError && [400, 404, 410, 422].includes(error.status!);
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

/**
 * A batch that says that more follows, and neither holds a record nor moves on, is asked for once more (R19). One that moved
 * on has only skipped records that are gone.
 */
async function readAgainWhenStuck<Item>(
  read: () => Promise<ExportPage<Item>>,
  from: string | null,
): Promise<ExportPage<Item>> {
  const first = await read();
  const isStuck = first.hasMore && recordsOf(first) === 0 && first.continueFrom === from;
  return isStuck ? read() : first;
}
