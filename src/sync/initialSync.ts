// The initial sync: the contacts export, then the customer export, both resumable from the token of their last page.
import type { Commit } from '../../supabase/functions/_shared/contactBatch.ts';
import type { BegunContext, BegunRun } from './context.ts';
import { CONTACTS_FEED, CUSTOMERS_FEED, type Feed } from './exportFeeds.ts';
import { followExport } from './followExport.ts';
import { continueInSuccessor } from './handOver.ts';
import { countCustomers } from './readPages.ts';
import { LEDGER_STEP, numbered } from './steps.ts';
import { syncPage } from './syncStep.ts';

/** At two or three steps a page this stays well under the step limit in wrangler.toml. */
const PAGES_PER_INSTANCE = 1000;

interface Reading {
  name: 'contacts' | 'export';
  feed: Feed;
  commitAs: Commit['feed'];
}

const CONTACTS: Reading = { name: 'contacts', feed: CONTACTS_FEED, commitAs: 'initial_contacts' };
const CUSTOMERS: Reading = { name: 'export', feed: CUSTOMERS_FEED, commitAs: 'initial_customers' };

/** False when a successor goes on. */
export async function initialSync(context: BegunContext, begun: BegunRun): Promise<boolean> {
  const stored = { from: begun.continue_from, stamp: begun.initial_stamp };
  const fromTheFirst = { from: null, stamp: null };
  if (begun.initial_feed === 'contacts') {
    if (!(await syncFeed(context, CONTACTS, stored))) return false;
    if (!(await syncFeed(context, CUSTOMERS, fromTheFirst))) return false;
  } else if (!(await syncFeed(context, CUSTOMERS, stored))) {
    return false;
  }
  await context.steps.do('update-cursor', LEDGER_STEP, () =>
    context.ledger.advanceCursor(context.run, null, context.progress.doubts),
  );
  return true;
}

/** R12: each page's token commits with its last chunk. False when the instance has done its share. */
async function syncFeed(
  context: BegunContext,
  { name, feed, commitAs }: Reading,
  begin: { from: string | null; stamp: string | null },
): Promise<boolean> {
  const isFirst = context.progress.pages === 0;
  const pages = followExport(context, {
    ...begin,
    feed,
    name,
    maxPages: PAGES_PER_INSTANCE,
    // For the progress; once a run.
    ...(isFirst ? { count: countCustomers } : {}),
  });
  let isPastFuture = false;
  for await (const { place, fetched, isCapped } of pages) {
    isPastFuture ||= fetched.isPastFuture;
    const commit: Commit | null =
      place.kind === 'span'
        ? null
        : {
            feed: commitAs,
            continue_from: fetched.continueFrom,
            done: !fetched.hasMore,
            rewind: isPastFuture && !fetched.hasMore,
            read_at: fetched.date,
            stamp: fetched.stamp,
          };
    await syncPage(context, numbered(`${name}-sync`, place.number), fetched, commit);
    if (fetched.records === 0 && commit !== null) {
      await context.steps.do(numbered(`${name}-commit`, place.number), LEDGER_STEP, () =>
        context.ledger.commitPage(context.run, commit),
      );
    }
    if (isCapped) {
      await continueInSuccessor(context, null);
      return false;
    }
  }
  return true;
}
