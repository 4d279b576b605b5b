// Pages one after another, the next one read while this one is written: ServiceTitan's time and Supabase's overlap. One page
// in work and one ahead, no more, for a page may be several megabytes.
import type { RunProgress } from './context.ts';
import type { FetchedPage } from './fetchStep.ts';
import { hasDoneItsShare } from './handOver.ts';
import type { PackedPage } from './page.ts';

export interface ReadPage<Place> {
  place: Place;
  /** Null where no page was read and a successor goes on all the same. */
  fetched: PackedPage | null;
  /** Where the reading goes on; null at its end. */
  next: Place | null;
  /** More follows, and the instance has done its share: a successor goes on behind this page (R6). */
  isCapped: boolean;
}

export interface Reading<Place> {
  from: Place;
  maxPages: number;
  progress: Pick<RunProgress, 'pages' | 'bytes' | 'waits'>;
  read: (place: Place) => Promise<FetchedPage>;
  /** Where it goes on after what was fetched there; null at the end. */
  next: (place: Place, fetched: FetchedPage) => Place | null;
  /** Whether a successor can begin there. */
  canHandOver?: (next: Place) => boolean;
}

/**
 * Gives every page up to the last one, or to the cap. Whether to stop there is decided before the next page is asked for, so
 * that a replayed run, in which the steps take other times, decides the same. A page that can't be read rejects in its turn,
 * after the one before it was given. Whoever stops early waits for the page that is under way: a step left running would
 * outlive its run. What is no page is given only where a successor goes on behind it: all that follows from it is where the reading goes on.
 */
export async function* readAhead<Place>({
  from,
  maxPages,
  progress,
  read,
  next,
  canHandOver = () => true,
}: Reading<Place>): AsyncGenerator<ReadPage<Place>, void, void> {
  let place: Place | null = from;
  let ahead: Promise<FetchedPage> | null = read(from);
  try {
    while (ahead !== null && place !== null) {
      const fetched: FetchedPage = await ahead;
      const behind: Place | null = next(place, fetched);
      const isCapped: boolean = behind !== null && canHandOver(behind) && hasDoneItsShare(progress, maxPages);
      ahead = behind !== null && !isCapped ? read(behind) : null;
      ahead?.catch(() => {}); // it is awaited above; until then it is nobody's
      const page = 'records' in fetched ? fetched : null;
      if (page !== null || isCapped) yield { place, fetched: page, next: behind, isCapped };
      place = behind;
    }
  } finally {
    await ahead?.catch(() => {});
  }
}
