// What a tick costs, counted.
import { expect, test } from 'vitest';
import { runSync } from '../support/ring.ts';
import { differences, readWorld } from '../support/truth.ts';
import { proofsOf } from '../support/proofs.ts';
import { createWorkspace } from '../support/workspace.ts';

test('a tick with nothing changed costs 6 steps and 3 calls to ServiceTitan, no function call and no write to contacts', async () => {
  // Nothing was modified within the overlap, and the simulated tokens are short-lived, so that one is asked for anew.
  const workspace = await createWorkspace({ customers: 30, switches: { tokenLifetimeSeconds: 61 } });
  await runSync(workspace);
  const before = await workspace.contacts();
  await workspace.simulator('DELETE', '/requests');

  const run = await runSync(workspace);
  expect(run.steps).toEqual([
    'get-credentials',
    'update-status',
    'incremental-fetch',
    'update-cursor',
    'contacts-fetch',
    'update-completed',
  ]);
  expect((await workspace.calls()).length).toBeLessThanOrEqual(3);
  expect(run.writes).toBe(0);
  expect(await workspace.contacts()).toEqual(before);
});

test('one changed customer costs at most 8 steps, 4 calls to ServiceTitan and one function call', async () => {
  const workspace = await createWorkspace({ customers: 30 });
  await runSync(workspace);
  const { customers } = await readWorld(workspace);
  await workspace.simulator('PATCH', `/customers/${customers[3]!.id}`, { name: 'Renamed' });
  await workspace.simulator('DELETE', '/requests');

  const run = await runSync(workspace);
  expect(run.steps.length).toBeLessThanOrEqual(8);
  expect((await workspace.calls()).length).toBeLessThanOrEqual(4);
  expect(run.writes).toBe(1);
  expect(await differences(workspace)).toEqual([]);
});

test('R18: a comparison of everything costs a call a batch of each feed, and no write to what is equal', async () => {
  // As large as the vendor's pages are: 5,000 customers, and as many phones and e-mails a batch.
  const workspace = await createWorkspace({
    customers: 300,
    switches: { callsPerSecond: null, exportBatchSize: 5000 },
  });
  await runSync(workspace);
  const before = await workspace.contacts();
  await workspace.simulator('DELETE', '/requests');
  const run = await runSync(workspace, { mode: 'full' });
  expect(await proofsOf(workspace)).toMatchObject([{ whole: true, seen: 300, right_when_read: 300 }]);
  const asked = (await workspace.calls()).filter(({ path, query }) =>
    path.endsWith('/customers') && !query['modifiedOnOrAfter']
      ? !path.includes('/export/')
      : isSteadyExport(path, query),
  );
  expect(asked).toHaveLength(2);
  // Chunks of 500 records, and the call that commits a page of several.
  const { contacts } = await readWorld(workspace);
  expect(run.writes).toBeLessThanOrEqual(Math.ceil(contacts.length / 500) + 2);
  expect(await workspace.contacts()).toEqual(before);
  const { data } = await workspace.supabase
    .from('servicetitan_sync_runs')
    .select('created, updated')
    .eq('workspace_id', workspace.workspaceId)
    .eq('mode', 'incremental');
  expect(data!.map(({ created, updated }) => [created, updated])).toEqual(data!.map(() => [0, 0]));
});

function isSteadyExport(path: string, query: Record<string, string>): boolean {
  return path.endsWith('/export/customers/contacts') && query['includeRecentChanges'] === undefined;
}
