// A fetch step: reads one page of ServiceTitan, with the waits that ServiceTitan asks for outside the retry budget.
import { createPageSeal } from '../credentials/sealPage.ts';
import { DatabaseError } from '../errors.ts';
import { RateLimitError } from '../serviceTitanApi.ts';
import { type BegunContext, connectServiceTitan, type ServiceTitan } from './context.ts';
import { TooMuch } from './control.ts';
import {
  type Effort,
  type FetchResult,
  type Note,
  type PackedPage,
  packPage,
  type ReadPage,
  unpackPage,
} from './page.ts';
import { FETCH_STEP, FIRST_NARROW_ATTEMPT, NARROW_CALL_MS } from './steps.ts';

/** An hour of ServiceTitan's own pauses, or so many of them; after that the run fails and the next one goes on. */
const MAX_WAITED_MS = 60 * 60_000;
const MAX_WAITS = 60;
const MAX_WAIT_MS = 15 * 60_000;
const FIRST_BACKOFF_MS = 5_000;
/** "In 0 seconds" is no pause. */
const MIN_WAIT_MS = 1_000;

export type FetchedPage = PackedPage | (Note & Effort);

export interface FetchOptions {
  /** Records a chunk. */
  chunkSize: number;
  /** The step before has tried three times already, so this one narrows from its first attempt on. */
  isHurried?: boolean;
  /** A 429 ends what this step is of, and nobody waits. */
  endsOnWait?: boolean;
}

/**
 * Runs `read` in a step of this name, packs what it read in chunks of that many records, and counts the page. After a 429 the
 * run sleeps as long as ServiceTitan says, else twice as long each time, and reads in a new step; the lease is extended over
 * the sleep. A part after the live readers does not wait longer than it has time. `TooMuch` becomes a note.
 */
export async function fetchPage(
  context: BegunContext,
  name: string,
  { chunkSize, isHurried = false, endsOnWait = false }: FetchOptions,
  read: (serviceTitan: ServiceTitan) => Promise<FetchResult>,
): Promise<FetchedPage> {
  const { now, progress, time } = context;
  const pageSeal = createPageSeal(context.config, context.run);
  let waitedMs = 0;
  let narrows = isHurried;
  for (let waits = 0; ; waits += 1) {
    const isLastTry = waitedMs >= MAX_WAITED_MS || waits >= MAX_WAITS;
    const stepName = waits === 0 ? name : `${name} after wait ${waits}`;
    const stream = await context.steps.do(stepName, FETCH_STEP, async (attempt) => {
      const startedAt = now();
      let serviceTitan: ServiceTitan | null = null;
      const effort = () => ({ ms: now() - startedAt + lostBefore(attempt), calls: serviceTitan?.calls() ?? 0 });
      try {
        serviceTitan = await connectServiceTitan(context, narrows ? FIRST_NARROW_ATTEMPT : attempt);
        const result = await read(serviceTitan);
        if ('header' in result) logPage(context, stepName, result, effort());
        return await packPage(result, chunkSize, pageSeal, effort());
      } catch (error) {
        if (error instanceof TooMuch) {
          context.log({ event: 'too_much', ...context.run, step: stepName, ...effort() });
          return packPage({ note: { tooMuch: true } }, chunkSize, pageSeal, effort());
        }
        if (!(error instanceof RateLimitError) || isLastTry) throw await noteCalls(context, error, effort());
        if (endsOnWait) return packPage({ note: { later: true } }, chunkSize, pageSeal, effort());
        const askedMs = error.retryAfterMs ?? FIRST_BACKOFF_MS * 2 ** Math.min(waits, 10);
        const waitMs = Math.max(MIN_WAIT_MS, Math.min(askedMs, MAX_WAIT_MS));
        await context.ledger.hold(context.run, waitMs / 1000);
        context.log({ event: 'asked_to_wait', ...context.run, step: stepName, waitMs });
        if (time && waitMs > time.leftMs) throw await noteCalls(context, error, effort());
        return packPage({ waitMs, isHurried: serviceTitan?.narrows ?? false }, chunkSize, pageSeal, effort());
      }
    });
    const page = await unpackPage(stream, pageSeal);
    progress.calls += page.calls;
    time?.spend(page.ms);
    if (!('waitMs' in page)) {
      if ('note' in page) return page;
      progress.pages += 1;
      progress.bytes += page.bytes;
      progress.doubts.push(...page.doubts);
      return page;
    }
    waitedMs += page.waitMs;
    narrows ||= page.isHurried;
    time?.spend(page.waitMs);
    progress.waits += 1;
    await context.steps.sleep(`wait ${waits + 1} before ${name}`, page.waitMs);
  }
}

/**
 * Answers the failure of an attempt after its calls were noted, because no result tells of them. That is for people alone, so
 * nothing comes of it where the ledger can't be told.
 */
async function noteCalls({ ledger, run }: BegunContext, failure: unknown, { calls }: Effort): Promise<unknown> {
  if (calls > 0 && !(failure instanceof DatabaseError)) await ledger.noteCalls(run, calls).catch(() => {});
  return failure;
}

/** What the attempts before may have cost a part: no result tells it, and a call there has 15 s. */
function lostBefore(attempt: number): number {
  const { delay } = FETCH_STEP.retries;
  return (attempt - 1) * NARROW_CALL_MS + delay * (2 ** (attempt - 1) - 1);
}

/** `unreadable`: in how many records each field was left out (R20); absent where none was. */
function logPage({ log, run }: BegunContext, step: string, { header, rows }: ReadPage, { calls }: Effort): void {
  const { records, hasMore, expected } = header;
  const { unreadable } = rows;
  log({ event: 'page_read', ...run, step, records, hasMore, calls, expected, ...(unreadable ? { unreadable } : {}) });
}
