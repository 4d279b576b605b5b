// R10: an export batch that a record breaks is passed over by date. What it held is read by the list of the same records,
// which can be narrowed: by halves of the time, and within a millisecond, which an import may give to all its records, by
// smaller pages.
import type { Unreadable } from '../../supabase/functions/_shared/contactBatch.ts';
import { RequestError } from '../serviceTitanApi.ts';
import type { ServiceTitan } from './context.ts';
import { askControl, mayBeOfARecord } from './control.ts';
import type { Doubt } from './doubts.ts';
import { type ListPlace, offsetOf, placeAfter, smallerPlace } from './listPlace.ts';
import { NO_ROWS, type PageRows } from './page.ts';
import { unreadableOf } from './readPages.ts';
import { dayOf, type Feed, latestOf } from './exportFeeds.ts';
import type { Found, Search, Span } from './span.ts';
import { addUnreadable } from './unreadable.ts';

const SECOND_MS = 1000;
const DAY_MS = 24 * 60 * 60 * SECOND_MS;
/** ServiceTitan's longest page. */
const WHOLE: ListPlace = { page: 1, size: 5000 };
/** Older than any tenant. */
const FIRST_DAY = '2000-01-01T00:00:00Z';

/**
 * Looks for a date from which the feed is answered: 1 s, 1 min, 1 h, 1 day behind `base`, then twice as many days each time,
 * never later than what the feed may show now. Rejects with the feed's own failure when not even that is answered: the token has
 * to stay.
 */
export async function findDateBehind(
  serviceTitan: ServiceTitan,
  feed: Feed,
  search: Search,
  now: number,
): Promise<Found> {
  const latest = await latestShown(serviceTitan, feed, now);
  const base = search.base ?? (await oldestShown(serviceTitan, feed, latest));
  for (let { tried } = search; ; tried += 1) {
    if (serviceTitan.timeIsUp()) return { base, tried, until: null };
    const date = Math.min(Date.parse(base) + distance(tried), latest);
    try {
      const { from } = await readFrom(serviceTitan, feed, date, date - Date.parse(base) >= DAY_MS);
      return { base, tried, until: from };
    } catch (error) {
      if (!mayBeOfARecord(error) || date === latest) throw error;
    }
  }
}

/** The time up to which the feed may show something now. Where ours runs ahead it is by ServiceTitan's clock, which tells seconds. */
async function latestShown(serviceTitan: ServiceTitan, feed: Feed, now: number): Promise<number> {
  const latest = Date.parse(latestOf(feed, now));
  const { date } = (await readFrom(serviceTitan, feed, latest, true)).page;
  const theirs = date === null ? Infinity : Date.parse(date) - feed.settlesMs;
  return latest < theirs + SECOND_MS ? latest : theirs;
}

/** The batch from that time on; where the feed takes no time and `isDayEnough`, from the day on. */
async function readFrom({ api }: ServiceTitan, feed: Feed, time: number, isDayEnough: boolean) {
  const from = new Date(time).toISOString();
  try {
    return { from, page: await feed.read(api, from) };
  } catch (error) {
    if (!(error instanceof RequestError) || !isDayEnough) throw error;
    const day = dayOf(from);
    return { from: day, page: await feed.read(api, day) };
  }
}

function distance(tried: number): number {
  return [SECOND_MS, 60 * SECOND_MS, 3600 * SECOND_MS][tried] ?? DAY_MS * 2 ** (tried - 3);
}

/** To the day: no list promises an order that would show the oldest first. A list that fails shows something. */
async function oldestShown(serviceTitan: ServiceTitan, feed: Feed, latest: number): Promise<string> {
  let [empty, full] = [Date.parse(FIRST_DAY), latest];
  while (full - empty > DAY_MS) {
    const middle = Math.floor((empty + full) / 2);
    const span = { from: FIRST_DAY, until: new Date(middle).toISOString() };
    const shows = await feed.list(serviceTitan.api, span, { page: 1, size: 1 }).then(
      ({ records }) => records > 0,
      (error: unknown) => {
        if (!mayBeOfARecord(error)) throw error;
        return true;
      },
    );
    if (shows) full = middle;
    else empty = middle;
  }
  return new Date(empty).toISOString();
}

export interface ReadSpans {
  rows: PageRows;
  /** Records that are in no row (R20). */
  passedOver: number;
  /** What the step had no time for. */
  rest: Span[];
  doubts: Doubt[];
}

/** Reads what was modified in these spans, as far as the step's time goes. */
export async function readSpans(serviceTitan: ServiceTitan, feed: Feed, spans: readonly Span[]): Promise<ReadSpans> {
  const { api } = serviceTitan;
  const rows: PageRows = { ...NO_ROWS, customers: [], contact_methods: [], rejected: [] };
  const unreadable: Unreadable = {};
  let passedOver = 0;
  const doubts: Doubt[] = [];
  const rest = spans.toReversed();
  while (rest.length > 0 && rows.customers.length + rows.contact_methods.length < WHOLE.size) {
    if (serviceTitan.timeIsUp()) break;
    const span = rest.pop()!;
    const { place = WHOLE } = span;
    const page = await feed.list(api, span, place).catch(async (error: unknown) => {
      if (!mayBeOfARecord(error)) throw error;
      await askControl(error, controlsOf(serviceTitan, feed, span));
      return null;
    });
    const halves = span.place === undefined && (page === null || page.hasMore) ? halvesOf(span) : [];
    if (halves.length > 0) {
      rest.push(...halves.toReversed());
      continue;
    }
    if (page !== null) {
      rows.customers.push(...page.rows.customers);
      rows.contact_methods.push(...page.rows.contact_methods);
      rows.rejected.push(...page.rows.rejected);
      addUnreadable(unreadable, page.rows.unreadable ?? {});
      passedOver += page.passedOver;
      if (!page.hasMore) continue;
    }
    const smaller = page === null ? smallerPlace(place) : null;
    rest.push({ ...span, place: smaller ?? placeAfter(place, WHOLE.size) });
    const unread = { code: 'span_unread', feed: feed.name, at: span.from, until: span.until } as const;
    if (page === null && smaller === null) doubts.push({ ...unread, position: offsetOf(place) + 1 });
    // Without an order, a page that is turned may skip rows.
    else if (!feed.isSorted && span.place === undefined) doubts.push(unread);
  }
  return { rows: { ...rows, ...unreadableOf(unreadable) }, passedOver, rest: rest.toReversed(), doubts };
}

/** None of a span that is no longer than a millisecond. */
function halvesOf({ from, until }: Span): Span[] {
  const [start, end] = [Date.parse(from), Date.parse(until)];
  const middle = Math.ceil((start + end) / 2);
  if (middle >= end || middle <= start) return [];
  const between = new Date(middle).toISOString();
  return [
    { from, until: between },
    { from: between, until },
  ];
}

/** The same list, of the second behind the span, or of the day before all: an answer without a record is one too. */
function controlsOf({ api }: ServiceTitan, feed: Feed, { until }: Span): (() => Promise<unknown>)[] {
  const after = (time: string, milliseconds: number): Span => ({
    from: time,
    until: new Date(Date.parse(time) + milliseconds).toISOString(),
  });
  return [after(until, SECOND_MS), after(FIRST_DAY, DAY_MS)].map(
    (span) => () => feed.list(api, span, { page: 1, size: 1 }),
  );
}
