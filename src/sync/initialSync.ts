// The initial sync: the contacts export, then the customer export, both resumable from the token of their last page.
import type { Commit } from '../../supabase/functions/_shared/contactBatch.ts';
import { type BegunContext, type BegunRun, placeOf } from './context.ts';
import { CONTACTS_FEED, CUSTOMERS_FEED, type Feed } from './exportFeeds.ts';
import { commitEmpty, syncExport } from './followExport.ts';
import { countCustomers } from './readPages.ts';
import { LEDGER_STEP } from './steps.ts';

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
    context.ledger.advanceCursor(context.run, null, context.progress.doubts, placeOf(context.progress)),
  );
  return true;
}

/** False when the instance has done its share. */
async function syncFeed(
  context: BegunContext,
  reading: Reading,
  begin: { from: string | null; stamp: string | null },
): Promise<boolean> {
  const isFirst = context.progress.pages === 0;
  const ending = await syncExport(context, {
    ...begin,
    ...reading,
    maxPages: PAGES_PER_INSTANCE,
    // For the progress; once a run.
    ...(isFirst ? { count: countCustomers } : {}),
  });
  if (ending !== null) await commitEmpty(context, `${reading.name}-commit`, ending.commit);
  return ending !== null;
}
