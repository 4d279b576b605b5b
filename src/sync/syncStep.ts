// A sync step: hands one page to the Edge Function, in chunks.
import pMap from 'p-map';
import type { Batch, Commit } from '../../supabase/functions/_shared/contactBatch.ts';
import type { BegunContext } from './context.ts';
import type { PackedPage, PageRows } from './page.ts';
import { STEP_DEADLINE_MS, SYNC_STEP } from './steps.ts';

/**
 * Chunks under way at once. The database writes a workspace's chunks one after another (R8), which is a part of what a chunk
 * takes; the others are on their way or with the function. More would wait for the workspace's lock, each holding a
 * connection of the Data API's pool. With the calls that read the next page these stay within workerd's six connections.
 */
const CONCURRENCY = 3;

type Chunk = Pick<Batch, 'customers' | 'contact_methods' | 'rejected'>;

/**
 * Writes the page in a step of this name; a page without records needs none. With a `commit` the last chunk carries it,
 * sent after all others are acknowledged, so that the token never runs ahead of the rows (R12).
 */
export async function syncPage(
  context: BegunContext,
  name: string,
  page: PackedPage,
  chunkSize: number,
  commit: Commit | null = null,
): Promise<void> {
  if (page.records === 0) return;
  context.progress.written += 1;
  const position = context.progress.written;
  const { run, steps, writeBatch } = context;
  await steps.do(name, SYNC_STEP, async () => {
    const chunks = toChunks(await page.rows(), chunkSize);
    // A callback whose time is up goes on beside its next attempt: it must not go on writing.
    const signal = AbortSignal.timeout(STEP_DEADLINE_MS);
    const write = async (chunk: Chunk, index: number, chunkCommit: Commit | null) => {
      signal.throwIfAborted();
      return writeBatch(
        {
          run: {
            workspace_id: run.workspaceId,
            instance_id: run.instanceId,
            fence: run.fence,
            page: position,
            chunk: index,
            ...(page.expected === null ? {} : { expected: page.expected }),
          },
          ...chunk,
          commit: chunkCommit,
        },
        signal,
      );
    };
    const last = chunks.length - 1;
    await pMap(chunks.slice(0, last), (chunk, index) => write(chunk, index, null), { concurrency: CONCURRENCY });
    await write(chunks[last]!, last, commit);
    return { records: page.records, chunks: chunks.length };
  });
}

/** More calls than this might not end within the step's deadline, so a large page goes by larger chunks than was set. */
const MAX_CHUNKS = 100;

/** At least one chunk, which may be empty but for the commit. */
function toChunks({ customers, contact_methods, rejected }: PageRows, wantedSize: number): Chunk[] {
  const longest = Math.max(customers.length, contact_methods.length, rejected.length, 1);
  const size = Math.max(wantedSize, Math.ceil(longest / MAX_CHUNKS));
  return Array.from({ length: Math.ceil(longest / size) }, (_, index) => {
    const [from, to] = [index * size, (index + 1) * size];
    return {
      customers: customers.slice(from, to),
      contact_methods: contact_methods.slice(from, to),
      rejected: rejected.slice(from, to),
    };
  });
}
