// A sync step: hands one page to the Edge Function, in chunks.
import pMap from 'p-map';
import type { BatchResult, Commit, PassPage, Rejected } from '../../supabase/functions/_shared/contactBatch.ts';
import { EdgeFunctionError } from '../errors.ts';
import type { BegunContext } from './context.ts';
import { NO_ROWS, type PackedPage, type PageRows } from './page.ts';
import { PartSize, type Range, writeInParts } from './parts.ts';
import { STEP_DEADLINE_MS, SYNC_STEP } from './steps.ts';

/**
 * Chunks under way at once. The database writes a workspace's chunks one after another (R8), which is a part of what a chunk
 * takes; the others are on their way or with the function. More would wait for the workspace's lock, each holding a
 * connection of the Data API's pool. With the calls that read the next page these stay within workerd's six connections.
 */
const CONCURRENCY = 3;

/**
 * Writes the page in a step of this name; a page without records needs none. A `commit` travels with the only chunk, or by
 * itself as the last one: sent after all others are acknowledged, so that the token never runs ahead of the rows (R12), and
 * with no rows that would have to wait for them.
 */
export async function syncPage(
  context: BegunContext,
  name: string,
  page: PackedPage & { pass?: PassPage },
  commit: Commit | null = null,
): Promise<void> {
  if (page.records === 0) return;
  context.progress.written += 1;
  const position = context.progress.written;
  const { run, home, steps, writeBatch, progress } = context;
  const before = progress.whole;
  const chunks = page.chunks + (commit !== null && page.chunks > 1 ? 1 : 0);
  // What an attempt found too slow the next one sends smaller; what the run goes by is the result of the step.
  let known = progress.partSize;
  const { refused, partSize } = await steps.do(name, SYNC_STEP, async (_, isLastAttempt) => {
    const size = new PartSize(known);
    const refused: Rejected[] = [];
    const customers = new Set<string>();
    // A callback whose time is up goes on beside its next attempt: it must not go on writing.
    const signal = AbortSignal.timeout(STEP_DEADLINE_MS);
    const send = async (chunk: number, rows: PageRows, chunkCommit: Commit | null, records: Range | null) => {
      signal.throwIfAborted();
      const { errors }: BatchResult = await writeBatch(
        {
          run: {
            workspace_id: run.workspaceId,
            instance_id: run.instanceId,
            fence: run.fence,
            page: position,
            chunk,
            country: home,
            before,
            ...(records === null ? {} : { records }),
            ...(page.expected === null ? {} : { expected: page.expected }),
          },
          ...rows,
          retries_quarantined: page.retriesQuarantined,
          ...(page.reader === null ? {} : { reader: page.reader }),
          ...(page.pass === undefined ? {} : { pass: passOf(page.pass, chunk) }),
          commit: chunkCommit,
        },
        { signal, anywhere: isLastAttempt },
      );
      refused.push(...errors);
      for (const id of customersIn(rows)) customers.add(id);
    };
    const write = (chunk: number, rows: PageRows, chunkCommit: Commit | null) =>
      writeInParts(rows, size, (part, records) => {
        const isLast = records === null || records.to === records.of - 1;
        return send(chunk, part, isLast ? chunkCommit : null, records);
      }).catch((error: unknown) => {
        if (error instanceof EdgeFunctionError && error.tooMuch === 'silence') known = size.known;
        throw error;
      });
    if (page.chunks === 1) {
      await write(0, await page.readChunk(0), commit);
    } else {
      const chunks = Array.from({ length: page.chunks }, (_, index) => index);
      await pMap(chunks, async (chunk) => write(chunk, await page.readChunk(chunk), null), {
        concurrency: CONCURRENCY,
      });
      if (commit !== null) await write(page.chunks, NO_ROWS, commit);
    }
    return {
      records: page.records,
      chunks: page.chunks,
      refused: { ...countRefused(refused), of: customers.size },
      partSize: size.known,
    };
  });
  progress.whole = { page: position, chunks };
  progress.partSize = partSize;
  // Those of the quarantine were refused before.
  if (page.retriesQuarantined || refused.count < MANY || refused.count * 2 <= refused.of) return;
  progress.doubts.push({ code: 'most_refused', ...refused });
}

/** What nobody can name is told with the first chunk alone, so it is counted once. */
function passOf({ unnamed, ...pass }: PassPage, chunk: number): PassPage {
  return unnamed === undefined || chunk > 0 ? pass : { ...pass, unnamed };
}

function customersIn({ customers, contact_methods, rejected, rechecked }: PageRows): string[] {
  const others = [...contact_methods, ...rejected, ...rechecked];
  return [...customers.map(({ id }) => id), ...others.map(({ customer_id }) => customer_id)];
}

/** R10: so many are worth a word, where they are the most of their page. */
const MANY = 10;

interface Refused {
  count: number;
  feed: Rejected['feed'];
  /** The commonest; it names fields and rules, never a value. */
  reason: string;
}

function countRefused(refused: Rejected[]): Refused {
  const customers = new Set(refused.map(({ customer_id }) => customer_id));
  const byReason = Map.groupBy(refused, ({ reason }) => reason);
  const [commonest = []] = [...byReason.values()].toSorted((one, other) => other.length - one.length);
  return { count: customers.size, feed: commonest[0]?.feed ?? 'customers', reason: commonest[0]?.reason ?? '' };
}
