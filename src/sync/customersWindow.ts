// The window of an incremental sync: the customers modified since the cursor, page by page, by one run or by a chain of them.
import { PayloadError } from '../errors.ts';
import type { Checkpoint, WindowSeen } from '../supabase/ledger.ts';
import type { BegunContext, BegunRun } from './context.ts';
import { addOnce } from './doubts.ts';
import { type FetchedPage, fetchPage } from './fetchStep.ts';
import { continueInSuccessor } from './handOver.ts';
import { type ListPlace, offsetOf, placeAfter, smallerPlace } from './listPlace.ts';
import { readAhead } from './readAhead.ts';
import { readModifiedCustomers } from './readWindow.ts';
import { numbered } from './steps.ts';
import { syncPage } from './syncStep.ts';
import { addPage, addUnread, judgeEnd, NOTHING_SEEN, UNKNOWN_SEEN } from './windowSeen.ts';

/** More places than this are not passed over: the cursor would leave too many behind whom nobody can name. */
const MOST_UNREAD = 100;

/** A page of the window; `isHurried` where the one that it is a part of has been tried three times already. */
type WindowPlace = ListPlace & { isHurried: boolean };

/** The window as it stands behind the last page that was read. */
interface Window extends Checkpoint {
  seen: WindowSeen;
  /** Of a page that was too much: the size of the largest that was answered in its place, and whether a row of it was not. */
  served: number;
  hasUnread: boolean;
}

/** Answers the new cursor: the sync start time (R4). Null when the window goes on in a successor (R6). */
export async function syncModifiedCustomers(context: BegunContext, begun: BegunRun): Promise<string | null> {
  const { config } = context;
  const window = openWindow(begun);
  // A step's name has to stay its own, whatever the window's size becomes.
  const nameOf = stepNames(window.page_size);
  const poisoned = new Set(begun.poisoned_contacts);
  // The contacts feed may have been begun again before this window (R12).
  const passed = { exportSeen: begun.export_seen, exportAgain: begun.export_again };
  const pages = readAhead<WindowPlace>({
    from: { page: window.next_page, size: window.page_size, isHurried: false },
    maxPages: begun.max_pages,
    progress: context.progress,
    read: ({ page, size, isHurried }) => {
      const before = { greatestId: window.seen.greatest_id, total: window.seen.total };
      return fetchPage(
        context,
        nameOf({ page, size }),
        { chunkSize: config.EDGE_FUNCTION_CHUNK_SIZE, isHurried },
        (serviceTitan) =>
          readModifiedCustomers(
            serviceTitan,
            { modifiedOnOrAfter: window.modified_on_or_after, pageSize: size, page, before },
            context.now(),
            poisoned,
          ),
      );
    },
    next: (place, fetched) => placeBehind(context, window, place, fetched),
    canHandOver: ({ size }) => size === window.page_size,
  });
  for await (const { place, fetched, next, isCapped } of pages) {
    if (fetched !== null) await syncPage(context, nameOf(place).replace('-fetch', '-sync'), fetched);
    if (isCapped) {
      await continueInSuccessor(context, { ...checkpointOf(window), next_page: next!.page }, passed);
      return null;
    }
  }
  return window.started_at;
}

/**
 * Takes what was fetched into account. Null at the end of the window. A page that is too much goes on by smaller ones; one
 * row that is, is passed over (R10). Throws `StoppedError` where the list goes round in a circle (R19).
 */
function placeBehind(
  { progress }: BegunContext,
  window: Window,
  place: WindowPlace,
  fetched: FetchedPage,
): WindowPlace | null {
  const since = window.modified_on_or_after;
  if ('note' in fetched) {
    const smaller = smallerPlace(place);
    if (smaller !== null) return { ...smaller, isHurried: true };
    if (window.seen.unread >= MOST_UNREAD) {
      throw new PayloadError(
        `ServiceTitan fails on more than ${MOST_UNREAD} customers of this window, on each alone: the cursor stays, and the next run asks again from the same place; open a case with ServiceTitan.`,
      );
    }
    progress.doubts.push({ code: 'place_unread', feed: 'customers', position: offsetOf(place) + 1, at: since });
    window.seen = addUnread(window.seen);
    window.hasUnread = true;
  } else {
    // Our clock may run ahead of ServiceTitan's: the earlier of the two is the time nothing before which is missing.
    if (fetched.date !== null) window.started_at = earlier(window.started_at, fetched.date);
    // A page that an older version of the Worker read, before a deploy, says nothing.
    const judged = fetched.list
      ? addPage(window.seen, fetched.list, { since, size: place.size })
      : { seen: UNKNOWN_SEEN, doubts: [] };
    window.seen = judged.seen;
    const end = fetched.hasMore ? [] : judgeEnd(window.seen, since);
    for (const doubt of [...judged.doubts, ...end]) addOnce(progress.doubts, doubt);
    if (!fetched.hasMore) return null;
    if (place.size < window.page_size) window.served = Math.max(window.served, place.size);
  }
  const behind = placeAfter(place, window.page_size);
  if (behind.size < window.page_size) return { ...behind, isHurried: true };
  // R6: a page of which every row was answered, by smaller ones, was too large by itself. The next would be too.
  if (window.served > 0 && !window.hasUnread) window.page_size = window.served;
  window.served = 0;
  window.hasUnread = false;
  return { ...placeAfter(place, window.page_size), isHurried: false };
}

function stepNames(wholeSize: number) {
  return ({ page, size }: ListPlace) => numbered('incremental-fetch', page) + (size === wholeSize ? '' : ` by ${size}`);
}

/** A window that is gone on with, or a new one. */
function openWindow(begun: BegunRun): Window {
  const { seen, ...checkpoint } = begun.checkpoint ?? newWindow(begun);
  return { ...checkpoint, seen: seen ?? UNKNOWN_SEEN, served: 0, hasUnread: false };
}

function newWindow(begun: BegunRun): Checkpoint {
  if (begun.modified_on_or_after === null) {
    throw new PayloadError(
      'The workspace has no cursor although its initial sync is complete: connect it again with `npm run connect`, or set servicetitan_sync_state.initial_sync_completed to false, and the next run reads everything.',
    );
  }
  return {
    // ServiceTitan takes Z; Postgres answers with an offset.
    modified_on_or_after: new Date(begun.modified_on_or_after).toISOString(),
    page_size: begun.page_size,
    next_page: 1,
    started_at: begun.started_at,
    seen: NOTHING_SEEN,
  };
}

function checkpointOf({ modified_on_or_after, page_size, next_page, started_at, seen }: Window): Checkpoint {
  return { modified_on_or_after, page_size, next_page, started_at, seen };
}

function earlier(one: string, other: string): string {
  return new Date(one) <= new Date(other) ? one : other;
}
