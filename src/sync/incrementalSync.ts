// The incremental sync: customers modified since the cursor, the cursor, the contacts feed, the quarantine's next try.
import type { Commit } from '../../supabase/functions/_shared/contactBatch.ts';
import { PayloadError } from '../errors.ts';
import type { Checkpoint } from '../supabase/ledger.ts';
import type { BegunContext, BegunRun } from './context.ts';
import { fetchPage } from './fetchStep.ts';
import { continueInSuccessor } from './handOver.ts';
import { retryQuarantined } from './quarantine.ts';
import { readAhead } from './readAhead.ts';
import { readExportedContacts, readModifiedCustomers } from './readPages.ts';
import { recheck } from './recheck.ts';
import { LEDGER_STEP, numbered } from './steps.ts';
import { syncPage } from './syncStep.ts';

/** Null when a successor goes on; else what `update-completed` has to store of the contacts feed, if anything. */
export type Ending = { commit: Commit | null } | null;

export async function incrementalSync(context: BegunContext, begun: BegunRun): Promise<Ending> {
  const cursor = await syncModifiedCustomers(context, begun);
  if (cursor === null) return null;
  await context.steps.do('update-cursor', LEDGER_STEP, () => context.ledger.advanceCursor(context.run, cursor));
  const ending = await syncContactsFeed(context, begun);
  if (ending !== null) {
    await retryQuarantined(context, begun.quarantined);
    await recheck(context, begun.rechecks);
  }
  return ending;
}

/** Answers the new cursor: the sync start time (R4). Null when the window goes on in a successor (R6). */
async function syncModifiedCustomers(context: BegunContext, begun: BegunRun): Promise<string | null> {
  const { config } = context;
  const window = begun.checkpoint ?? newWindow(begun);
  const pages = readAhead({
    from: window.next_page,
    maxPages: begun.max_pages,
    progress: context.progress,
    read: (page) =>
      fetchPage(context, numbered('incremental-fetch', page), config.EDGE_FUNCTION_CHUNK_SIZE, (serviceTitan) =>
        readModifiedCustomers(
          serviceTitan,
          { modifiedOnOrAfter: window.modified_on_or_after, pageSize: window.page_size, page },
          context.now(),
        ),
      ),
  });
  for await (const { number, fetched, isCapped } of pages) {
    // Our clock may run ahead of ServiceTitan's: the earlier of the two is the time nothing before which is missing.
    if (number === 1 && fetched.date !== null) window.started_at = earlier(window.started_at, fetched.date);
    await syncPage(context, numbered('incremental-sync', number), fetched);
    if (isCapped) {
      await continueInSuccessor(context, { ...window, next_page: number + 1 });
      return null;
    }
  }
  return window.started_at;
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

/** R9: follows the contacts export from its stored token. Each page's token commits with its rows. */
async function syncContactsFeed(context: BegunContext, begun: BegunRun): Promise<Ending> {
  const pages = readAhead({
    from: 1,
    maxPages: begun.max_pages,
    progress: context.progress,
    read: (page, previous) =>
      fetchPage(context, numbered('contacts-fetch', page), context.config.INITIAL_CHUNK_SIZE, (serviceTitan) =>
        readExportedContacts(
          serviceTitan,
          previous ? previous.continueFrom : begun.contacts_continue_from,
          context.now(),
        ),
      ),
  });
  // An empty last page has no rows that could carry its token.
  let unwritten: Commit | null = null;
  let isPastFuture = false;
  for await (const { number, fetched, isCapped } of pages) {
    isPastFuture ||= fetched.isPastFuture;
    const commit: Commit = {
      feed: 'contacts',
      continue_from: fetched.continueFrom,
      done: !fetched.hasMore,
      // A successor goes on behind this page, or it would read the same pages for ever.
      rewind: isPastFuture && !isCapped,
      read_at: null,
    };
    await syncPage(context, numbered('contacts-sync', number), fetched, commit);
    unwritten = fetched.records === 0 ? commit : null;
    if (isCapped) {
      await continueInSuccessor(context, null);
      return null;
    }
  }
  return { commit: unwritten };
}

function earlier(one: string, other: string): string {
  return new Date(one) <= new Date(other) ? one : other;
}
