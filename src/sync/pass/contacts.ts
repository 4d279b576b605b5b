// R18: the contacts of a pass, by the export from the first record. Without recent changes: what is younger is the live reader's.
import { canonicalInstant } from '../../serviceTitanApi.ts';
import { STEADY_CONTACTS } from '../exportFeeds.ts';
import { commitEmpty, syncExport } from '../followExport.ts';
import { LEDGER_STEP, numbered } from '../steps.ts';
import { StoppedError } from '../stopped.ts';
import { passPage, type Slice } from './slice.ts';

const NAME = 'pass-contacts';

/**
 * Reads on, to the end of the feed or to a batch that is younger than the pass, else as far as the slice goes. What can't be
 * read leaves the pass not whole, and the customers come all the same.
 */
export async function readContacts(slice: Slice, turn: number): Promise<void> {
  const { context, pass, maxPages } = slice;
  const { steps, ledger, run, progress } = context;
  const doubtsBefore = progress.doubts.length;
  const name = turn === 1 ? NAME : `${NAME} ${turn}`;
  let isStopped = false;
  try {
    const ending = await syncExport(context, {
      feed: {
        ...STEADY_CONTACTS,
        endsAt: canonicalInstant(new Date(pass.began_at).toISOString())!,
      },
      name,
      from: pass.continue_from,
      stamp: null,
      settledUntil: null,
      seen: [],
      again: null,
      maxPages,
      commitAs: 'pass_contacts',
      isPart: true,
      ofPass: (number) => passPage(slice, 'contacts', number),
    });
    if (ending !== null) await commitEmpty(context, `${name}-commit`, ending.commit);
  } catch (error) {
    if (!(error instanceof StoppedError)) throw error;
    isStopped = true;
  }
  const unread = progress.doubts.slice(doubtsBefore).filter(({ code }) => code === 'span_unread').length;
  if (unread === 0 && !isStopped) return;
  await steps.do(numbered('pass-doubt', turn), LEDGER_STEP, async () => {
    await ledger.doubtPass(run, [{ code: 'contacts_unread', count: Math.max(unread, 1) }]);
    if (isStopped) {
      await ledger.commitPage(run, { feed: 'pass_contacts', continue_from: null, done: true, read_at: null });
    }
  });
}
