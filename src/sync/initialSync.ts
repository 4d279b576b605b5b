// The initial sync: the contacts export, then the customer export, both resumable from the token of their last page.
import type { Commit } from '../../supabase/functions/_shared/contactBatch.ts';
import type { BegunContext, BegunRun, ServiceTitan } from './context.ts';
import { fetchPage } from './fetchStep.ts';
import { continueInSuccessor } from './handOver.ts';
import type { FetchResult } from './page.ts';
import { readAhead } from './readAhead.ts';
import { countCustomers, readExportedContacts, readExportedCustomers } from './readPages.ts';
import { LEDGER_STEP, numbered } from './steps.ts';
import { syncPage } from './syncStep.ts';

/** At two or three steps a page this stays well under the step limit in wrangler.toml. */
const PAGES_PER_INSTANCE = 1000;

interface Feed {
  name: 'contacts' | 'export';
  commitAs: Commit['feed'];
  read: (serviceTitan: ServiceTitan, from: string | null, now: number, expected: number | null) => Promise<FetchResult>;
}

const CONTACTS: Feed = { name: 'contacts', commitAs: 'initial_contacts', read: readExportedContacts };
const CUSTOMERS: Feed = {
  name: 'export',
  commitAs: 'initial_customers',
  read: (serviceTitan, from, _now, expected) => readExportedCustomers(serviceTitan, from, expected),
};

/** False when a successor goes on. */
export async function initialSync(context: BegunContext, begun: BegunRun): Promise<boolean> {
  if (begun.initial_feed === 'contacts') {
    if (!(await syncFeed(context, CONTACTS, begun.continue_from))) return false;
    if (!(await syncFeed(context, CUSTOMERS, null))) return false;
  } else if (!(await syncFeed(context, CUSTOMERS, begun.continue_from))) {
    return false;
  }
  await context.steps.do('update-cursor', LEDGER_STEP, () => context.ledger.advanceCursor(context.run, null));
  return true;
}

/** R12: each page's token commits with its last chunk. False when the instance has done its share. */
async function syncFeed(context: BegunContext, feed: Feed, continueFrom: string | null): Promise<boolean> {
  const pages = readAhead({
    from: 1,
    maxPages: PAGES_PER_INSTANCE,
    progress: context.progress,
    read: (page, previous) =>
      fetchPage(
        context,
        numbered(`${feed.name}-fetch`, page),
        context.config.INITIAL_CHUNK_SIZE,
        async (serviceTitan) => {
          // For the progress; once a run.
          const expected = context.progress.pages === 0 ? await countCustomers(serviceTitan) : null;
          return feed.read(serviceTitan, previous ? previous.continueFrom : continueFrom, context.now(), expected);
        },
      ),
  });
  let isPastFuture = false;
  for await (const { number, fetched, isCapped } of pages) {
    isPastFuture ||= fetched.isPastFuture;
    const commit: Commit = {
      feed: feed.commitAs,
      continue_from: fetched.continueFrom,
      done: !fetched.hasMore,
      rewind: isPastFuture && !fetched.hasMore,
      read_at: fetched.date,
    };
    await syncPage(context, numbered(`${feed.name}-sync`, number), fetched, commit);
    if (fetched.records === 0) {
      await context.steps.do(numbered(`${feed.name}-commit`, number), LEDGER_STEP, () =>
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
