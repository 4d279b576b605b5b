// R17: two ways of reading. What the live readers lose, the settled reader brings within 90 minutes of running.
import { describe, expect, test } from 'vitest';
import { admin } from '../support/database.ts';
import { letPass } from '../support/letPass.ts';
import { runSync } from '../support/ring.ts';
import { differences, readWorld } from '../support/truth.ts';
import { createWorkspace, type TestWorkspace, type WorkspaceOptions } from '../support/workspace.ts';

/** No cursor's overlap reaches it. */
const LATE = new Date(Date.now() - 20 * 60_000).toISOString().replace('Z', '0000Z');

/** A workspace after its first sync and a run, every record of it long settled. */
async function synced(options: WorkspaceOptions = {}): Promise<TestWorkspace> {
  const workspace = await createWorkspace({
    customers: 20,
    ...options,
    switches: { callsPerSecond: null, ...options.switches },
  });
  await runSync(workspace);
  await runSync(workspace);
  return workspace;
}

async function addCustomer(workspace: TestWorkspace, modifiedOn?: string): Promise<number> {
  const contacts = [{ type: 'MobilePhone', value: '(208) 555-0117' }];
  const { id } = await workspace.simulator<{ id: number }>('POST', '/customers', { name: 'Late', contacts });
  const added = (await readWorld(workspace)).contacts.filter(({ customerId }) => Number(customerId) === id);
  const contactIds = added.map((contact) => Number(contact.id));
  if (modifiedOn) await workspace.simulator('POST', '/restamp', { customerIds: [id], contactIds, modifiedOn });
  return id;
}

const fault = (workspace: TestWorkspace, rule: object) => workspace.simulator('POST', '/faults', rule);
const heal = (workspace: TestWorkspace) => workspace.simulator('DELETE', '/faults');
const settledSteps = (steps: string[]) => steps.filter((name) => name.startsWith('settled'));
const ledgerOf = async ({ supabase }: TestWorkspace, instanceId: string) =>
  (await supabase.from('servicetitan_sync_runs').select('doubts, misses').eq('instance_id', instanceId)).data![0]!;
const waiting = async ({ workspaceId }: TestWorkspace) =>
  admin`select crm_id, why from public.servicetitan_rechecks where workspace_id = ${workspaceId} order by crm_id`;

/** Runs every 15 minutes for 90 minutes. */
async function run90Minutes(workspace: TestWorkspace) {
  const runs = [];
  for (let minutes = 0; minutes < 90; minutes += 15) {
    await letPass(workspace, 15, admin);
    runs.push(await runSync(workspace));
  }
  return runs;
}

