import { randomBytes } from 'node:crypto';
import type { Sql } from 'postgres';
import { startWorker, type WorkerOptions } from '../../local/worker.ts';
import { countSteps } from './countSteps.ts';
import type { Form } from './form.ts';
import { untilCompleted } from './untilCompleted.ts';

const API_TOKEN = randomBytes(32).toString('hex');

type Target = Omit<WorkerOptions, 'variables'> & {
  serviceTitanUrl: string;
  tenantId: string;
  settings: Record<string, string>;
};

/** The product: its Workflow in workerd, its Edge Function in Deno, its SQL. */
export async function startOurForm(
  sql: Sql,
  { serviceTitanUrl, tenantId, settings, ...options }: Target,
): Promise<Form> {
  const worker = await startWorker({
    ...options,
    secrets: { ...options.secrets, API_TOKEN },
    variables: {
      SERVICETITAN_AUTH_URL: serviceTitanUrl,
      SERVICETITAN_API_URL: serviceTitanUrl,
      // A part of its own measures the comparison of everything; of the others it would be a second run's.
      FULL_PASS_DAYS: '0',
      ...settings,
    },
  });
  let instanceId = '';
  return {
    name: 'ours',
    own: { pid: worker.pid, edgeFunction: 'servicetitan-contact-sync' },
    sync: async ({ workspaceId, since }) => {
      // Moves the cursor to where only the changes of this round lie behind it; the overlap is the product's own.
      if (since !== null) {
        await sql`
          update servicetitan_sync_state
          set last_modified_cursor = ${since}::timestamptz + interval '900 seconds', sync_status = 'idle'
          where workspace_id = ${workspaceId}
        `;
      }
      const response = await fetch(`${worker.url}/trigger`, {
        method: 'POST',
        headers: { authorization: `Bearer ${API_TOKEN}`, 'content-type': 'application/json' },
        body: JSON.stringify({ workspaceId, tenantId }),
      });
      if (!response.ok) throw new Error(`The Worker answered ${response.status}: ${await response.text()}`);
      ({ instanceId } = (await response.json()) as { instanceId: string });
      await untilCompleted(sql, workspaceId);
    },
    steps: () => countSteps(worker.url, 'servicetitan-sync', instanceId),
    stop: () => worker.stop(),
  };
}
