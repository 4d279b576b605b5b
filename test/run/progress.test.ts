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

test('calls are told as they were made, also those of attempts that failed and of a run that fails', async () => {
  const workspace = await createWorkspace({ customers: 5 });
  await runSync(workspace);
  const told = async (instanceId: string) =>
    (await select(workspace, 'servicetitan_sync_runs', instanceId))[0]!['service_titan_calls'];
  const seen = async () => (await workspace.calls()).length;
  const fail = (times: number) =>
    workspace.simulator('POST', '/faults', {
      match: { operation: 'customers' },
      times,
      fault: { status: 503 },
    });

  const before = await seen();
  await fail(4);
  const run = await runSync(workspace);
  expect(run.outcome).toEqual({ status: 'completed' });
  const between = await seen();
  expect(await told(run.instanceId)).toBe(between - before);

  await fail(100);
  const failed = await runSync(workspace);
  expect(failed.outcome).toBeInstanceOf(Error);
  expect(await told(failed.instanceId)).toBe((await seen()) - between);
  expect(await told(failed.instanceId)).toBeGreaterThanOrEqual(6);
});

test('R22: one customer that is unreadable is one read and one error in every run, and phones are told apart', async () => {
  const workspace = await createWorkspace({
    customers: 6,
    switches: { exportLagSeconds: 0, contactsMoveModifiedOn: false },
  });
  await runSync(workspace);
  const { customers, contacts } = await readWorld(workspace);
  // Out of the windows' reach.
  const customerIds = customers.map(({ id }) => id);
  await workspace.simulator('POST', '/restamp', { customerIds, modifiedOn: '2020-01-01T00:00:00Z' });
  await runSync(workspace);

  const [bad, ...others] = customerIds;
  await workspace.simulator('PATCH', `/customers/${bad}`, { raw: { modifiedOn: 'soon' } });
  const contact = contacts.find(({ type, customerId }) => type === 'Email' && others.includes(customerId!))!;
  await workspace.simulator('PATCH', `/contacts/${contact.id}`, { value: 'new@example.com' });
  for (const through of [1, 0]) {
    const run = await runSync(workspace);
    const [row] = await select(workspace, 'servicetitan_sync_runs', run.instanceId);
    expect(row).toMatchObject({ errors: 1, created: 0, updated: through, through_contacts: through });
    expect(row!['fetched']).toBe(Number(row!['unchanged']) + 1);
  }
});
