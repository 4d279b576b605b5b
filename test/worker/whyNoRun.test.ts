// What `npm start` says when a tick started no run: the reason is the Worker's own word of the workspace, for each there is.
import { expect, test } from 'vitest';
import { tellWhyNoRun } from '../../local/whyNoRun.ts';
import { createLedger } from '../../src/supabase/ledger.ts';
import { createWorkspace, type TestWorkspace } from '../support/workspace.ts';
import { call, waitForRun } from './call.ts';

async function reasonFor({ workspaceId }: TestWorkspace): Promise<string> {
  const { body } = await call({ path: `/workspaces/${workspaceId}` });
  return tellWhyNoRun(body['workspace']);
}
/** A zone in which it is that hour now. */
function zoneAt(hour: number): string {
  const ahead = ((hour - new Date().getUTCHours() + 36) % 24) - 12;
  return `Etc/GMT${ahead > 0 ? '-' : '+'}${Math.abs(ahead)}`;
}
const open = (options = {}) => createWorkspace({ customers: 1, timeZone: zoneAt(12), ...options });

test('a paused workspace, day and night', async () => {
  for (const hour of [12, 2]) {
    const workspace = await open({ timeZone: zoneAt(hour) });
    await call({ method: 'POST', path: `/connections/${workspace.workspaceId}/pause` });
    expect(await reasonFor(workspace)).toBe('the workspace is paused; resume it on the status page');
  }
});

test('a disconnected workspace', async () => {
  const workspace = await open();
  await call({ method: 'DELETE', path: `/connections/${workspace.workspaceId}` });
  expect(await reasonFor(workspace)).toBe('the workspace is not connected to ServiceTitan; connect it again');
});

test('a workspace outside of its business hours, with the hours and the next sync', async () => {
  const timeZone = zoneAt(2);
  expect(await reasonFor(await open({ timeZone }))).toBe(
    `it is outside of the business hours, 06:00 to 20:00 in ${timeZone}; the next sync is at 06:00`,
  );
});

test('a workspace whose run is under way', async () => {
  const workspace = await open();
  const { workspaceId } = workspace;
  const instance_id = `sync-${workspaceId}-1`;
  await createLedger(workspace.supabase).claim('manual', [{ workspace_id: workspaceId, instance_id }]);
  expect(await reasonFor(workspace)).toBe('one is under way (starting: the run waits for its turn)');
});

test('a workspace whose credentials were refused', async () => {
  const workspace = await open();
  const { workspaceId, tenantId } = workspace;
  await workspace.simulator('POST', '/faults', {
    match: { pathIncludes: '/connect/token' },
    times: 100,
    fault: { status: 400, body: 'problem' },
  });
  const { body } = await call({ method: 'POST', path: '/trigger', body: { workspaceId, tenantId } });
  await waitForRun(body['instanceId']);
  expect(await reasonFor(workspace)).toMatch(
    /^ServiceTitan refused the credentials not long ago; connect the workspace again, or press Sync now\. The next sync is at \d\d:\d\d$/,
  );
});

test('a workspace with nothing in its way', async () => {
  expect(await reasonFor(await open())).toMatch(/^the Worker's log says why\. The next sync is at \d\d:\d\d$/);
});