describe('R17: what the live readers lost is there within 90 minutes (R1)', () => {
  test('an export that says too early in the first sync that nothing follows', async () => {
    const workspace = await createWorkspace({ customers: 60 });
    await fault(workspace, { match: { operation: 'settledCustomersExport' }, fault: { rowsAtMost: 23 } });
    const logged: object[] = [];
    const first = await runSync(workspace, { log: (entry) => logged.push(entry) });
    expect((await workspace.contacts()).size).toBe(23);
    expect(await ledgerOf(workspace, first.instanceId)).toMatchObject({
      doubts: [{ code: 'first_sync_short', count: 23, of: 60 }],
    });
    expect(logged).toContainEqual({
      event: 'in_doubt',
      workspaceId: workspace.workspaceId,
      instanceId: first.instanceId,
      doubts: [
        expect.objectContaining({
          says: expect.stringContaining('read 23 customers where ServiceTitan had counted 60'),
        }),
      ],
    });
    // In doubt, so the next run reads at once.
    await runSync(workspace);
    expect(await differences(workspace)).toEqual([]);
    const { data: runs } = await workspace.supabase
      .from('servicetitan_sync_runs')
      .select('misses')
      .eq('workspace_id', workspace.workspaceId);
    expect(runs!.map(({ misses }) => misses)).toContain(37);
  });

  test('a list that says too early that nothing follows', async () => {
    const workspace = await synced({ customers: 0 });
    for (let count = 0; count < 12; count += 1) await addCustomer(workspace, LATE);
    await admin`update public.servicetitan_sync_state set last_modified_cursor = now() - interval '1 hour' where workspace_id = ${workspace.workspaceId}`;
    await fault(workspace, { match: { operation: 'customers' }, fault: { rowsAtMost: 5 } });
    await runSync(workspace);
    expect((await workspace.contacts()).size).toBe(5);
    await run90Minutes(workspace);
    expect(await differences(workspace)).toEqual([]);
  });

  test('one empty answer for the window of a whole night', async () => {
    const workspace = await synced({ customers: 0 });
    await admin`update public.servicetitan_sync_state set last_modified_cursor = now() - interval '10 hours' where workspace_id = ${workspace.workspaceId}`;
    const fiveHoursAgo = new Date(Date.now() - 5 * 3_600_000).toISOString();
    for (let count = 0; count < 3; count += 1) await addCustomer(workspace, fiveHoursAgo);
    await fault(workspace, { match: { operation: 'customers' }, fault: { empty: true } });
    await runSync(workspace);
    await run90Minutes(workspace);
    expect(await differences(workspace)).toEqual([]);
  });

  test('customers that become visible 20 minutes late, and contacts that stand behind the live token', async () => {
    const workspace = await synced();
    await addCustomer(workspace); // moves the live token ahead of what follows
    await runSync(workspace);
    const id = await addCustomer(workspace, LATE);
    await runSync(workspace);
    expect((await workspace.contacts()).has(String(id))).toBe(false);
    await run90Minutes(workspace);
    expect(await differences(workspace)).toEqual([]);
  });

  test('a batch of the live contacts feed that came empty although its token moved on', async () => {
    const workspace = await synced({ switches: { contactsMoveModifiedOn: false } });
    const { contacts } = await readWorld(workspace);
    const { id } = contacts.find(({ type, active }) => type === 'Email' && active)!;
    await workspace.simulator('PATCH', `/contacts/${id}`, { value: 'moved@example.com' });
    await workspace.simulator('POST', '/restamp', { contactIds: [Number(id)], modifiedOn: LATE });
    await admin`update public.servicetitan_sync_state set contacts_continue_from = ${new Date().toISOString()} where workspace_id = ${workspace.workspaceId}`;
    await run90Minutes(workspace);
    expect(await differences(workspace)).toEqual([]);
  });
});

describe('R17: when it reads', () => {
  test('not within 55 minutes of the first sync or of its last reading, and after them', async () => {
    const workspace = await synced();
    expect(settledSteps((await runSync(workspace)).steps)).toEqual([]);
    await letPass(workspace, 56, admin);
    expect(settledSteps((await runSync(workspace)).steps)).toEqual(['settled-fetch', 'settled-commit']);
    expect(settledSteps((await runSync(workspace)).steps)).toEqual([]);
    await letPass(workspace, 50, admin);
    expect(settledSteps((await runSync(workspace)).steps)).toEqual([]);
    await letPass(workspace, 6, admin);
    expect(settledSteps((await runSync(workspace)).steps)).toEqual(['settled-fetch', 'settled-commit']);
  });

  test('in every run with 0', async () => {
    const workspace = await synced();
    const settings = { SETTLED_EVERY_MINUTES: '0' };
    for (let runs = 0; runs < 2; runs += 1) {
      expect(settledSteps((await runSync(workspace, { settings })).steps)).toContain('settled-fetch');
    }
  });

  test('in every run after a doubt, until two readings have passed its time', async () => {
    const workspace = await synced();
    await letPass(workspace, 56, admin);
    await runSync(workspace);
    await admin`
      update public.servicetitan_sync_runs set doubts = '[{"code": "place_unread"}]'
      where workspace_id = ${workspace.workspaceId} and mode = 'incremental'
    `;
    const read: boolean[] = [];
    for (let runs = 0; runs < 6; runs += 1) {
      read.push(settledSteps((await runSync(workspace)).steps).length > 0);
      await letPass(workspace, 16, admin);
    }
    expect(read).toEqual([true, true, true, false, false, false]);
  });

  test('a quiet reading costs 2 steps and 2 calls', async () => {
    const workspace = await synced();
    await letPass(workspace, 16, admin);
    await runSync(workspace);
    await workspace.simulator('DELETE', '/requests');
    const quiet = await runSync(workspace);
    const calls = (await workspace.calls()).length;
    await letPass(workspace, 56, admin);
    await workspace.simulator('DELETE', '/requests');
    const run = await runSync(workspace);
    expect([run.steps.length - quiet.steps.length, (await workspace.calls()).length - calls]).toEqual([2, 2]);
  });
});

