// R5, R19: what a window has shown so far, over all runs of its chain, and what the next page says against it. Told from step
// results alone.
import type { WindowSeen } from '../supabase/ledger.ts';
import type { Doubt } from './doubts.ts';
import type { ListFacts } from './listFacts.ts';
import { StoppedError } from './stopped.ts';

/** A window of which nothing was read yet. */
export const NOTHING_SEEN: WindowSeen = {
  greatest_id: null,
  told: null,
  total: null,
  read: 0,
  rows: 0,
  unread: 0,
  pages: [],
};

/** A window that another version of the Worker began: what it has shown is not known, so its end can't be judged. */
export const UNKNOWN_SEEN: WindowSeen = { ...NOTHING_SEEN, read: null };

/** So many pages are known again; what goes round in a longer circle reads more than it was told. */
const PAGES_KNOWN = 200;
const ROWS_BEYOND = 10_000;

export interface Judged {
  seen: WindowSeen;
  doubts: Doubt[];
}

/**
 * Takes a page of `size` rows into account. Throws `StoppedError` where the list shows an earlier page again, or has sent far
 * more than it counts and still goes on.
 */
export function addPage(seen: WindowSeen, facts: ListFacts, { since, size }: { since: string; size: number }): Judged {
  const grown = facts.total === null || seen.total === null ? null : facts.total - seen.total;
  if (facts.print !== null && seen.pages.includes(facts.print) && (grown === null || grown < facts.ids)) {
    throw new StoppedError('customers list', 'ServiceTitan shows the same customers on two of its pages');
  }
  const told = seen.rows === 0 && seen.read === 0 ? facts.total : seen.told;
  const isSorted = facts.isAscending && isBehind(facts, grown);
  const after: WindowSeen = {
    greatest_id: facts.greatestId,
    told,
    total: facts.total ?? seen.total,
    read: seen.read === null || !isSorted ? null : seen.read + facts.fresh,
    rows: seen.rows + facts.rows,
    unread: seen.unread,
    pages: facts.print === null ? seen.pages : [...seen.pages, facts.print].slice(-PAGES_KNOWN),
  };
  const customers = countOf(after);
  if (facts.hasMore && after.rows > 3 * customers + ROWS_BEYOND) {
    throw new StoppedError(
      'customers list',
      `ServiceTitan has sent ${after.rows} rows for ${customers} customers and says that more follow`,
    );
  }
  const doubts: Doubt[] = [];
  if (!isSorted) doubts.push({ code: 'unsorted', feed: 'customers', at: since });
  if (facts.pageSize < size) {
    doubts.push({ code: 'page_size', feed: 'customers', at: since, count: facts.pageSize, of: size });
  }
  return { seen: after, doubts };
}

/** A row that can't be read is in doubt by itself: it is none that the list left out. */
export function addUnread(seen: WindowSeen): WindowSeen {
  return { ...seen, read: seen.read === null ? null : seen.read + 1, rows: seen.rows + 1, unread: seen.unread + 1 };
}

/** At the end of the window: a doubt where it showed fewer customers than its first page counted. */
export function judgeEnd({ told, read }: WindowSeen, since: string): Doubt[] {
  if (told === null || read === null || read >= told) return [];
  return [{ code: 'window_short', feed: 'customers', at: since, count: read, of: told }];
}

/**
 * Customers that enter the window in front of the page push the last ones of the page before on to it, as many as the count
 * grew by. Without a count a page has to bring somebody at least.
 */
function isBehind({ known, ids }: ListFacts, grown: number | null): boolean {
  if (known === 0) return true;
  return grown === null ? known < ids : known <= grown;
}

/** By the greater count. Where nothing was counted, what came in order has to do; where nothing did, all that came. */
function countOf({ told, total, read, rows }: WindowSeen): number {
  return told === null && total === null ? (read ?? rows) : Math.max(told ?? 0, total ?? 0);
}
