// A span of time that an export could not be read over, and the search for its end (R10).
import type { ListPlace } from './listPlace.ts';

/** Times, ISO; the second is exclusive. */
export interface Span {
  from: string;
  until: string;
  /** Where its list goes on, once the time can't be halved. */
  place?: ListPlace;
}

/** Where the search for a date stands: behind which stamp, and how many dates were tried. */
export interface Search {
  base: string | null;
  tried: number;
}

/** `until`: the feed is answered from this time or day on; null: not found yet. */
export type Found = Search & { until: string | null };
