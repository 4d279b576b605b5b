// A run that has begun and writes what a test gives it, through the Edge Function and the SQL of the product.
import type { Batch, BatchResult } from '../../supabase/functions/_shared/contactBatch.ts';
import { createWriteBatch } from '../../src/supabase/contactSync.ts';
import { createLedger, type Begun, type FencedRun, type Ledger } from '../../src/supabase/ledger.ts';
import { batchOf } from '../function/rows.ts';
import type { TestWorkspace } from '../support/workspace.ts';

export interface LiveRun {
  ledger: Ledger;
  run: FencedRun;
  begun: Begun;
  /** Writes a batch as the next page of the run, or as the page named. */
  write: (fields: Partial<Batch>, page?: number) => Promise<BatchResult>;
}

let lastEpochMs = Date.now();

/** Claims the workspace and begins; the lease stays with this run until it ends or is taken over. */
export async function beginRun({ stack, supabase, workspaceId }: TestWorkspace): Promise<LiveRun> {
  lastEpochMs = Math.max(lastEpochMs + 1, Date.now());
  const ledger = createLedger(supabase);
  const id = { workspaceId, instanceId: `sync-${workspaceId}-${lastEpochMs}` };
  const [claim] = await ledger.claim('manual', [{ workspace_id: workspaceId, instance_id: id.instanceId }]);
  if (claim?.outcome !== 'claimed') throw new Error(`The run was not claimed: ${claim?.outcome}`);
  const begun = await ledger.begin(id, new Date(), 900, 55, 0);
  const writeBatch = createWriteBatch({ SUPABASE_URL: stack.supabaseUrl, SUPABASE_SECRET_KEY: stack.secretKey });
  let pages = 0;
  return {
    ledger,
    run: { ...id, fence: begun.fence },
    begun,
    write: (fields, page = (pages += 1)) =>
      writeBatch(
        batchOf({
          run: { workspace_id: workspaceId, instance_id: id.instanceId, fence: begun.fence, page, chunk: 0 },
          ...fields,
        }),
      ),
  };
}

/** What the quarantine names, by customer and feed. */
export async function quarantined({ supabase, workspaceId }: TestWorkspace): Promise<string[]> {
  const { data } = await supabase
    .from('servicetitan_sync_errors')
    .select('crm_id, feed')
    .eq('workspace_id', workspaceId)
    .order('crm_id')
    .order('feed');
  return data!.map(({ crm_id, feed }) => `${crm_id} ${feed}`);
}
