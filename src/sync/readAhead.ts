// Pages one after another, the next one read while this one is written: ServiceTitan's time and Supabase's overlap. One page
// in work and one ahead, no more, for a page may be several megabytes.
import type { RunProgress } from './context.ts';
import { hasDoneItsShare } from './handOver.ts';
import type { PackedPage } from './page.ts';

export interface ReadPage {
  number: number;
  fetched: PackedPage;
  /** More follows, and the instance has done its share: a successor goes on behind this page (R6). */
  isCapped: boolean;
}

export interface Reading {
  /** The number of the first page. */
  from: number;
  maxPages: number;
  progress: RunProgress;
  /** `previous` is null for the first page. */
  read: (number: number, previous: PackedPage | null) => Promise<PackedPage>;
}

/**
 * Gives every page up to the last one, or to the cap. Whether to stop there is decided before the next page is asked for, so
 * that a replayed run, in which the steps take other times, decides the same. A page that can't be read rejects in its turn,
 * after the one before it was given. Whoever stops early waits for the page that is under way: a step left running would
 * outlive its run.
 */
export async function* readAhead({ from, maxPages, progress, read }: Reading): AsyncGenerator<ReadPage, void, void> {
  let ahead: Promise<PackedPage> | null = read(from, null);
  try {
    for (let number = from; ahead !== null; number += 1) {
      const fetched: PackedPage = await ahead;
      const isCapped = fetched.hasMore && hasDoneItsShare(progress, maxPages);
      ahead = fetched.hasMore && !isCapped ? read(number + 1, fetched) : null;
      ahead?.catch(() => {}); // it is awaited above; until then it is nobody's
      yield { number, fetched, isCapped };
    }
  } finally {
    await ahead?.catch(() => {});
  }
}
