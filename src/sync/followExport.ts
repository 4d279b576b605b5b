// An export, batch after batch, each read while the one before is written. A batch that a record breaks is passed over by
// date, and what it held is read by the list (R10), before the token of the batch behind it is stored (R12).
import type { Commit, PassPage } from '../../supabase/functions/_shared/contactBatch.ts';
import { type BegunContext, type BegunRun, placeOf, type ServiceTitan } from './context.ts';
import { type Feed, readExported } from './exportFeeds.ts';
import { type Course, type ExportPlace, placeBehind } from './exportPlace.ts';
import { findDateBehind, readSpans } from './exportSpan.ts';
import { fetchPage } from './fetchStep.ts';
import { continueInSuccessor } from './handOver.ts';
import type { PackedPage, PageHeader } from './page.ts';
import { readAhead } from './readAhead.ts';
import { toResult } from './readPages.ts';
import { LEDGER_STEP, numbered } from './steps.ts';
import { syncPage } from './syncStep.ts';

export interface Following {
  feed: Feed;
  /** Of the steps: `<name>-fetch`. */
  name: string;
  from: string | null;
  stamp: string | null;
  /** R12: null where a feed that refuses its token begins with the first record. */
  settledUntil: string | null;
  /** R19: tokens with which the runs before began to read. */
  seen: BegunRun['export_seen'];
  /** R12: how one of them began the feed again. */
  again: BegunRun['export_again'];
  maxPages: number;
  commitAs: Commit['feed'];
  /** For the progress: how many customers there are, asked in the step of the first batch. */
  count?: (serviceTitan: ServiceTitan) => Promise<number | null>;
  /** At the cap, or when its time is up, the next run goes on, and no successor. */
  isPart?: boolean;
  /** R18: the page of the pass that the step of this number reads. Only the first waits where ServiceTitan says so. */
  ofPass?: (number: number) => PassPage;
}

const STEP_NAMES = { batch: '-fetch', search: '-search', span: '-span' } as const;
/** R19: so many runs of a chain are remembered, each by the token with which it began. */
const MOST_SEEN = 32;

/** Null when a successor goes on; else what an empty last page leaves to be committed, if anything. */
export type Ending = { commit: Commit | null } | null;

/**
 * Reads the feed to its end and writes it. Each page's token commits with its last chunk (R12). An empty page has no chunk: the
 * next one stands for it, and the last one's commit is the caller's. Rejects with `StoppedError` where the feed leads in a
 * circle or refuses its tokens again; the token stays where it stood (R19).
 */
export async function syncExport(context: BegunContext, following: Following): Promise<Ending> {
  const { name, commitAs, from, isPart = false } = following;
  const { steps, ledger, run, progress, time } = context;
  const seen = [...following.seen, ...(from === null ? [] : [from])].slice(-MOST_SEEN);
  const course: Course = { ...following, seen: new Set(seen), circle: null, doubts: progress.doubts };
  let uncommitted: Commit | null = null;
  let doubtsNoted = progress.doubts.length;
  for await (const { place, fetched, next, isCapped } of followExport(context, following, course)) {
    if (fetched === null) continue; // only the places of a list are passed over so
    // A span has no token, and one that leads in a circle is not kept.
    const commit = place.kind === 'span' || course.circle !== null ? null : toCommit(commitAs, fetched);
    if (commit !== null && progress.doubts.length > doubtsNoted) {
      doubtsNoted = progress.doubts.length;
      const doubts = progress.doubts.slice();
      await steps.do(numbered(`${name}-doubts`, place.number), LEDGER_STEP, () => ledger.noteDoubts(run, doubts));
    }
    const pass = following.ofPass?.(place.number);
    await syncPage(context, numbered(`${name}-sync`, place.number), pass ? { ...fetched, pass } : fetched, commit);
    uncommitted = fetched.records === 0 ? commit : null;
    // Behind a date or a span no token stands: the next run begins where the last one does.
    const isTimeUp = time?.leftMs === 0 && next !== null;
    if (isCapped || isTimeUp) {
      await commitEmpty(context, numbered(`${name}-commit`, place.number), uncommitted);
      // A feed that was begun again may show what it showed before.
      const { again: exportAgain } = place;
      if (!isPart)
        await continueInSuccessor(context, null, { exportSeen: exportAgain === null ? seen : [], exportAgain });
      return isPart ? { commit: null } : null;
    }
  }
  if (course.circle !== null) throw course.circle;
  return { commit: uncommitted };
}

/** Stores what an empty page left, in a step of its own. */
export async function commitEmpty({ steps, ledger, run, progress }: BegunContext, name: string, commit: Commit | null) {
  if (commit === null) return;
  await steps.do(name, LEDGER_STEP, () => ledger.commitPage(run, commit, placeOf(progress)));
}

export function toCommit(
  feed: Commit['feed'],
  { continueFrom, hasMore, isPastFuture, date, stamp }: Pick<PackedPage, keyof PageHeader>,
): Commit {
  return { feed, continue_from: continueFrom, done: !hasMore, past_future: isPastFuture, read_at: date, stamp };
}

/** Only a token is stored, with the page that it stands behind. */
function canBeginAt(place: ExportPlace): boolean {
  return place.kind === 'batch' && place.isStored;
}

function followExport(
  context: BegunContext,
  { feed, name, from, stamp, again, maxPages, count, ofPass }: Following,
  course: Course,
) {
  return readAhead<ExportPlace>({
    from: { kind: 'batch', number: 1, from, stamp, isDate: false, isStored: true, again },
    maxPages,
    progress: context.progress,
    canHandOver: canBeginAt,
    read: (place) =>
      fetchPage(
        context,
        numbered(name + STEP_NAMES[place.kind], place.number),
        {
          chunkSize: context.config.INITIAL_CHUNK_SIZE,
          isHurried: place.kind !== 'batch',
          endsOnWait: ofPass !== undefined && place.number > 1,
        },
        async (serviceTitan) => readPlace(serviceTitan, place),
      ),
    // A search or a beginning anew that there is no time for would be asked for again and again.
    next: (place, fetched) =>
      'note' in fetched && context.time?.leftMs === 0 ? null : placeBehind(course, place, fetched),
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
        const read: Partial<PageHeader> = { rest, doubts, reader: feed.reader ?? null };
        return toResult({ hasMore: true, date: null, orphans: passedOver }, rows, read);
      }
    }
  }
}
