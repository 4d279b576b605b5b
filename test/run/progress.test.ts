// What a run tells of its progress: how many customers there are to read, and what became of each.
import { expect, test } from 'vitest';
import { runSync } from '../support/ring.ts';
import { readWorld } from '../support/truth.ts';
import { createWorkspace, type TestWorkspace } from '../support/workspace.ts';

async function select(workspace: TestWorkspace, table: string, instanceId: string) {
  const { data } = await workspace.supabase.from(table).select().eq('instance_id', instanceId).order('instance_id');
  return data as Record<string, unknown>[];
}

test('an initial sync knows from its first page how many customers it will read', async () => {
  const workspace = await createWorkspace({ customers: 30 });
  const seen: unknown[] = [];
  const run = await runSync(workspace, {
    aroundWrite: (write) => async (batch, signal) => {
      const written = await write(batch, signal);
      const [row] = await select(workspace, 'servicetitan_sync_runs', batch.run.instance_id);
      seen.push(row!['expected']);
      return written;
    },
  });
  expect(new Set(seen)).toEqual(new Set([30]));
  const [row] = await select(workspace, 'servicetitan_sync_runs', run.instanceId);
  const { contacts } = await readWorld(workspace);
  expect(row).toMatchObject({
    fetched: 30,
    expected: 30,
    contact_methods: contacts.length,
    customers_started_at: expect.any(String),
  });
});

test('an incremental window of several pages knows it too', async () => {
  const workspace = await createWorkspace({ customers: 30 });
  await runSync(workspace);
  const { customers } = await readWorld(workspace);
  for (const { id } of customers.slice(0, 7))
    await workspace.simulator('PATCH', `/customers/${id}`, { name: `Renamed ${id}` });
  const run = await runSync(workspace, { settings: { INCREMENTAL_PAGE_SIZE: '3', CURSOR_OVERLAP_SECONDS: '0' } });
  const [row] = await select(workspace, 'servicetitan_sync_runs', run.instanceId);
  expect(row!['expected']).toBe(row!['fetched']);
  expect(row!['fetched']).toBeGreaterThanOrEqual(7);
});

test('a count that ServiceTitan refuses stops nothing', async () => {
  const workspace = await createWorkspace({ customers: 5 });
  await workspace.simulator('POST', '/faults', { match: { queryIncludes: 'pageSize=1&' }, fault: { status: 403 } });
  const run = await runSync(workspace);
  expect(run.outcome).toEqual({ status: 'completed' });
  const [row] = await select(workspace, 'servicetitan_sync_runs', run.instanceId);
  expect(row).toMatchObject({ created: 5, expected: null });
});

test('every customer of a run is in the reads log, by what became of it', async () => {
  const workspace = await createWorkspace({ customers: 6 });
  const initial = await runSync(workspace);
  const { customers } = await readWorld(workspace);
  const ids = customers.map(({ id }) => id).toSorted();
  const logged = await select(workspace, 'servicetitan_sync_reads', initial.instanceId);
  const created = logged.flatMap((row) => (row['created'] as number[] | null) ?? []);
  expect(created.toSorted()).toEqual(ids);

  await workspace.simulator('PATCH', `/customers/${ids[2]}`, { name: 'Renamed' });
  const run = await runSync(workspace);
  const rows = await select(workspace, 'servicetitan_sync_reads', run.instanceId);
  expect(rows.flatMap((row) => row['updated'] ?? [])).toEqual([ids[2]]);
});
