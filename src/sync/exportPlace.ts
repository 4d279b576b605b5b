// Where the reading of an export stands, and where it goes on behind what was read there: told from step results alone.
import type { BegunAgain } from '../supabase/ledger.ts';
import type { Doubt } from './doubts.ts';
import { dayOf, type Feed } from './exportFeeds.ts';
import type { FetchedPage } from './fetchStep.ts';
import type { Found, Search, Span } from './span.ts';
import { StoppedError } from './stopped.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const DAY = /^\d{4}-\d\d-\d\d$/;
const TIME = /^\d{4}-\d\d-\d\dT/;

interface Behind {
  /** Counts the steps of the feed in this instance. */
  number: number;
  /** The newest stamp of what the feed has shown; null while it has shown nothing. */
  stamp: string | null;
  /** R12: how the feed was begun again, after it had refused its token. */
  again: BegunAgain | null;
}

/**
 * `batch`: of the feed; `isStored`: its token commits with the page before, so that a successor can begin there.
 * `search`: for the date behind a batch that can't be read; `span`: what it held, by the list.
 */
export type ExportPlace = Behind &
  (
    | { kind: 'batch'; from: string | null; isDate: boolean; isStored: boolean }
    | { kind: 'search'; search: Search }
    | { kind: 'span'; spans: Span[]; until: string }
  );

/** Of a feed that is followed: what was read of it, and what it may be begun again with. */
export interface Course {
  feed: Feed;
  /** R12: up to this time everything was read twice; a feed that is begun again begins a day before. */
  settledUntil: string | null;
  /** R19: tokens that the reading has passed. */
  seen: Set<string>;
  /** R19: set where the feed has led in a circle. What it showed there is written, and its token is not stored. */
  circle: StoppedError | null;
  doubts: Doubt[];
}

/** Null at the end of the feed, and where it leads in a circle. Throws `StoppedError` where it refuses its tokens again. */
export function placeBehind(course: Course, place: ExportPlace, fetched: FetchedPage): ExportPlace | null {
  const { feed, doubts } = course;
  const { stamp, again } = place;
  const behind = { number: place.number + 1, stamp, again };
  if ('note' in fetched) {
    if ('later' in fetched.note) return null;
    if ('tokenRefused' in fetched.note) return begunAgain(course, place);
    if (!('found' in fetched.note)) return { ...behind, kind: 'search', search: { base: stamp, tried: 0 } };
    const { until, base, tried }: Found = fetched.note.found;
    if (until === null || base === null) return { ...behind, kind: 'search', search: { base, tried } };
    const end = new Date(until).toISOString();
    if (feed.name === 'contacts') doubts.push({ code: 'passed_over', feed: feed.name, at: base, until: end });
    return { ...behind, kind: 'span', stamp: end, spans: [{ from: base, until: end }], until };
  }
  if (place.kind === 'span') {
    if (fetched.rest.length > 0) return { ...place, number: behind.number, spans: fetched.rest };
    return { ...behind, kind: 'batch', from: place.until, isDate: true, isStored: false };
  }
  if (!fetched.hasMore) return null;
  const from = fetched.continueFrom!;
  if (course.seen.has(from)) {
    course.circle = new StoppedError(`${feed.name} export`, 'ServiceTitan gave a token that it had given before');
    return null;
  }
  course.seen.add(from);
  return { ...behind, kind: 'batch', stamp: fetched.stamp ?? stamp, from, isDate: false, isStored: true };
}

/** R12: once in a chain of runs by date, where one is known, and else, or if that is refused too, from the first record. */
function begunAgain({ feed, settledUntil, seen }: Course, place: ExportPlace): ExportPlace {
  const number = place.number + 1;
  const from = place.kind === 'batch' ? (place.from ?? '') : '';
  const isDateRefused = place.again === 'by date' && DAY.test(from);
  const date = TIME.test(from)
    ? // A feed that was to begin at a time may take days alone.
      dayOf(from)
    : settledUntil && dayOf(new Date(Date.parse(settledUntil) - DAY_MS).toISOString());
  if (place.again !== null && !isDateRefused) {
    throw new StoppedError(`${feed.name} export`, 'ServiceTitan refuses the tokens that it gives');
  }
  // The feed may show the same tokens once more.
  seen.clear();
  const anew = { kind: 'batch', number, isDate: false, isStored: false } as const;
  return date !== null && !isDateRefused
    ? { ...anew, from: date, stamp: `${date}T00:00:00.0000000Z`, again: 'by date' }
    : { ...anew, from: null, stamp: null, again: 'from the first' };
}
