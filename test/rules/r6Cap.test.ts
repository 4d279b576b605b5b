// R6: a cap is not an end, in the contacts feed neither.
import { expect, test } from 'vitest';
import { createLedger } from '../../src/supabase/ledger.ts';
import { Crash, runInstance, runSync } from '../support/ring.ts';
import { differences, readWorld } from '../support/truth.ts';
import { createWorkspace } from '../support/workspace.ts';

test('R6: at the page cap within the contacts feed a successor follows it to its end', async () => {
  const workspace = await createWorkspace({ customers: 20, switches: { exportBatchSize: 3 } });
  await runSync(workspace);
  const { contacts } = await readWorld(workspace);
  const emails = contacts.filter(({ active, type }) => active && type === 'Email').slice(0, 10);
  for (const { id } of emails)
    await workspace.simulator('PATCH', `/contacts/${id}`, { value: `changed-${id}@example.com` });

  const run = await runSync(workspace, { settings: { INCREMENTAL_MAX_PAGES: '2' } });
  expect(run.outcome).toEqual({ status: 'completed' });
  expect(run.steps).toContain('hand-over');
  expect(await differences(workspace)).toEqual([]);
});

test('R6: lease and checkpoint are handed over before the successor is created, so that a death in between loses nothing', async () => {
  const workspace = await createWorkspace({ customers: 20 });
  await runSync(workspace);
  const { customers } = await readWorld(workspace);
  for (const { id } of customers.slice(0, 4))
    await workspace.simulator('PATCH', `/customers/${id}`, { name: `Renamed ${id}` });
  const settings = { INCREMENTAL_PAGE_SIZE: '1', INCREMENTAL_MAX_PAGES: '2' };
  const died = await runSync(workspace, {
    settings,
    beforeStep: (name) => {
      if (name === 'start-successor') throw new Crash(name);
    },
  });
  const successor = `${died.instanceId}-2`;
  expect(await workspace.state()).toMatchObject({
    run_instance_id: successor,
    checkpoint: { page_size: 1, next_page: 3 },
  });
  expect(await createLedger(workspace.supabase).readRun(died.instanceId)).toMatchObject({ status: 'continued' });
  expect((await runInstance(workspace, successor, { settings })).outcome).toEqual({ status: 'completed' });
  expect(await differences(workspace)).toEqual([]);
});
