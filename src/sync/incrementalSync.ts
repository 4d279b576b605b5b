// The incremental sync: customers modified since the cursor, the cursor, the contacts feed; then what may come later.
import { PayloadError } from '../errors.ts';
import type { Checkpoint } from '../supabase/ledger.ts';
import type { BegunContext, BegunRun } from './context.ts';
import { CONTACTS_FEED } from './exportFeeds.ts';
import { type FetchedPage, fetchPage } from './fetchStep.ts';
import { type Ending, syncExport } from './followExport.ts';
import { continueInSuccessor } from './handOver.ts';
import { runLaterParts } from './laterParts.ts';
import { type ListPlace, offsetOf, placeAfter, smallerPlace } from './listPlace.ts';
import { quarantinePart } from './quarantine.ts';
import { readAhead } from './readAhead.ts';
import { readModifiedCustomers } from './readPages.ts';
import { recheckPart } from './recheck.ts';
import { LEDGER_STEP, numbered } from './steps.ts';
import { unlessStopped } from './stopped.ts';
import { syncPage } from './syncStep.ts';

/** Answers what `update-completed` has to store of the contacts feed. */
export async function incrementalSync(context: BegunContext, begun: BegunRun): Promise<Ending> {
  const cursor = await unlessStopped(context, () => syncModifiedCustomers(context, begun));
  if (cursor === null) return null;
  if (cursor !== undefined) {
    await context.steps.do('update-cursor', LEDGER_STEP, () =>
      context.ledger.advanceCursor(context.run, cursor, context.progress.doubts),
    );
  }
  const ending = await unlessStopped(context, () => syncContactsFeed(context, begun));
  if (ending === null) return null;
  await runLaterParts(context, [quarantinePart(begun), recheckPart(begun)]);
  return ending ?? { commit: null };
}

/** More places than this are not passed over: the cursor would leave too many behind whom nobody can name. */
const MOST_UNREAD = 100;

/** A page of the window; `isHurried` where the one that it is a part of has been tried three times already. */
type WindowPlace = ListPlace & { isHurried: boolean };

/** Answers the new cursor: the sync start time (R4). Null when the window goes on in a successor (R6). */
async function syncModifiedCustomers(context: BegunContext, begun: BegunRun): Promise<string | null> {
  const { config } = context;
  const window = begun.checkpoint ?? newWindow(begun);
  const poisoned = new Set(begun.poisoned_contacts);
  let isFirst = window.next_page === 1;
  const pages = readAhead<WindowPlace>({
    from: { page: window.next_page, size: window.page_size, isHurried: false },
    maxPages: begun.max_pages,
    progress: context.progress,
    read: ({ page, size, isHurried }) =>
      fetchPage(
        context,
        nameOf({ page, size }, window),
        { chunkSize: config.EDGE_FUNCTION_CHUNK_SIZE, isHurried },
        (serviceTitan) =>
          readModifiedCustomers(
            serviceTitan,
            { modifiedOnOrAfter: window.modified_on_or_after, pageSize: size, page },
            context.now(),
            poisoned,
          ),
      ),
    next: (place, fetched) => placeBehind(context, window, place, fetched),
    canHandOver: ({ size }) => size === window.page_size,
  });
  for await (const { place, fetched, next, isCapped } of pages) {
    // Our clock may run ahead of ServiceTitan's: the earlier of the two is the time nothing before which is missing.
    if (isFirst && fetched.date !== null) window.started_at = earlier(window.started_at, fetched.date);
    isFirst = false;
    await syncPage(context, nameOf(place, window).replace('-fetch', '-sync'), fetched);
    if (isCapped) {
      await continueInSuccessor(context, { ...window, next_page: next!.page });
      return null;
    }
  }
  return window.started_at;
}

/** Null at the end of the window. A page that is too much goes on by smaller ones; one row that is, is passed over (R10). */
function placeBehind(
  { progress }: BegunContext,
  window: Checkpoint,
  place: WindowPlace,
  fetched: FetchedPage,
): WindowPlace | null {
  const isTooMuch = 'note' in fetched;
  if (!isTooMuch && !fetched.hasMore) return null;
  const smaller = isTooMuch ? smallerPlace(place) : null;
  if (smaller !== null) return { ...smaller, isHurried: true };
  if (isTooMuch) {
    if (progress.doubts.filter(({ code }) => code === 'place_unread').length >= MOST_UNREAD) {
      throw new PayloadError(
        `ServiceTitan fails on more than ${MOST_UNREAD} customers of this window, on each alone: the cursor stays, and the next run asks again from the same place; open a case with ServiceTitan.`,
      );
    }
    progress.doubts.push({
      code: 'place_unread',
      feed: 'customers',
      position: offsetOf(place) + 1,
      at: window.modified_on_or_after,
    });
  }
  const behind = placeAfter(place, window.page_size);
  return { ...behind, isHurried: behind.size < window.page_size };
}

function nameOf({ page, size }: ListPlace, window: Checkpoint): string {
  return numbered('incremental-fetch', page) + (size === window.page_size ? '' : ` by ${size}`);
}

function newWindow(begun: BegunRun): Checkpoint {
  if (begun.modified_on_or_after === null) {
    throw new PayloadError(
      'The workspace has no cursor although its initial sync is complete: run the initial sync again with mode "initial".',
    );
  }
  return {
    // ServiceTitan takes Z; Postgres answers with an offset.
    modified_on_or_after: new Date(begun.modified_on_or_after).toISOString(),
    page_size: begun.page_size,
    next_page: 1,
    started_at: begun.started_at,
  };
}

/** R9: follows the contacts export from its stored token. */
function syncContactsFeed(context: BegunContext, begun: BegunRun): Promise<Ending> {
  return syncExport(context, {
    feed: CONTACTS_FEED,
    name: 'contacts',
    from: begun.contacts_continue_from,
    stamp: begun.contacts_stamp,
    maxPages: begun.max_pages,
    commitAs: 'contacts',
  });
}

function earlier(one: string, other: string): string {
  return new Date(one) <= new Date(other) ? one : other;
}
