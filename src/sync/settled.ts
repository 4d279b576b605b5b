// R17: the second way of reading. The settled reader follows both exports without recent changes, by tokens of their own: what
// the live readers lost it brings. It is a part after them, and reads no more than 20 pages a run.
import type { Commit } from '../../supabase/functions/_shared/contactBatch.ts';
import { SyncError } from '../errors.ts';
import { AuthError, RateLimitError } from '../serviceTitanApi.ts';
import { type BegunRun, placeOf, type ServiceTitan } from './context.ts';
import { TooMuch } from './control.ts';
import { type Feed, SETTLED_FEEDS, toFeedRows, whatItTells } from './exportFeeds.ts';
import { fetchPage } from './fetchStep.ts';
import { commitEmpty, syncExport, toCommit } from './followExport.ts';
import type { Part, PartContext } from './laterParts.ts';
import { NO_ROWS, type PageRows, type ReadPage } from './page.ts';
import { toResult, unreadableOf } from './readPages.ts';
import { LEDGER_STEP } from './steps.ts';
import { syncPage } from './syncStep.ts';
import { addUnreadable } from './unreadable.ts';

/** Freshness never waits for it. */
const MOST_PAGES = 20;

type Settled = NonNullable<BegunRun['settled']>;

const COMMIT_AS: Record<Feed['name'], Commit['feed']> = {
  customers: 'settled_customers',
  contacts: 'settled_contacts',
};

/** Nothing while no reading is due. */
export function settledPart({ settled, settled_until }: BegunRun): Part {
  return {
    name: 'settled reading',
    async run(context) {
      if (settled === null) return;
      const { steps, ledger, run, progress, config } = context;
      const mostPages = progress.pages + MOST_PAGES;
      const page = await fetchPage(
        context,
        'settled-fetch',
        { chunkSize: config.INITIAL_CHUNK_SIZE },
        async (serviceTitan) => readBothEnds(serviceTitan, settled, context.now()),
      );
      if ('records' in page) {
        await syncPage(context, 'settled-sync', page);
        await steps.do('settled-commit', LEDGER_STEP, async () => {
          for (const commit of page.commits) await ledger.commitPage(run, commit, placeOf(progress));
        });
        return;
      }
      const follow = (name: Feed['name'], maxPages: number) =>
        followSettled(context, name, { ...settled[name], settledUntil: settled_until, maxPages });
      // What is wrong with one feed is not the other's fault, and a backlog of one leaves a page to the other.
      try {
        await follow('customers', mostPages - 1);
      } finally {
        await follow('contacts', mostPages);
      }
    },
  };
}

async function followSettled(
  context: PartContext,
  feed: Feed['name'],
  begin: Settled['customers'] & { settledUntil: string | null; maxPages: number },
): Promise<void> {
  const name = `settled-${feed}`;
  const following = { feed: SETTLED_FEEDS[feed], name, seen: [], again: null, commitAs: COMMIT_AS[feed], isPart: true };
  const ending = await syncExport(context, { ...following, ...begin });
  if (ending !== null) await commitEmpty(context, `${name}-commit`, ending.commit);
}

/**
 * Both feeds in one step, for mostly the first batch of each is the last. Rejects with `TooMuch` where more follows, or where
 * one can't be read so: each is then followed by itself.
 */
async function readBothEnds({ api }: ServiceTitan, settled: Settled, now: number): Promise<ReadPage> {
  const rows: PageRows = { ...NO_ROWS };
  const unreadable = {};
  const commits: Commit[] = [];
  let passedOver = 0;
  for (const feed of Object.values(SETTLED_FEEDS)) {
    const batch = await feed.read(api, settled[feed.name].from).catch((error: unknown) => {
      if (!(error instanceof SyncError) || error instanceof AuthError || error instanceof RateLimitError) throw error;
      throw new TooMuch();
    });
    if (batch.hasMore) throw new TooMuch();
    const { customers, contact_methods, rejected, ...read } = toFeedRows(feed, batch);
    rows.customers = [...rows.customers, ...customers];
    rows.contact_methods = [...rows.contact_methods, ...contact_methods];
    rows.rejected = [...rows.rejected, ...rejected];
    addUnreadable(unreadable, read.unreadable ?? {});
    passedOver += batch.orphans + batch.unowned;
    commits.push(toCommit(COMMIT_AS[feed.name], toResult(batch, NO_ROWS, whatItTells(feed, batch, now)).header));
  }
  const both = { hasMore: false, date: null, orphans: passedOver };
  return toResult(both, { ...rows, ...unreadableOf(unreadable) }, { reader: 'settled', commits });
}
