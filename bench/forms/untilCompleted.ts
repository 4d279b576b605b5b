import { setTimeout as delay } from 'node:timers/promises';
import type { Sql } from 'postgres';

/** Asking costs the measured database something, too. */
const POLL_MS = 25;

/** Resolves once the workspace's run, successors included, has completed; rejects with its reason when it failed. */
export async function untilCompleted(sql: Sql, workspaceId: string): Promise<void> {
  for (;;) {
    const [state] = await sql`
      select sync_status, last_error from servicetitan_sync_state where workspace_id = ${workspaceId}
    `;
    if (state?.['sync_status'] === 'completed') return;
    if (state?.['sync_status'] === 'failed') throw new Error(`The run failed: ${state['last_error']}`);
    await delay(POLL_MS);
  }
}
