// R18: what one run does of a pass. It ends with the pages or the time that the run has for it.
import type { PassPage } from '../../../supabase/functions/_shared/contactBatch.ts';
import type { Pass } from '../../supabase/passCalls.ts';
import type { PartContext } from '../laterParts.ts';

/** Of the settled reader and the pass together, so that freshness never waits. */
const MOST_PAGES = 20;
/** At least so many are the pass's, or it would never end. */
const LEAST_PAGES = 5;

export interface Slice {
  context: PartContext;
  pass: Pass;
  /** The run's count of pages at which the slice is over. */
  maxPages: number;
}

/** `pagesBefore`: how many the run had read before the parts after the live readers. */
export function lastPageOf({ progress }: PartContext, pagesBefore: number): number {
  return Math.max(pagesBefore + MOST_PAGES, progress.pages + LEAST_PAGES);
}

export function isOver({ context, maxPages }: Slice): boolean {
  return context.progress.pages >= maxPages || context.time.leftMs === 0;
}

/** The page of the pass that the `number`th step of the stage reads, counted from 1. */
export function passPage({ pass }: Slice, feed: PassPage['feed'], number: number): PassPage {
  return { pass: pass.pass, feed, page: pass.page + number };
}
