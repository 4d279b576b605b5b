// R19: reading progresses and ends. An export that leads in a circle is stopped, and nothing else with it.
import { describe, expect, test } from 'vitest';
import { letPass } from '../support/letPass.ts';
import { admin } from '../support/database.ts';
import { runSync } from '../support/ring.ts';
import { differences, readWorld } from '../support/truth.ts';
import { createWorkspace, type TestWorkspace } from '../support/workspace.ts';

const fault = (workspace: TestWorkspace, rule: object) => workspace.simulator('POST', '/faults', rule);
const heal = (workspace: TestWorkspace) => workspace.simulator('DELETE', '/faults');
const reads = (steps: string[], name: string) => steps.filter((step) => step.startsWith(name));
const doubtsOf = async ({ supabase }: TestWorkspace, instanceId: string) =>
  (await supabase.from('servicetitan_sync_runs').select('doubts').eq('instance_id', instanceId)).data![0]!.doubts;

/** A tenant whose feeds take several batches, not yet synced. */
const unsynced = () =>
  createWorkspace({
    customers: 30,
    switches: { exportBatchSize: 4, callsPerSecond: null, contactsMoveModifiedOn: false },
  });

/** The same after its first sync, with contacts changed that take several batches. */
async function withChanges(): Promise<TestWorkspace> {
  const workspace = await unsynced();
  await runSync(workspace);
  const { contacts } = await readWorld(workspace);
  for (const { id } of contacts.filter(({ active }) => active).slice(0, 30)) {
    await workspace.simulator('PATCH', `/contacts/${id}`, { memo: `Changed ${id}` });
  }
  return workspace;
}

describe.for([
  ['the same token again', 1],
  ['A B A B', 2],
  ['a longer circle', 5],
] as const)('R19: %s', ([, tokenCycle]) => {
  test('stops the live contacts: the token stays, the customers are fresh, the run fails', async () => {
    const workspace = await withChanges();
    const { contacts_continue_from: token } = await workspace.state();
    const { customers } = await readWorld(workspace);
    await workspace.simulator('PATCH', `/customers/${customers[0]!.id}`, { name: 'Renamed' });
    await fault(workspace, { match: { operation: 'recentContactsExport' }, times: 'always', fault: { tokenCycle } });
    const run = await runSync(workspace);
    expect(String(run.outcome)).toMatch(/The reading of the contacts export was stopped/);
    expect(reads(run.steps, 'contacts-fetch')).toHaveLength(tokenCycle + 1);
    expect((await workspace.contacts()).get(String(customers[0]!.id))).toMatchObject({ name: 'Renamed' });
    const { contacts_continue_from: now, last_error } = await workspace.state();
    expect(last_error).toMatch(/^The reading of the contacts export was stopped, because ServiceTitan gave a token/);
    if (tokenCycle === 1) expect(now).not.toBe(token);
    await heal(workspace);
    expect((await runSync(workspace)).outcome).toEqual({ status: 'completed' });
    expect(await differences(workspace)).toEqual([]);
  });

  test('a first sync goes on to the customers, in doubt', async () => {
    const workspace = await unsynced();
    await fault(workspace, { match: { operation: 'recentContactsExport' }, times: 'always', fault: { tokenCycle } });
    const run = await runSync(workspace);
    expect(run.outcome).toEqual({ status: 'completed' });
    expect((await workspace.contacts()).size).toBe(30);
    expect(await doubtsOf(workspace, run.instanceId)).toMatchObject([{ code: 'feed_stopped', feed: 'contacts' }]);
    await heal(workspace);
    expect((await runSync(workspace)).outcome).toEqual({ status: 'completed' });
    expect(await differences(workspace)).toEqual([]);
  });

  test('stops the first sync of the customers, and the next run goes on where they stood', async () => {
    const workspace = await unsynced();
    await fault(workspace, { match: { operation: 'settledCustomersExport' }, times: 'always', fault: { tokenCycle } });
    const run = await runSync(workspace);
    expect(String(run.outcome)).toMatch(/The reading of the customers export was stopped/);
    await heal(workspace);
    expect((await runSync(workspace)).outcome).toEqual({ status: 'completed' });
    expect(await differences(workspace)).toEqual([]);
  });

  test('stops the settled reader, and the live readers have read', async () => {
    const workspace = await withChanges();
    await workspace.simulator('PUT', '/switches', { exportLagSeconds: 0 });
    await letPass(workspace, 56, admin);
    await fault(workspace, { match: { operation: 'settledContactsExport' }, times: 'always', fault: { tokenCycle } });
    const run = await runSync(workspace);
    expect(String(run.outcome)).toMatch(/The reading of the contacts export was stopped/);
    expect(await differences(workspace)).toEqual([]);
    await heal(workspace);
    expect((await runSync(workspace)).outcome).toEqual({ status: 'completed' });
  });
});