test('R17: a backlog is read by at most 20 pages a run, of both feeds, until its end', async () => {
  const workspace = await synced({ customers: 0, switches: { exportBatchSize: 2 } });
  for (let count = 0; count < 44; count += 1) await addCustomer(workspace, LATE);
  await letPass(workspace, 56, admin);
  const first = await runSync(workspace);
  expect(first.outcome).toEqual({ status: 'completed' });
  const fetched = (feed: string) => first.steps.filter((step) => step.startsWith(`settled-${feed}-fetch`)).length;
  expect([fetched('customers'), fetched('contacts')]).toEqual([19, 1]);
  expect((await workspace.contacts()).size).toBe(38);
  for (let runs = 0; runs < 3; runs += 1) await runSync(workspace);
  expect(await differences(workspace)).toEqual([]);
});

test('R12: a feed that takes days alone begins with the day, not with the first record', async () => {
  const workspace = await synced({ switches: { fromTakesTime: false } });
  // As a first sync leaves it whose last contact was changed within the hour before it began.
  await admin`
    update public.servicetitan_sync_state set settled = settled #- '{contacts,from}' where workspace_id = ${workspace.workspaceId}
  `;
  await letPass(workspace, 56, admin);
  await workspace.simulator('DELETE', '/requests');
  expect((await runSync(workspace)).outcome).toEqual({ status: 'completed' });
  const asked = (await workspace.calls()).filter(
    ({ path, query }) => path.endsWith('/export/customers/contacts') && !query['includeRecentChanges'],
  );
  expect(asked.at(-1)!.query['from']).toMatch(/^\d{4}-\d\d-\d\d$/);
});

test('R17: it goes on from the token that an empty reading gave', async () => {
  const workspace = await synced({ switches: { tailToken: 'new' } });
  await letPass(workspace, 56, admin);
  await runSync(workspace);
  const { settled } = (await workspace.state()) as { settled: Record<'customers' | 'contacts', { from: string }> };
  await workspace.simulator('DELETE', '/requests');
  await letPass(workspace, 56, admin);
  await runSync(workspace);
  const asked = (await workspace.calls()).filter(
    ({ path, query }) => path.includes('/export/') && !query['includeRecentChanges'],
  );
  expect(asked.map(({ query }) => query['from'])).toEqual([settled.customers.from, settled.contacts.from]);
});

test('R17: a customer that it makes newer is asked for its contact methods', async () => {
  const workspace = await synced({ customers: 0 });
  const id = String(await addCustomer(workspace, LATE));
  await letPass(workspace, 56, admin);
  await runSync(workspace);
  expect(await waiting(workspace)).toEqual([{ crm_id: id, why: 'newer' }]);
  await runSync(workspace);
  expect(await waiting(workspace)).toEqual([]);
});

describe('R17: up to when a second reading has confirmed every change', () => {
  const settledUntil = async (workspace: TestWorkspace) => {
    const { settled_until } = await workspace.state();
    return settled_until === null ? null : Date.parse(String(settled_until));
  };

  test('the time of the reading before the last, less 15 minutes', async () => {
    const workspace = await synced();
    const began = Date.now();
    await letPass(workspace, 56, admin);
    await runSync(workspace);
    await letPass(workspace, 60, admin);
    await runSync(workspace);
    const until = (await settledUntil(workspace))!;
    expect(until).toBeGreaterThan(began - 76 * 60_000);
    expect(until).toBeLessThan(Date.now() - 75 * 60_000);
  });

  test.for([
    ['ours', {}, -7_200_000],
    ["ServiceTitan's", { clockSkewSeconds: -7200 }, 0],
  ] as const)('the clock that is behind counts: %s', async ([, switches, behind], { expect }) => {
    const workspace = await synced();
    await letPass(workspace, 56, admin);
    await workspace.simulator('PUT', '/switches', switches);
    await admin`update public.servicetitan_sync_state set settled = '{}' where workspace_id = ${workspace.workspaceId}`;
    await runSync(workspace, { now: () => Date.now() + behind });
    const { settled } = (await workspace.state()) as { settled: { customers: { as_of: string } } };
    expect(Date.parse(settled.customers.as_of)).toBeLessThan(Date.now() - 7_100_000 - 900_000);
  });

  test('a version that comes after that is a doubt, and takes the time back to it', async () => {
    const workspace = await synced({ customers: 0 });
    for (let readings = 0; readings < 2; readings += 1) {
      await letPass(workspace, 60, admin);
      await runSync(workspace);
    }
    await letPass(workspace, 60, admin);
    const until = (await settledUntil(workspace))!;
    const stamp = new Date(until - 60_000).toISOString();
    await addCustomer(workspace, stamp);
    const run = await runSync(workspace);
    const { doubts, misses } = await ledgerOf(workspace, run.instanceId);
    expect(doubts).toContainEqual({ code: 'settled_late', feed: 'customers', at: stamp.replace('Z', '0000Z') });
    expect(misses).toBe(1);
    expect(await settledUntil(workspace)).toBeLessThanOrEqual(until - 60_000);
    expect(await differences(workspace)).toEqual([]);
  });
});

