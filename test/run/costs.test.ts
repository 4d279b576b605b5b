// What a tick costs, counted.
import { expect, test } from 'vitest';
import { runSync } from '../support/ring.ts';
import { differences, readWorld } from '../support/truth.ts';
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
