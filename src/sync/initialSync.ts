// The initial sync: the contacts export, then the customer export, both resumable from the token of their last page.
import type { Commit } from '../../supabase/functions/_shared/contactBatch.ts';
import { type BegunContext, type BegunRun, placeOf } from './context.ts';
import { CONTACTS_FEED, CUSTOMERS_FEED, type Feed } from './exportFeeds.ts';
import { commitEmpty, type Following, syncExport } from './followExport.ts';
import { runLaterParts } from './laterParts.ts';
import { countCustomers } from './readPages.ts';
import { LEDGER_STEP } from './steps.ts';
import { StoppedError } from './stopped.ts';
import { tagTypesParts } from './tagTypes.ts';

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
  const stored = {
    from: begun.continue_from,
    stamp: begun.initial_stamp,
    seen: begun.export_seen,
    again: begun.export_again,
  };
  const fromTheFirst = { from: null, stamp: null, seen: [], again: null };
  if (begun.initial_feed === 'contacts') {
    if (!(await syncContacts(context, stored))) return false;
    if (!(await syncFeed(context, CUSTOMERS, fromTheFirst))) return false;
  } else if (!(await syncFeed(context, CUSTOMERS, stored))) {
    return false;
  }
  await context.steps.do('update-cursor', LEDGER_STEP, () =>
    context.ledger.advanceCursor(context.run, null, context.progress.doubts, placeOf(context.progress)),
  );
  await runLaterParts(context, tagTypesParts(begun));
  return true;
}

type Begin = Pick<Following, 'from' | 'stamp' | 'seen' | 'again'>;

/** R19: where the contacts lead to no end, the customers come all the same, and the contacts feed goes on from its last token. */
async function syncContacts(context: BegunContext, begin: Begin): Promise<boolean> {
  try {
    return await syncFeed(context, CONTACTS, begin);
  } catch (error) {
    if (!(error instanceof StoppedError)) throw error;
    context.progress.doubts.push({ code: 'feed_stopped', feed: 'contacts', reason: error.message });
    const whereItStands = { feed: CONTACTS.commitAs, continue_from: null, done: true, read_at: null };
    await commitEmpty(context, 'contacts-stopped', whereItStands);
    return true;
  }
}

/** False when the instance has done its share. */
async function syncFeed(context: BegunContext, reading: Reading, begin: Begin): Promise<boolean> {
  const isFirst = context.progress.pages === 0;
  const ending = await syncExport(context, {
    ...begin,
    ...reading,
    settledUntil: null,
    maxPages: PAGES_PER_INSTANCE,
    // For the progress; once a run.
    ...(isFirst ? { count: countCustomers } : {}),
  });
  if (ending !== null) await commitEmpty(context, `${reading.name}-commit`, ending.commit);
  return ending !== null;
}
