// A sync step: hands one page to the Edge Function, in chunks.
import pMap from 'p-map';
import type { Batch, Commit } from '../../supabase/functions/_shared/contactBatch.ts';
import type { BegunContext } from './context.ts';
import type { PackedPage, PageRows } from './page.ts';
import { SYNC_STEP } from './steps.ts';

/** Chunks under way at once; together with nothing else this stays under the platform's six connections. */
const CONCURRENCY = 4;

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
    const write = (chunk: Chunk, index: number, chunkCommit: Commit | null) =>
      writeBatch({
        run: {
          workspace_id: run.workspaceId,
          instance_id: run.instanceId,
          fence: run.fence,
          page: position,
          chunk: index,
        },
        ...chunk,
        commit: chunkCommit,
      });
    const last = chunks.length - 1;
    await pMap(chunks.slice(0, last), (chunk, index) => write(chunk, index, null), { concurrency: CONCURRENCY });
    await write(chunks[last]!, last, commit);
    return { records: page.records, chunks: chunks.length };
  });
}

/** At least one chunk; rejected records travel with the first. */
function toChunks(rows: PageRows, size: number): Chunk[] {
  const chunks: Chunk[] = [];
  for (let at = 0; at < rows.customers.length; at += size) {
    chunks.push({ customers: rows.customers.slice(at, at + size), contact_methods: [], rejected: [] });
  }
  for (let at = 0; at < rows.contact_methods.length; at += size) {
    chunks.push({ customers: [], contact_methods: rows.contact_methods.slice(at, at + size), rejected: [] });
  }
  if (chunks.length === 0) chunks.push({ customers: [], contact_methods: [], rejected: [] });
  chunks[0]!.rejected = rows.rejected;
  return chunks;
}
