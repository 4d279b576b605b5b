// What must not become a state that a workspace never gets out of, nor a silent loss on the way out.
import postgres from 'postgres';
import { describe, expect, inject, test } from 'vitest';
import { createLedger } from '../../src/supabase/ledger.ts';
import { Crash, runInstance, runSync } from '../support/ring.ts';
import { differences, readWorld } from '../support/truth.ts';
import { createWorkspace, type TestWorkspace } from '../support/workspace.ts';

const idsOf = async (workspace: TestWorkspace) => (await readWorld(workspace)).customers.map(({ id }) => id);
const rename = (workspace: TestWorkspace, id: number, name: string) =>
  workspace.simulator('PATCH', `/customers/${id}`, { name, raw: {} });
const spoil = (workspace: TestWorkspace, id: number, name: string) =>
  workspace.simulator('PATCH', `/customers/${id}`, { name, raw: { modifiedOn: 'soon' } });
const fault = (workspace: TestWorkspace, match: object, what: object, times = 100_000) =>
  workspace.simulator('POST', '/faults', { match, times, fault: what });
const quarantined = async ({ supabase, workspaceId }: TestWorkspace) =>
  (await supabase.from('servicetitan_sync_errors').select('crm_id').eq('workspace_id', workspaceId)).data!.map(
    ({ crm_id }) => crm_id,
  );
/** Claims a run without beginning it; answers its instance id. */
async function claim({ supabase, workspaceId }: TestWorkspace): Promise<string> {
  const instanceId = `sync-${workspaceId}-${Date.now() + 50}`;
  await createLedger(supabase).claim('manual', [{ workspace_id: workspaceId, instance_id: instanceId }]);
  return instanceId;
}
async function syncedWorkspace(customers: number): Promise<TestWorkspace> {
  const workspace = await createWorkspace({ customers });
  await runSync(workspace);
  return workspace;
}
const crashBefore = (step: string) => ({
  beforeStep: (name: string) => {
    if (name === step) throw new Crash(name);
  },
});

test('R5: another page size, deployed while a run is under way, does not change its window', async () => {
  const workspace = await syncedWorkspace(40);
  for (const id of await idsOf(workspace)) await rename(workspace, id, `Renamed ${id}`);
  const instanceId = await claim(workspace);
  const memo = new Map<string, unknown>();
  await runInstance(
    workspace,
    instanceId,
    { settings: { INCREMENTAL_PAGE_SIZE: '5' }, ...crashBefore('incremental-fetch page 3') },
    undefined,
    memo,
  );
  const resumed = await runInstance(
    workspace,
    instanceId,
    { settings: { INCREMENTAL_PAGE_SIZE: '20' } },
    undefined,
    memo,
  );
  expect(resumed.outcome).toEqual({ status: 'completed' });
  expect(await differences(workspace)).toEqual([]);
});

