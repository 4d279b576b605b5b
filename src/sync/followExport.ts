// An export, batch after batch, each read while the one before is written. A batch that a record breaks is passed over by
// date, and what it held is read by the list (R10), before the token of the batch behind it is stored (R12).
import type { Commit } from '../../supabase/functions/_shared/contactBatch.ts';
import { type BegunContext, placeOf, type ServiceTitan } from './context.ts';
import { type Feed, readExported } from './exportFeeds.ts';
import { findDateBehind, readSpans } from './exportSpan.ts';
import { type FetchedPage, fetchPage } from './fetchStep.ts';
import { continueInSuccessor } from './handOver.ts';
import type { PackedPage, PageHeader } from './page.ts';
import { readAhead } from './readAhead.ts';
import { toResult } from './readPages.ts';
import type { Found, Search, Span } from './span.ts';
import { LEDGER_STEP, numbered } from './steps.ts';
import { syncPage } from './syncStep.ts';

/** The newest stamp of what the feed has shown; null while it has shown nothing. */
interface Behind {
  /** Counts the steps of the feed in this instance. */
  number: number;
  stamp: string | null;
}

/** `batch`: of the feed; `search`: for the date behind a batch that can't be read; `span`: what it held, by the list. */
export type ExportPlace = Behind &
  (
    | { kind: 'batch'; from: string | null; isDate: boolean }
    | { kind: 'search'; search: Search }
    | { kind: 'span'; spans: Span[]; until: string }
  );

interface Following {
  feed: Feed;
  /** Of the steps: `<name>-fetch`. */
  name: string;
  from: string | null;
  stamp: string | null;
  maxPages: number;
  commitAs: Commit['feed'];
  /** For the progress: how many customers there are, asked in the step of the first batch. */
  count?: (serviceTitan: ServiceTitan) => Promise<number | null>;
}

const STEP_NAMES = { batch: '-fetch', search: '-search', span: '-span' } as const;

/** Null when a successor goes on; else what an empty last page leaves to be committed, if anything. */
export type Ending = { commit: Commit | null } | null;

/**
 * Reads the feed to its end and writes it. Each page's token commits with its last chunk (R12). An empty page has no chunk: the
 * next one stands for it, and the last one's commit is the caller's.
 */
export async function syncExport(context: BegunContext, following: Following): Promise<Ending> {
  const { name, commitAs } = following;
  const { steps, ledger, run, progress } = context;
  let uncommitted: Commit | null = null;
  let doubtsNoted = progress.doubts.length;
  for await (const { place, fetched, isCapped } of followExport(context, following)) {
    if (fetched === null) continue; // only the places of a list are passed over so
    // A span has no token.
    const commit: Commit | null = place.kind === 'span' ? null : toCommit(commitAs, fetched);
    if (commit !== null && progress.doubts.length > doubtsNoted) {
      doubtsNoted = progress.doubts.length;
      const doubts = progress.doubts.slice();
      await steps.do(numbered(`${name}-doubts`, place.number), LEDGER_STEP, () => ledger.noteDoubts(run, doubts));
    }
    await syncPage(context, numbered(`${name}-sync`, place.number), fetched, commit);
    uncommitted = fetched.records === 0 ? commit : null;
    if (isCapped) {
      await commitEmpty(context, numbered(`${name}-commit`, place.number), uncommitted);
      await continueInSuccessor(context, null);
      return null;
    }
  }
  return { commit: uncommitted };
}

/** Stores what an empty page left, in a step of its own. */
export async function commitEmpty({ steps, ledger, run, progress }: BegunContext, name: string, commit: Commit | null) {
  if (commit === null) return;
  await steps.do(name, LEDGER_STEP, () => ledger.commitPage(run, commit, placeOf(progress)));
}

function toCommit(feed: Commit['feed'], { continueFrom, hasMore, isPastFuture, date, stamp }: PackedPage): Commit {
  return { feed, continue_from: continueFrom, done: !hasMore, past_future: isPastFuture, read_at: date, stamp };
}

function followExport(context: BegunContext, { feed, name, from, stamp, maxPages, count }: Following) {
  return readAhead<ExportPlace>({
    from: { kind: 'batch', number: 1, from, stamp, isDate: false },
    maxPages,
    progress: context.progress,
    // Only a token is stored, so a successor can't begin at a date.
    canHandOver: (next) => next.kind === 'batch' && !next.isDate,
    read: (place) =>
      fetchPage(
        context,
        numbered(name + STEP_NAMES[place.kind], place.number),
        { chunkSize: context.config.INITIAL_CHUNK_SIZE, isHurried: place.kind !== 'batch' },
        async (serviceTitan) => readPlace(serviceTitan, place),
      ),
    next: (place, fetched) => placeBehind(context, feed, place, fetched),
  });

  async function readPlace(serviceTitan: ServiceTitan, place: ExportPlace) {
    const now = context.now();
    switch (place.kind) {
      case 'batch': {
        const expected = place.number === 1 && count !== undefined ? await count(serviceTitan) : null;
        return readExported(serviceTitan, feed, place, now, expected);
      }
      case 'search': {
        return { note: { found: await findDateBehind(serviceTitan, feed, place.search, now) } };
      }
      case 'span': {
        const { rows, passedOver, rest, doubts } = await readSpans(serviceTitan, feed, place.spans);
        const read: Partial<PageHeader> = { rest, doubts };
        return toResult({ hasMore: true, date: null, orphans: passedOver }, rows, read);
      }
    }
  }
}

/** Null at the end of the feed. */
function placeBehind(
  { progress }: BegunContext,
  feed: Feed,
  place: ExportPlace,
  fetched: FetchedPage,
): ExportPlace | null {
  const number = place.number + 1;
  const { stamp } = place;
  if ('note' in fetched) {
    if (!('found' in fetched.note)) return { kind: 'search', number, stamp, search: { base: stamp, tried: 0 } };
    const { until, base, tried }: Found = fetched.note.found;
    if (until === null || base === null) return { kind: 'search', number, stamp, search: { base, tried } };
    const end = new Date(until).toISOString();
    if (feed.name === 'contacts') progress.doubts.push({ code: 'passed_over', feed: feed.name, at: base, until: end });
    return { kind: 'span', number, stamp: end, spans: [{ from: base, until: end }], until };
  }
  if (place.kind === 'span') {
    if (fetched.rest.length > 0) return { ...place, number, spans: fetched.rest };
    return { kind: 'batch', number, stamp, from: place.until, isDate: true };
  }
  if (!fetched.hasMore) return null;
  return { kind: 'batch', number, stamp: fetched.stamp ?? stamp, from: fetched.continueFrom, isDate: false };
}