describe('R17: a miss', () => {
  test('is none that the live reader brings in its time', async () => {
    const workspace = await synced({ customers: 3 });
    await addCustomer(workspace);
    for (const { instanceId } of await run90Minutes(workspace)) {
      expect(await ledgerOf(workspace, instanceId)).toMatchObject({ misses: 0 });
    }
  });

  test('is none that is set aside', async () => {
    const workspace = await synced({ customers: 0 });
    const id = await addCustomer(workspace, LATE);
    await admin`
      insert into public.servicetitan_sync_errors (workspace_id, source, crm_id, feed, reason, instance_id)
      values (${workspace.workspaceId}, ${`production/${workspace.tenantId}`}, ${String(id)}, 'customers', 'Refused.', 'sync-x')
    `;
    await letPass(workspace, 56, admin);
    const run = await runSync(workspace);
    expect((await workspace.contacts()).has(String(id))).toBe(true);
    expect(await ledgerOf(workspace, run.instanceId)).toMatchObject({ misses: 0 });
  });
});

test('R2: a settled row that differs at an equal stamp in its balance alone is not written, but asked for by id', async () => {
  const workspace = await synced({ customers: 0 });
  const id = await addCustomer(workspace, LATE);
  await letPass(workspace, 56, admin);
  await runSync(workspace);
  await runSync(workspace);
  const balance = async () =>
    ((await workspace.contacts()).get(String(id))!['metadata'] as { custom_fields: { balance: number } }).custom_fields
      .balance;
  await workspace.simulator('POST', '/balance', { customerId: id, amount: 70 });
  await runSync(workspace);
  const shown = await balance();
  // The export shows what it had been before.
  await fault(workspace, {
    match: { operation: 'settledCustomersExport' },
    times: 'always',
    fault: { fields: { balance: '-1' } },
  });
  await admin`
    update public.servicetitan_sync_state set settled = settled || '{"customers": {"from": "2026-01-01"}}'
    where workspace_id = ${workspace.workspaceId}
  `;
  await runSync(workspace);
  expect([await balance(), await waiting(workspace)]).toEqual([shown, [{ crm_id: String(id), why: 'balance' }]]);
  await heal(workspace);
  await runSync(workspace);
  expect([await balance(), await waiting(workspace)]).toEqual([shown, []]);
});

test('R17: a workspace whose first sync an older version made begins by date', async () => {
  const workspace = await synced({ customers: 0 });
  await admin`update public.servicetitan_sync_state set settled = '{}' where workspace_id = ${workspace.workspaceId}`;
  await addCustomer(workspace, LATE);
  await runSync(workspace);
  expect(await differences(workspace)).toEqual([]);
});

test('R17: what fails there costs its own part alone, and one feed not the other', async () => {
  const workspace = await synced({ customers: 0 });
  await addCustomer(workspace, LATE);
  await letPass(workspace, 56, admin);
  await fault(workspace, {
    match: { operation: 'settledContactsExport' },
    times: 'always',
    fault: { status: 503, retryAfterSeconds: 5 },
  });
  const run = await runSync(workspace);
  expect(run.outcome).toEqual({ status: 'completed' });
  expect((await workspace.contacts()).size).toBe(1);
  expect(await ledgerOf(workspace, run.instanceId)).toMatchObject({
    doubts: [{ code: 'part_unfinished', part: 'settled reading' }],
  });
  await heal(workspace);
  expect(settledSteps((await runSync(workspace)).steps)).not.toEqual([]);
  expect(await differences(workspace)).toEqual([]);
});

test('R3: another tenant has no token of the former one', async () => {
  const workspace = await synced();
  await letPass(workspace, 56, admin);
  await runSync(workspace);
  const { settled: former } = await workspace.state();
  const other = await createWorkspace({ customers: 3, connectAs: workspace.workspaceId });
  await runSync(other);
  const { settled, settled_until } = await other.state();
  expect(settled).not.toEqual(former);
  expect(settled_until).toBeNull();
});