describe('R17: contacts that a first sync left unread come when ServiceTitan is well again', () => {
  const refusesTokens = {
    match: { operation: 'recentContactsExport', from: 'token' },
    times: 'always',
    fault: { status: 410 },
  };
  const staysAtTheFirst = {
    match: { operation: 'recentContactsExport' },
    times: 'always',
    fault: { empty: true, answer: { hasMore: 'true' }, tokenCycle: 1 },
  };
  const endsTooEarly = { match: { operation: 'recentContactsExport' }, fault: { answer: { hasMore: 'false' } } };
  test.for([
    ['behind its last token', refusesTokens],
    ['from the first record on', staysAtTheFirst],
    ['behind a batch that said too early that nothing follows', endsTooEarly],
  ] as const)('%s', async ([, wrong], { expect }) => {
    const workspace = await unsynced();
    await fault(workspace, wrong);
    const first = await runSync(workspace);
    expect(first.outcome).toEqual({ status: 'completed' });
    const doubts = wrong === endsTooEarly ? [] : [{ code: 'feed_stopped', feed: 'contacts' }];
    expect(await doubtsOf(workspace, first.instanceId)).toMatchObject(doubts);
    await heal(workspace);
    await fault(workspace, refusesTokens);
    // The second way of reading confirms twice what it was shown, while the live feed fails for hours.
    for (let hours = 0; hours < 4; hours += 1) {
      await letPass(workspace, 60, admin);
      await runSync(workspace);
    }
    await heal(workspace);
    for (let hours = 0; hours < 2; hours += 1) {
      await letPass(workspace, 60, admin);
      expect((await runSync(workspace)).outcome).toEqual({ status: 'completed' });
    }
    expect(await differences(workspace)).toEqual([]);
  });
});

test.for([
  ['once, the feed is read to its end', 1],
  ['twice, it is stopped', 2],
] as const)(
  'R19: a batch that is empty, stays where it is and says that more follows: %s',
  async ([, times], { expect }) => {
    const workspace = await withChanges();
    const { contacts_continue_from: token } = await workspace.state();
    await fault(workspace, {
      match: { operation: 'recentContactsExport' },
      times,
      fault: { empty: true, answer: { hasMore: 'true' } },
    });
    const run = await runSync(workspace);
    if (times === 1) return expect([run.outcome, await differences(workspace)]).toEqual([{ status: 'completed' }, []]);
    expect(String(run.outcome)).toMatch(/The reading of the contacts export was stopped/);
    expect((await workspace.state()).contacts_continue_from).toBe(token);
  },
);

test('R19: a circle is seen that is longer than a run, by its successors', async () => {
  const workspace = await withChanges();
  await fault(workspace, { match: { operation: 'recentContactsExport' }, times: 'always', fault: { tokenCycle: 5 } });
  const run = await runSync(workspace, { settings: { INCREMENTAL_MAX_PAGES: '2' } });
  expect(String(run.outcome)).toMatch(/The reading of the contacts export was stopped/);
  expect(reads(run.steps, 'contacts-fetch').length).toBeLessThanOrEqual(2 * 5 + 2);
});

test('R19: no number of batches stops a feed that goes on', async () => {
  const workspace = await unsynced();
  await workspace.simulator('PUT', '/switches', { exportBatchSize: 1 });
  const run = await runSync(workspace);
  expect(run.outcome).toEqual({ status: 'completed' });
  expect(await differences(workspace)).toEqual([]);
});
