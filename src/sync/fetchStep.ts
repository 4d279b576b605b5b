// A fetch step: reads one page of ServiceTitan, with the waits that ServiceTitan asks for outside the retry budget.
import { createPageSeal } from '../credentials/sealPage.ts';
import { RateLimitError } from '../serviceTitanApi.ts';
import { type BegunContext, connectServiceTitan, type ServiceTitan } from './context.ts';
import { type FetchResult, type PackedPage, packPage, type ReadPage, unpackPage } from './page.ts';
import { FETCH_STEP } from './steps.ts';

/** An hour of ServiceTitan's own pauses, or so many of them; after that the run fails and the next one goes on. */
const MAX_WAITED_MS = 60 * 60_000;
const MAX_WAITS = 60;
const MAX_WAIT_MS = 15 * 60_000;
const FIRST_BACKOFF_MS = 5_000;
/** "In 0 seconds" is no pause. */
const MIN_WAIT_MS = 1_000;

/**
 * Runs `read` in a step of this name, packs what it read in chunks of that many records, and counts the page. After a 429 the
 * run sleeps as long as ServiceTitan says, else twice as long each time, and reads in a new step; the lease is extended over
 * the sleep.
 */
export async function fetchPage(
  context: BegunContext,
  name: string,
  chunkSize: number,
  read: (serviceTitan: ServiceTitan) => Promise<FetchResult>,
): Promise<PackedPage> {
  const pageSeal = createPageSeal(context.config, context.run);
  let waitedMs = 0;
  for (let waits = 0; ; waits += 1) {
    const isLastTry = waitedMs >= MAX_WAITED_MS || waits >= MAX_WAITS;
    const stepName = waits === 0 ? name : `${name} after wait ${waits}`;
    const stream = await context.steps.do(stepName, FETCH_STEP, async () => {
      try {
        const result = await read(await connectServiceTitan(context));
        if ('header' in result) logPage(context, stepName, result);
        return await packPage(result, chunkSize, pageSeal);
      } catch (error) {
        if (!(error instanceof RateLimitError) || isLastTry) throw error;
        const askedMs = error.retryAfterMs ?? FIRST_BACKOFF_MS * 2 ** Math.min(waits, 10);
        const waitMs = Math.max(MIN_WAIT_MS, Math.min(askedMs, MAX_WAIT_MS));
        await context.ledger.hold(context.run, waitMs / 1000);
        context.log({ event: 'asked_to_wait', ...context.run, step: stepName, waitMs });
        return packPage({ waitMs }, chunkSize, pageSeal);
      }
    });
    const page = await unpackPage(stream, pageSeal);
    if (!('waitMs' in page)) {
      context.progress.pages += 1;
      context.progress.calls += page.calls;
      context.progress.bytes += page.bytes;
      return page;
    }
    waitedMs += page.waitMs;
    context.progress.waits += 1;
    await context.steps.sleep(`wait ${waits + 1} before ${name}`, page.waitMs);
  }
}

/** `unreadable`: in how many records each field was left out (R20); absent where none was. */
function logPage({ log, run }: BegunContext, step: string, { header, rows }: ReadPage): void {
  const { records, hasMore, calls, expected } = header;
  const { unreadable } = rows;
  log({ event: 'page_read', ...run, step, records, hasMore, calls, expected, ...(unreadable ? { unreadable } : {}) });
}
