// R10: whom the sync had to leave out, and why, is told by GET /status.
import { expect, test } from 'vitest';
import { readWorld } from '../support/truth.ts';
import { createWorkspace } from '../support/workspace.ts';
import { call, waitForRun } from './call.ts';

test('R10: /status names the customers in the quarantine, their reasons and attempts, until they pass', async () => {
  const workspace = await createWorkspace({ customers: 25 });
  const sync = async () => {
    const body = { workspaceId: workspace.workspaceId, tenantId: workspace.tenantId };
    const started = await call({ method: 'POST', path: '/trigger', body });
    return waitForRun(started.body.instanceId);
  };
  expect((await sync()).quarantine).toEqual({ count: 0, longestStanding: [] });

  const [unreadable, conflicting] = (await readWorld(workspace)).customers.map(({ id }) => id);
  await workspace.simulator('PATCH', `/customers/${unreadable}`, { raw: { modifiedOn: 'bad name' } });
  await workspace.simulator('PATCH', `/customers/${conflicting}`, { name: 'Renamed' });
  await workspace.simulator('POST', '/faults', {
    match: { pathIncludes: '/customers/contacts', queryIncludes: String(conflicting) },
    times: 1000,
    fault: { status: 409, body: 'problem' },
  });
  const first = await sync();
  expect(first.progress).toMatchObject({ status: 'completed', error: null });
  const again = await sync();
  expect(again.quarantine.count).toBe(2);
  const byId = new Map<string, Record<string, unknown>>(
    again.quarantine.longestStanding.map((entry: { crmId: string }) => [entry.crmId, entry]),
  );
  expect(byId.get(String(unreadable))).toMatchObject({
    feed: 'customers',
    reason: expect.stringContaining('modifiedOn'),
    attempts: 2,
    firstSeenAt: first.quarantine.longestStanding[0].firstSeenAt,
  });
  expect(byId.get(String(conflicting))).toMatchObject({ feed: 'contacts', reason: expect.stringContaining('409') });
  // Reasons name rules and calls, never what the record holds.
  expect(JSON.stringify(again.quarantine)).not.toMatch(/bad .* name/);

  await workspace.simulator('DELETE', '/faults');
  await workspace.simulator('PATCH', `/customers/${unreadable}`, { name: 'mended', raw: {} });
  expect((await sync()).quarantine).toEqual({ count: 0, longestStanding: [] });
});
