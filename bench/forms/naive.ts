import type { Sql } from 'postgres';
import { startWorker, type WorkerOptions } from '../../local/worker.ts';
import type { ServiceTitanAccess } from '../naive/readPage.ts';
import { countSteps } from './countSteps.ts';
import type { Form } from './form.ts';
import { untilCompleted } from './untilCompleted.ts';

type Target = Omit<WorkerOptions, 'variables'> & { access: ServiceTitanAccess };

/** The naive Workflow in a workerd of its own. */
export async function startNaiveForm(sql: Sql, { access, ...options }: Target): Promise<Form> {
  const worker = await startWorker({
    ...options,
    variables: {
      SERVICETITAN_URL: access.url,
      TENANT_ID: access.tenantId,
      CLIENT_ID: access.clientId,
      CLIENT_SECRET: access.clientSecret,
      APP_KEY: access.appKey,
    },
  });
  let instanceId = '';
  return {
    name: 'naive',
    own: { pid: worker.pid, edgeFunction: 'naive-contact-sync' },
    sync: async ({ workspaceId, since }) => {
      await sql`update servicetitan_sync_state set sync_status = 'idle' where workspace_id = ${workspaceId}`;
      instanceId = `naive-${Date.now()}`;
      const response = await fetch(worker.url, {
        method: 'POST',
        body: JSON.stringify({ id: instanceId, workspaceId, modifiedOnOrAfter: since?.toISOString() ?? null }),
      });
      if (!response.ok) throw new Error(`The naive Worker answered ${response.status}.`);
      await untilCompleted(sql, workspaceId);
    },
    steps: () => countSteps(worker.url, 'naive-sync', instanceId),
    stop: () => worker.stop(),
  };
}
