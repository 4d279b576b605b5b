// A workspace that is paused or disconnected in the middle of a run.
import { expect, test } from 'vitest';
import { connectWorkspace } from '../../local/connect.ts';
import { createConnections } from '../../src/supabase/connections.ts';
import { runSync } from '../support/ring.ts';
import { differences } from '../support/truth.ts';
import { createWorkspace } from '../support/workspace.ts';

const SWITCHES = { exportBatchSize: 5 };

test('R8: a run whose workspace is disconnected ends with its next call, and what it wrote stays', async () => {
  const workspace = await createWorkspace({ customers: 12, switches: SWITCHES });
  const { workspaceId, tenantId, stack } = workspace;
  const connections = createConnections(workspace.supabase);
  const run = await runSync(workspace, {
    beforeStep: async (name) => {
      if (name === 'export-sync page 2') await connections.remove(workspaceId);
    },
  });
  expect(run.outcome).toEqual({ status: 'superseded' });
  expect(run.steps).not.toContain('export-sync page 3');
  expect((await workspace.contacts()).size).toBe(5);

  const credentials = { clientId: `client-${tenantId}`, clientSecret: `secret-${tenantId}`, appKey: `app-${tenantId}` };
  await connectWorkspace(
    { supabaseUrl: stack.supabaseUrl, supabaseSecretKey: stack.secretKey, credentialsKey: stack.credentialsKey },
    { workspaceId, tenantId, environment: 'production', name: null, timeZone: null, ...credentials },
  );
  const again = await runSync(workspace);
  expect(again.outcome).toEqual({ status: 'completed' });
  expect(again.steps).not.toContain('contacts-fetch'); // R12: it goes on where it stopped
  expect(await differences(workspace)).toEqual([]);
});

test('R12: a run that is paused ends without a failure, and goes on when the workspace is resumed', async () => {
  const workspace = await createWorkspace({ customers: 12, switches: SWITCHES });
  const connections = createConnections(workspace.supabase);
  const run = await runSync(workspace, {
    beforeStep: async (name) => {
      if (name === 'export-fetch page 3') await connections.enable(workspace.workspaceId, false);
    },
  });
  expect(run.outcome).toEqual({ status: 'superseded' });
  expect(await workspace.state()).toMatchObject({ sync_status: 'idle', last_error: null, initial_feed: 'customers' });
  await connections.enable(workspace.workspaceId, true);
  expect((await runSync(workspace)).outcome).toEqual({ status: 'completed' });
  expect(await differences(workspace)).toEqual([]);
});
