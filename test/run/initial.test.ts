// The initial sync: contacts export first, then customers, resumable wherever it breaks.
import { describe, expect, test } from 'vitest';
import { Crash, runSync } from '../support/ring.ts';
import { differences, readWorld } from '../support/truth.ts';
import { createWorkspace, type TestWorkspace } from '../support/workspace.ts';

const exportsRead = async (workspace: TestWorkspace, feed: string) =>
  (await workspace.calls())
    .filter(({ path }) => path.endsWith(`/export/${feed}`))
    .map(({ query }) => query.from ?? null);

/** Makes the lease of a dead run run out, as 20 minutes and a tick would. */
async function letLeaseRunOut({ supabase, workspaceId }: TestWorkspace): Promise<void> {
  const past = new Date(Date.now() - 3_600_000).toISOString();
  await supabase
    .from('servicetitan_sync_state')
    .update({ alive_until: past, nudged_at: past })
    .eq('workspace_id', workspaceId);
}

test('R1: every customer arrives, field by field, the inactive and merged ones too', async () => {
  const workspace = await createWorkspace({ customers: 300 });
  const run = await runSync(workspace);
  expect(run.outcome).toEqual({ status: 'completed' });
  expect(run.steps.findIndex((step) => step === 'contacts-fetch')).toBeLessThan(
    run.steps.findIndex((step) => step === 'export-fetch'),
  );
  expect(await differences(workspace)).toEqual([]);
  expect(await workspace.state()).toMatchObject({
    sync_status: 'completed',
    initial_sync_completed: true,
    last_sync_created: 300,
    total_customers_synced: 300,
    last_continue_from: null,
    initial_feed: null,
  });
});

test('R3, R18: a comparison of everything beside the live rows doubles nothing and changes nothing', async () => {
  const workspace = await createWorkspace({ customers: 40 });
  await runSync(workspace);
  const before = await workspace.contacts();
  const run = await runSync(workspace, { mode: 'full' });
  expect(run.steps).toContain('pass-sweep');
  expect(await workspace.contacts()).toEqual(before);
  expect(await workspace.state()).toMatchObject({
    last_sync_created: 0,
    last_sync_updated: 0,
    total_customers_synced: 40,
  });
});

test('an empty tenant completes', async () => {
  const workspace = await createWorkspace({ customers: 0 });
  expect((await runSync(workspace)).outcome).toEqual({ status: 'completed' });
  expect((await runSync(workspace)).outcome).toEqual({ status: 'completed' });
  expect((await workspace.contacts()).size).toBe(0);
});

describe('R12: a run that died', () => {
  test.for([
    'contacts-fetch page 3',
    'contacts-sync page 2',
    'export-fetch',
    'export-fetch page 3',
    'export-sync page 2',
    'update-cursor',
  ])('before %s is taken over where it stood, and keeps the time it first began', async (step) => {
    const workspace = await createWorkspace({ customers: 60, switches: { exportBatchSize: 17 } });
    const died = await runSync(workspace, {
      beforeStep: (name) => {
        if (name === step) throw new Crash(name);
      },
    });
    expect(died.outcome).toBeInstanceOf(Crash);
    const before = await workspace.state();
    expect(before).toMatchObject({ sync_status: 'running', initial_sync_completed: false });

    await letLeaseRunOut(workspace);
    await workspace.simulator('DELETE', '/requests');
    expect((await runSync(workspace)).outcome).toEqual({ status: 'completed' });

    const feed = before.initial_feed === 'contacts' ? 'customers/contacts' : 'customers';
    const [first] = await exportsRead(workspace, feed);
    expect(first).toBe(before.last_continue_from);
    if (before.initial_feed === 'customers') expect(await exportsRead(workspace, 'customers/contacts')).toEqual([]);
    expect((await workspace.state()).initial_started_at).toBe(before.initial_started_at);
    expect(await differences(workspace)).toEqual([]);
  });
});