describe('R10: many bad records that stay bad', () => {
  test('are tried again on every run and stop nobody: not the run, not the contacts feed', async () => {
    const workspace = await syncedWorkspace(40);
    const ids = await idsOf(workspace);
    for (const id of ids.slice(0, 12)) await spoil(workspace, id, `bad ${id}`);
    for (const id of ids.slice(12)) await rename(workspace, id, `fine ${id}`);
    for (const _ of [1, 2, 3]) {
      expect((await runSync(workspace)).outcome).toEqual({ status: 'completed' });
      expect((await quarantined(workspace)).length).toBe(12);
    }
    for (const id of ids.slice(0, 12)) await rename(workspace, id, `mended ${id}`);
    await runSync(workspace);
    expect(await quarantined(workspace)).toEqual([]);
    expect(await differences(workspace)).toEqual([]);
  });

  test('R9: so are customers whose contacts ServiceTitan refuses, while the phones of the others stay current', async () => {
    const workspace = await syncedWorkspace(40);
    const ids = await idsOf(workspace);
    for (const id of ids.slice(0, 30)) await rename(workspace, id, `Renamed ${id}`);
    for (const id of ids.slice(0, 12)) {
      await fault(
        workspace,
        { pathIncludes: '/customers/contacts', queryIncludes: String(id) },
        { status: 409, body: 'problem' },
      );
    }
    expect((await runSync(workspace)).outcome).toEqual({ status: 'completed' });
    const { contacts } = await readWorld(workspace);
    const phone = contacts.find(
      ({ customerId, type, active }) => active && type === 'MobilePhone' && !ids.slice(0, 30).includes(customerId),
    )!;
    await workspace.simulator('PATCH', `/contacts/${phone.id}`, { value: '3035550199' });
    expect((await runSync(workspace)).outcome).toEqual({ status: 'completed' });
    expect((await quarantined(workspace)).length).toBe(12);
    expect(await differences(workspace)).toEqual([]);
  });

  test('one customer with a dozen unreadable contacts is one bad customer, in the window, in the feed and in the quarantine', async () => {
    const workspace = await syncedWorkspace(10);
    const [bad, other] = await idsOf(workspace);
    for (let number = 0; number < 12; number += 1) {
      await workspace.simulator('POST', `/customers/${bad}/contacts`, {
        type: 'Email',
        value: 'a@example.com',
        raw: { modifiedOn: 'soon' },
      });
    }
    await rename(workspace, bad!, 'Renamed');
    for (const round of [1, 2, 3]) {
      await rename(workspace, other!, `Renamed ${round}`);
      expect((await runSync(workspace)).outcome).toEqual({ status: 'completed' });
      expect(await quarantined(workspace)).toContain(String(bad));
      expect((await workspace.contacts()).get(String(other))).toMatchObject({ name: `Renamed ${round}` });
    }
  });

  test('a list of ids that ServiceTitan refuses is halved down to the one it is about', async () => {
    const workspace = await syncedWorkspace(10);
    const [bad, ...others] = await idsOf(workspace);
    for (const id of [bad!, ...others.slice(0, 3)]) await spoil(workspace, id, `bad ${id}`);
    await runSync(workspace);
    for (const id of others.slice(0, 3)) await rename(workspace, id, `mended ${id}`);
    await fault(workspace, { pathIncludes: '/customers', queryIncludes: `ids=` }, { status: 400, body: 'problem' }, 1);
    expect((await runSync(workspace)).outcome).toEqual({ status: 'completed' });
    expect(await quarantined(workspace)).toEqual([String(bad)]);
  });
});

test('a 429 that asks for no wait at all still makes the run wait, and not for ever', async () => {
  const workspace = await syncedWorkspace(5);
  await fault(
    workspace,
    { pathIncludes: '/customers', queryIncludes: 'modifiedOnOrAfter' },
    { status: 429, body: 'problem', titleSeconds: 0 },
  );
  const run = await runSync(workspace);
  expect(run.outcome).toBeInstanceOf(Error);
  expect(run.slept.length).toBeLessThanOrEqual(60);
  expect(Math.min(...run.slept)).toBeGreaterThanOrEqual(1000);
  expect(await workspace.state()).toMatchObject({ sync_status: 'failed', last_error: expect.stringContaining('429') });
});

test('R18, R16: a comparison of everything has a phone asked for that is held as gone, and it comes back', async () => {
  const workspace = await syncedWorkspace(10);
  await workspace.supabase
    .from('servicetitan_contact_methods')
    .update({ listed: false })
    .eq('workspace_id', workspace.workspaceId);
  await runSync(workspace, { mode: 'full' });
  await runSync(workspace);
  expect(await differences(workspace)).toEqual([]);
});

test('only refused credentials make ticks back off, from under 15 minutes on, however often other things failed before', async () => {
  const workspace = await syncedWorkspace(5);
  await fault(workspace, { pathIncludes: '/customers' }, { status: 503, body: 'html' });
  for (const _ of [1, 2, 3]) await runSync(workspace, { trigger: 'cron' });
  await workspace.simulator('DELETE', '/faults');
  await fault(workspace, { pathIncludes: '/connect/token' }, { status: 400, body: 'problem' }, 1);
  await fault(workspace, { pathIncludes: '/customers' }, { revokeTokens: true, status: 401 }, 1);
  expect((await runSync(workspace, { trigger: 'cron' })).outcome).toBeInstanceOf(Error);
  const wait = Date.parse(String((await workspace.state()).next_attempt_at)) - Date.now();
  expect(wait).toBeGreaterThan(0);
  expect(wait).toBeLessThan(15 * 60_000);

  // A run that was not even created says nothing about the credentials.
  const before = await workspace.state();
  const instanceId = await claim(workspace);
  const run = { workspaceId: workspace.workspaceId, instanceId };
  await createLedger(workspace.supabase).fail(
    run,
    { code: 'not_created', message: 'x' },
    { pages: 0, calls: 0, steps: 0 },
  );
  const { failures, next_attempt_at } = await workspace.state();
  expect({ failures, next_attempt_at }).toEqual({ failures: before.failures, next_attempt_at: before.next_attempt_at });
});

