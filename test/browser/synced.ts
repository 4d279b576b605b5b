import { createWorkspace, type TestWorkspace, type WorkspaceOptions } from '../support/workspace.ts';
import { eventually, workerUrl } from './browse.ts';

/** A workspace whose first sync is done, by the Worker itself. */
export async function syncedWorkspace(options: WorkspaceOptions = {}): Promise<TestWorkspace> {
  const workspace = await createWorkspace(options);
  const { workspaceId, tenantId } = workspace;
  await fetch(`${workerUrl}/trigger`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ workspaceId, tenantId }),
  });
  await eventually(workspace.state).toMatchObject({ sync_status: 'completed' });
  return workspace;
}
