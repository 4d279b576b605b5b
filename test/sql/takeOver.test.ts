// A run that shows no life past its lease: nudged, then taken over, and its late writes refused.
import { expect, test } from 'vitest';
import { admin, call, SUPERSEDED, type Row } from '../support/database.ts';
import { contactOf, customer, sync } from './batches.ts';
import {
  advance,
  begin,
  claim,
  commit,
  complete,
  connect,
  continueIn,
  fail,
  fenced,
  ledgerOf,
  letDie,
  letTimePass,
  newInstanceId,
  startRun,
  stateOf,
  type Run,
} from './workspaces.ts';

test('R8: past its lease a run is named to be woken, and left its lease through the grace', async () => {
  const run = await startRun(await connect());
  await letTimePass(run, '1 hour');
  const stalled = { workspace_id: run.workspaceId, instance_id: run.instanceId, outcome: 'stalled' };
  expect(await claim(run)).toEqual(stalled);
  await letTimePass(run, '4 minutes');
  expect(await claim(run)).toEqual(stalled);
  expect(await stateOf(run)).toMatchObject({ run_instance_id: run.instanceId, fence: run.fence });
});

test('R8: after the grace the next tick takes over with a new fence, and the ledger says from whom', async () => {
  const run = await startRun(await connect());
  await letDie(run);
  const { instance_id: successor, outcome } = await claim(run);
  expect(outcome).toBe('claimed');
  expect(await stateOf(run)).toMatchObject({ run_instance_id: successor, fence: run.fence + 1, nudged_at: null });
  expect(await ledgerOf(successor)).toMatchObject({ status: 'queued', took_over: run.instanceId, predecessor: null });
  const dead = await ledgerOf(run.instanceId);
  expect(dead).toMatchObject({ status: 'superseded', error: 'It showed no life past its lease and was taken over.' });
  expect(dead['finished_at']).not.toBeNull();
});

test('R8: a run that a nudge has woken keeps its lease, and the next stall earns a grace of its own', async () => {
  const run = await startRun(await connect());
  await letDie(run);
  await sync(run, { customers: [customer('1')] });
  expect((await claim(run)).outcome).toBe('running');
  await letTimePass(run, '1 hour');
  expect((await claim(run)).outcome).toBe('stalled');
  expect((await claim(run)).outcome).toBe('stalled');
});

test('R8: a run that was claimed and never created is taken over the same way', async () => {
  const workspace = await connect();
  const { instance_id: instanceId } = await claim(workspace);
  await letDie(workspace);
  expect((await claim(workspace)).outcome).toBe('claimed');
  await expect(begin(workspace, instanceId)).rejects.toMatchObject(SUPERSEDED);
});

test('R8: a run that died is ended, not taken over, where the connection was switched off since', async () => {
  const run = await startRun(await connect());
  const switchOff = () => admin`
    update public.servicetitan_connections set enabled = false where workspace_id = ${run.workspaceId}
  `;
  await switchOff();
  expect((await claim(run)).outcome).toBe('disabled');
  expect(await stateOf(run)).toMatchObject({ sync_status: 'running', run_instance_id: run.instanceId });

  await letTimePass(run, '1 hour');
  expect((await claim(run)).outcome).toBe('disabled');
  expect(await stateOf(run)).toMatchObject({ sync_status: 'failed', run_instance_id: null, alive_until: null });
  expect(await ledgerOf(run.instanceId)).toMatchObject({ status: 'failed' });
  await expect(sync(run, { customers: [customer('1')] })).rejects.toMatchObject(SUPERSEDED);
});

const WRITES: [string, (run: Run) => Promise<unknown>][] = [
  ['sync', (run) => sync(run, { customers: [customer('1')] })],
  ['hold', (run) => call('hold_servicetitan_lease', { ...fenced(run), p_wait_seconds: 0 })],
  ['commit', (run) => commit(run, { feed: 'contacts', continue_from: 'late' })],
  ['advance', (run) => advance(run, '2026-11-24T12:00:00Z')],
  ['continue', (run) => continueIn(run, null)],
  ['complete', (run) => complete(run)],
  ['fail', (run) => fail(run, 'late')],
  ['begin', (run) => begin(run, run.instanceId)],
  [
    'renormalize',
    (run) =>
      call('renormalize_servicetitan_phones', {
        p_run: { workspace_id: run.workspaceId, instance_id: run.instanceId, fence: run.fence, page: 1 },
        p_phones: [],
        p_commit: null,
      }),
  ],
];

test.for(WRITES)('R8: a run that was taken over is refused: %s', async ([, write]) => {
  const run = await startRun(await connect());
  await letDie(run);
  const heir = await startRun(run);
  const before = await stateOf(run);
  await expect(write(run)).rejects.toMatchObject(SUPERSEDED);
  expect(await stateOf(run)).toEqual(before);
  expect(before['run_instance_id']).toBe(heir.instanceId);
  expect(await ledgerOf(run.instanceId)).toMatchObject({ status: 'superseded' });
  expect(await contactOf(run, '1')).toBeUndefined();
});

test.for(WRITES.filter(([name]) => name !== 'fail' && name !== 'begin'))(
  'R8: a fence that is not the one in force is refused, even from the right instance: %s',
  async ([, write]) => {
    const run = await startRun(await connect());
    for (const fence of [run.fence - 1, run.fence + 1]) {
      await expect(write({ ...run, fence })).rejects.toMatchObject(SUPERSEDED);
    }
  },
);

test.for(WRITES)('R8: a run of one workspace is refused in another: %s', async ([, write]) => {
  const [run, other] = [await startRun(await connect()), await startRun(await connect())];
  const stranger: Run = { ...run, workspaceId: other.workspaceId };
  const before = await stateOf(other);
  await expect(write(stranger)).rejects.toMatchObject(SUPERSEDED);
  expect(await stateOf(other)).toEqual(before);
});

test.for(WRITES.filter(([name]) => name !== 'complete'))(
  'R8: a run that has completed is refused: %s',
  async ([, write]) => {
    const run = await startRun(await connect());
    await complete(run);
    const before: Row = await stateOf(run);
    await expect(write(run)).rejects.toMatchObject(SUPERSEDED);
    expect(await stateOf(run)).toEqual(before);
  },
);

test('R8: an instance that was never claimed is refused', async () => {
  const workspace = await connect();
  await expect(begin(workspace, newInstanceId(workspace))).rejects.toMatchObject(SUPERSEDED);
});
