// R8: the routes of this Worker, which is "production" here, where another one has the workspace.
import { expect, test } from 'vitest';
import { createLedger } from '../../src/supabase/ledger.ts';
import { createWorkspace, type TestWorkspace } from '../support/workspace.ts';
import { call } from './call.ts';

/** A run of a Worker of another name, under way. */
async function startElsewhere({ supabase, workspaceId }: TestWorkspace, deployment: string) {
  const ledger = createLedger(supabase, deployment);
  const instanceId = `sync-${workspaceId}-${Date.now()}`;
  const [claim] = await ledger.claim('manual', [{ workspace_id: workspaceId, instance_id: instanceId }]);
  expect(claim!.outcome).toBe('claimed');
  return { ledger, instanceId };
}

test('R8: POST /trigger answers 409 other_deployment while another Worker has the workspace, and leaves its run alone', async () => {
  const workspace = await createWorkspace({ customers: 0 });
  const { ledger, instanceId } = await startElsewhere(workspace, 'staging');
  const body = { workspaceId: workspace.workspaceId, tenantId: workspace.tenantId };
  const refused = await call({ method: 'POST', path: '/trigger', body });
  expect([refused.status, refused.body.error]).toEqual([
    409,
    {
      code: 'other_deployment',
      message:
        'Another Worker (staging) is running here: start the sync there, or stop that Worker; an hour after the last run that it completed this one may start.',
    },
  ]);
  expect(await ledger.readRun(instanceId)).toMatchObject({ status: 'queued' });
  expect(await workspace.state()).toMatchObject({ run_instance_id: instanceId, deployment: 'staging' });
});

test('R8: POST /trigger of a comparison is answered likewise, and the comparison comes with the next run of the other Worker', async () => {
  const workspace = await createWorkspace({ customers: 0 });
  await startElsewhere(workspace, 'staging');
  const body = { workspaceId: workspace.workspaceId, tenantId: workspace.tenantId, mode: 'full' };
  const refused = await call({ method: 'POST', path: '/trigger', body });
  expect([refused.status, refused.body.error.code]).toEqual([409, 'other_deployment']);
  expect(await workspace.state()).toMatchObject({ pass_wanted_at: expect.any(String) });
});
