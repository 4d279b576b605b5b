// R3: state, tokens and guards belong to one source; a workspace connected to another tenant starts over.
import { expect, test } from 'vitest';
import { customerRow } from '../function/rows.ts';
import { Crash, runSync } from '../support/ring.ts';
import { differences, readWorld } from '../support/truth.ts';
import { createWorkspace, type TestWorkspace } from '../support/workspace.ts';
import { beginRun, quarantined } from './liveRun.ts';

const letLeaseRunOut = ({ supabase, workspaceId }: TestWorkspace) => {
  const past = new Date(Date.now() - 3_600_000).toISOString();
  return supabase
    .from('servicetitan_sync_state')
    .update({ alive_until: past, nudged_at: past })
    .eq('workspace_id', workspaceId);
};

test('R3: a run under way when its workspace is connected to another tenant ends, and no row of either gets mixed up', async () => {
  const old = await createWorkspace({ customers: 12, switches: { exportBatchSize: 5 } });
  let other: TestWorkspace | undefined;
  const run = await runSync(old, {
    beforeStep: async (name) => {
      if (name === 'export-fetch page 2')
        other ??= await createWorkspace({ customers: 6, seed: 2, connectAs: old.workspaceId });
    },
  });
  expect(run.outcome).toEqual({ status: 'superseded' });
  expect(await other!.calls()).toEqual([]);

  await letLeaseRunOut(other!);
  expect((await runSync(other!)).outcome).toEqual({ status: 'completed' });
  expect(await differences(other!)).toEqual([]);
});

test('R3: an initial sync that broke off is begun from its first record for another tenant', async () => {
  const old = await createWorkspace({ customers: 12, switches: { exportBatchSize: 5 } });
  await runSync(old, {
    beforeStep: (name) => {
      if (name === 'export-sync page 2') throw new Crash(name);
    },
  });
  expect(await old.state()).toMatchObject({ initial_feed: 'customers', last_continue_from: expect.any(String) });

  const other = await createWorkspace({ customers: 6, seed: 2, connectAs: old.workspaceId });
  await letLeaseRunOut(other);
  const longAgo = '2026-01-01T00:00:00+00:00';
  await old.supabase
    .from('servicetitan_sync_state')
    .update({ initial_started_at: longAgo })
    .eq('workspace_id', old.workspaceId);
  expect((await runSync(other)).outcome).toEqual({ status: 'completed' });
  const exports = (await other.calls()).filter(({ path }) => path.includes('/export/'));
  expect(exports.map(({ path, query }) => [path.split('/export/')[1], query.from ?? null]).slice(0, 2)).toEqual([
    ['customers/contacts', null],
    ['customers', null],
  ]);
  expect((await other.state()).initial_started_at).not.toBe(longAgo);
  expect(await differences(other)).toEqual([]);
});

test("R3: another tenant is not asked for the old one's quarantine", async () => {
  const old = await createWorkspace({ customers: 3, switches: { exportLagSeconds: 0 } });
  const [{ id } = { id: 0 }] = (await readWorld(old)).customers;
  await old.simulator('PATCH', `/customers/${id}`, { raw: { modifiedOn: 'soon' } });
  await runSync(old);
  expect(await quarantined(old)).toEqual([`${id} customers`]);

  const other = await createWorkspace({ customers: 3, seed: 2, connectAs: old.workspaceId });
  await runSync(other);
  expect((await runSync(other)).steps).not.toContain('quarantine-fetch');
});

test('R3: two workspaces may have a customer of the same id, each has one contact of it', async () => {
  const workspaces = [await createWorkspace({ customers: 0 }), await createWorkspace({ customers: 0 })];
  for (const [index, workspace] of workspaces.entries()) {
    const { write } = await beginRun(workspace);
    for (const round of [1, 2])
      await write({ customers: [customerRow('1', { name: `Workspace ${index}, round ${round}` })] });
  }
  for (const [index, workspace] of workspaces.entries()) {
    const { data } = await workspace.supabase.from('contacts').select('name').eq('workspace_id', workspace.workspaceId);
    expect(data).toEqual([{ name: `Workspace ${index}, round 2` }]);
  }
});