test('R3: a workspace connected to another tenant in mid-run gives the lease back, and the next run starts over', async () => {
  const workspace = await syncedWorkspace(5);
  let other: TestWorkspace | undefined;
  const run = await runSync(workspace, {
    beforeStep: async (name) => {
      if (name === 'incremental-fetch')
        other ??= await createWorkspace({ customers: 5, connectAs: workspace.workspaceId });
    },
  });
  expect(run.outcome).toEqual({ status: 'superseded' });
  expect(await workspace.state()).toMatchObject({ sync_status: 'idle', run_instance_id: null });
  expect((await runSync(other!)).outcome).toEqual({ status: 'completed' });
  expect(await differences(other!)).toEqual([]);
});

test('an instance that somebody restarts from its first step ends and lets go of the lease', async () => {
  const workspace = await syncedWorkspace(30);
  for (const id of await idsOf(workspace)) await rename(workspace, id, `Renamed ${id}`);
  const instanceId = await claim(workspace);
  const settings = { INCREMENTAL_PAGE_SIZE: '10' };
  await runInstance(workspace, instanceId, { settings, ...crashBefore('incremental-fetch page 3') });
  await runInstance(workspace, instanceId, { settings });
  expect(await workspace.state()).toMatchObject({ run_instance_id: null });
  expect((await runSync(workspace)).outcome).toEqual({ status: 'completed' });
  expect(await differences(workspace)).toEqual([]);
});

test('R8: a run that died on a workspace that was then switched off is ended by the next tick', async () => {
  const workspace = await syncedWorkspace(3);
  await runSync(workspace, crashBefore('incremental-fetch'));
  const { supabase, workspaceId } = workspace;
  await supabase.from('servicetitan_connections').update({ enabled: false }).eq('workspace_id', workspaceId);
  await supabase
    .from('servicetitan_sync_state')
    .update({ alive_until: new Date(0).toISOString() })
    .eq('workspace_id', workspaceId);
  const ledger = createLedger(supabase);
  const listed = async () => {
    for (let after: string | null = null; ;) {
      const page = await ledger.listWorkspaces(after, 500);
      const found = page.workspaces.find(({ workspace_id }) => workspace_id === workspaceId);
      if (found || page.next_after === null) return found;
      after = page.next_after;
    }
  };
  expect(await listed()).toMatchObject({ enabled: false, stalled: true });
  expect(
    await ledger.claim('cron', [{ workspace_id: workspaceId, instance_id: `sync-${workspaceId}-1` }]),
  ).toMatchObject([{ outcome: 'disabled' }]);
  expect(await workspace.state()).toMatchObject({
    sync_status: 'failed',
    run_instance_id: null,
    last_error: expect.stringContaining('switched off'),
  });
  expect(await listed()).toBeUndefined();
});

test('R8: a workspace that somebody holds locked keeps no other waiting', async () => {
  const [locked, free] = [await syncedWorkspace(3), await createWorkspace({ customers: 3 })];
  const sql = postgres(inject('stack').dbUrl, { max: 1 });
  try {
    await sql.begin(async (transaction) => {
      await transaction`select from servicetitan_sync_state where workspace_id = ${locked.workspaceId} for update`;
      const claims = [locked, free].map(({ workspaceId }) => ({
        workspace_id: workspaceId,
        instance_id: `sync-${workspaceId}-7`,
      }));
      expect(await createLedger(free.supabase).claim('cron', claims)).toMatchObject([
        { outcome: 'running' },
        { outcome: 'claimed' },
      ]);
    });
  } finally {
    await sql.end();
  }
});

test('R18: a wish for a comparison of everything outlives the run that died before it began', async () => {
  const workspace = await syncedWorkspace(5);
  const { supabase, workspaceId, tenantId } = workspace;
  const ledger = createLedger(supabase);
  await ledger.wantPass(workspaceId, tenantId);
  await ledger.claim('manual', [{ workspace_id: workspaceId, instance_id: `sync-${workspaceId}-5` }]);
  const past = new Date(0).toISOString();
  await supabase
    .from('servicetitan_sync_state')
    .update({ alive_until: past, nudged_at: past })
    .eq('workspace_id', workspaceId);
  expect((await runSync(workspace)).steps).toContain('pass-contacts-fetch');
});

test('R10: a customer that becomes unreadable is set aside by its id', async () => {
  const workspace = await syncedWorkspace(4);
  const [id] = await idsOf(workspace);
  await workspace.simulator('PATCH', `/customers/${id}`, { raw: { modifiedOn: 'soon' }, name: 'Unreadable' });
  await runSync(workspace);
  expect(await quarantined(workspace)).toEqual([String(id)]);
});