test('R12: the first incremental window begins 15 minutes before the initial sync did, less the overlap', async () => {
  const workspace = await createWorkspace({ customers: 20 });
  await runSync(workspace);
  const state = await workspace.state();
  const startedAt = Date.parse(String(state.initial_started_at));
  expect(Date.parse(String(state.last_modified_cursor))).toBe(startedAt - 15 * 60_000);

  await workspace.simulator('DELETE', '/requests');
  await runSync(workspace);
  const [list] = (await workspace.calls()).filter(({ path }) => path.endsWith('/customers'));
  expect(Date.parse(list!.query.modifiedOnOrAfter!)).toBe(startedAt - 30 * 60_000);
});

test('R12: what changes while the export runs arrives with the first incremental run', async () => {
  const workspace = await createWorkspace({ customers: 60, switches: { exportBatchSize: 17 } });
  const { customers } = await readWorld(workspace);
  await runSync(workspace, {
    beforeStep: async (name) => {
      if (name === 'export-fetch page 3')
        await workspace.simulator('PATCH', `/customers/${customers[0]!.id}`, { name: 'Changed meanwhile' });
    },
  });
  await runSync(workspace);
  expect(await differences(workspace)).toEqual([]);
});

test('R12: a token that ServiceTitan refuses is dropped and its feed begun again', async () => {
  const workspace = await createWorkspace({ customers: 60, switches: { exportBatchSize: 17 } });
  await runSync(workspace, {
    beforeStep: (name) => {
      if (name === 'export-fetch page 3') throw new Crash(name);
    },
  });
  const began = (await workspace.state()).initial_started_at;
  await workspace.supabase
    .from('servicetitan_sync_state')
    .update({ last_continue_from: 'gone' })
    .eq('workspace_id', workspace.workspaceId);
  await letLeaseRunOut(workspace);
  expect((await runSync(workspace)).outcome).toEqual({ status: 'completed' });
  expect((await workspace.state()).initial_started_at).toBe(began);
  expect(await differences(workspace)).toEqual([]);
});

test("R12: the call that carries a page's token is sent when no other of the page is under way", async () => {
  const workspace = await createWorkspace({ customers: 40 });
  const order: string[] = [];
  await runSync(workspace, {
    settings: { INITIAL_CHUNK_SIZE: '5' },
    aroundWrite: (write) => async (batch) => {
      order.push(`${batch.commit ? 'commit' : 'chunk'} sent`);
      // Later chunks are quicker, so that one sent early would overtake.
      await new Promise((resolve) => setTimeout(resolve, batch.commit ? 0 : 20));
      const result = await write(batch);
      order.push(`${batch.commit ? 'commit' : 'chunk'} acknowledged`);
      return result;
    },
  });
  let underWay = 0;
  for (const event of order) {
    if (event === 'commit sent') expect(underWay).toBe(0);
    if (event.endsWith('sent')) underWay += 1;
    else underWay -= 1;
  }
  expect(order.filter((event) => event === 'commit sent').length).toBeGreaterThanOrEqual(2);
});

test('R3: a workspace connected to another tenant starts over, and old rows guard nothing', async () => {
  const old = await createWorkspace({ customers: 10 });
  await runSync(old);
  // The other tenant issues the same ids, with older stamps and other names.
  const { customers } = await readWorld(old);
  const other = await createWorkspace({ customers: 0, connectAs: old.workspaceId });
  for (const { id } of customers.slice(0, 3)) {
    await other.simulator('POST', '/customers', { id, name: `Other ${id}`, modifiedOn: '2020-01-01T00:00:00Z' });
  }
  const run = await runSync(other);
  expect(run.steps).toContain('export-fetch');
  expect(await differences(other)).toEqual([]);
  expect((await old.contacts()).get(String(customers[0]!.id))).toMatchObject({ name: `Other ${customers[0]!.id}` });
  expect((await old.contacts()).size).toBe(10);
});
