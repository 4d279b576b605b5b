// The incremental sync: customers modified since the cursor, the cursor, the contacts feed; then what may come later.
import { type BegunContext, type BegunRun, placeOf } from './context.ts';
import { syncModifiedCustomers } from './customersWindow.ts';
import { CONTACTS_FEED } from './exportFeeds.ts';
import { type Ending, syncExport } from './followExport.ts';
import { runLaterParts } from './laterParts.ts';
import { passParts } from './pass/pass.ts';
import { quarantinePart } from './quarantine.ts';
import { recheckPart } from './recheck.ts';
import { regradeParts } from './regrade.ts';
import { settledPart } from './settled.ts';
import { LEDGER_STEP } from './steps.ts';
import { unlessStopped } from './stopped.ts';
import { tagTypesParts } from './tagTypes.ts';

/** Answers what `update-completed` has to store of the contacts feed. */
export async function incrementalSync(context: BegunContext, begun: BegunRun): Promise<Ending> {
  const cursor = await unlessStopped(context, () => syncModifiedCustomers(context, begun));
  if (cursor === null) return null;
  if (cursor !== undefined) {
    await context.steps.do('update-cursor', LEDGER_STEP, () =>
      context.ledger.advanceCursor(context.run, cursor, context.progress.doubts, placeOf(context.progress)),
    );
  }
  const ending = await unlessStopped(context, () => syncContactsFeed(context, begun));
  if (ending === null) return null;
  const { pages } = context.progress;
  await runLaterParts(context, [
    settledPart(begun),
    ...regradeParts(begun),
    quarantinePart(begun),
    recheckPart(begun),
    ...tagTypesParts(begun),
    ...passParts(begun, pages),
  ]);
  return ending ?? { commit: null };
}

/** R9: follows the contacts export from its stored token. */
function syncContactsFeed(context: BegunContext, begun: BegunRun): Promise<Ending> {
  return syncExport(context, {
    feed: CONTACTS_FEED,
    name: 'contacts',
    from: begun.contacts_continue_from,
    stamp: begun.contacts_stamp,
    settledUntil: begun.settled_until,
    seen: begun.export_seen,
    again: begun.export_again,
    maxPages: begun.max_pages,
    commitAs: 'contacts',
  });
}
