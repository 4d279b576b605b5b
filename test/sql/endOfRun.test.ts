// How a run ends, well or badly, and that the state row says so at each moment.
import { expect, test } from 'vitest';
import { admin, call } from '../support/database.ts';
import { customer, sync } from './batches.ts';
import {
  claim,
  complete,
  connectSynced,
  connect,
  fail,
  ledgerOf,
  startRun,
  stateOf,
  type Run,
  type Workspace,
} from './workspaces.ts';

/** Whole minutes from now until ticks go on, null when they do not wait. */
async function minutesToWait({ workspaceId }: Workspace): Promise<number | null> {
  const [row] = await admin<{ minutes: number | null }[]>`
    select round(extract(epoch from next_attempt_at - now()) / 60)::integer as minutes
    from public.servicetitan_sync_state
    where workspace_id = ${workspaceId}
  `;
  return row!.minutes;
}

test('completing frees the lease, stores the progress and forgets the last error', async () => {
  const workspace = await connect();
  await fail(await startRun(workspace), 'service_titan_down');
  const run = await startRun(workspace);
  await complete(run);
  const state = await stateOf(run);
  expect(state).toMatchObject({
    sync_status: 'completed',
    last_error: null,
    run_instance_id: null,
    alive_until: null,
    failures: 0,
    fence: run.fence,
  });
  expect(state['last_completed_at']).not.toBeNull();
  expect(await ledgerOf(run.instanceId)).toMatchObject({
    status: 'completed',
    pages: 1,
    service_titan_calls: 2,
    error: null,
  });
});

test('R9: completing stores where the contacts feed goes on', async () => {
  const workspace = await connectSynced();
  const run = await startRun(workspace);
  await complete(run, { feed: 'contacts', continue_from: 'next', done: true, read_at: null });
  expect(await stateOf(run)).toMatchObject({ contacts_continue_from: 'next', sync_status: 'completed' });
});

test('completing again changes nothing, even when another run has begun', async () => {
  const run = await startRun(await connect());
  await complete(run);
  const heir = await startRun(run);
  const before = [await stateOf(run), await ledgerOf(run.instanceId), await ledgerOf(heir.instanceId)];
  await complete(run, { feed: 'contacts', continue_from: 'late', done: true, read_at: null });
  expect([await stateOf(run), await ledgerOf(run.instanceId), await ledgerOf(heir.instanceId)]).toEqual(before);
});

test('failing keeps the reason, frees the lease and lets the next tick try at once', async () => {
  const run = await startRun(await connect());
  await fail(run, 'service_titan_down');
  expect(await stateOf(run)).toMatchObject({
    sync_status: 'failed',
    last_error: 'What happened.',
    run_instance_id: null,
    alive_until: null,
    failures: 0,
    next_attempt_at: null,
  });
  expect(await ledgerOf(run.instanceId)).toMatchObject({
    status: 'failed',
    error_code: 'service_titan_down',
    error: 'What happened.',
    pages: 1,
  });
  expect((await claim(run)).outcome).toBe('claimed');
});

test('failing again changes nothing, even when another run has begun', async () => {
  const run = await startRun(await connect());
  await fail(run, 'service_titan_down');
  await startRun(run);
  const before = await stateOf(run);
  await fail(run, 'credentials_refused');
  expect(await stateOf(run)).toEqual(before);
});

test('a run may fail before it has begun', async () => {
  const workspace = await connect();
  const { instance_id: instanceId } = await claim(workspace);
  await fail({ ...workspace, instanceId, fence: 1, begun: {} }, 'not_connected');
  expect(await stateOf(workspace)).toMatchObject({ sync_status: 'failed', run_instance_id: null });
  expect(await ledgerOf(instanceId)).toMatchObject({ status: 'failed', started_at: null });
});

test('refused credentials make ticks wait for the next one, twice as long each time in a row, up to six hours', async () => {
  const workspace = await connect();
  const waits: (number | null)[] = [];
  for (let refusal = 1; refusal <= 12; refusal += 1) {
    await fail(await startRun(workspace), 'credentials_refused');
    if (refusal < 7 || refusal === 12) waits.push(await minutesToWait(workspace));
  }
  // A minute short of the quarter of an hour between two ticks, doubled.
  expect(waits).toEqual([14, 28, 56, 112, 224, 360, 360]);
});

test.for([
  ['a fault of another kind', (run: Run) => fail(run, 'service_titan_down')],
  ['a run that completes', (run: Run) => complete(run)],
] as const)('%s ends the waiting, and the next refusal begins at the shortest again', async ([, end]) => {
  const workspace = await connect();
  for (let refusal = 0; refusal < 3; refusal += 1) await fail(await startRun(workspace), 'credentials_refused');
  await end(await startRun(workspace));
  expect(await minutesToWait(workspace)).toBeNull();
  await fail(await startRun(workspace), 'credentials_refused');
  expect(await minutesToWait(workspace)).toBe(14);
});

test('the state row tells the truth at each moment', async () => {
  const workspace = await connect();
  const moments: unknown[] = [];
  const look = async () => {
    const { sync_status: status, last_sync_created: created, last_sync_errors: errors } = await stateOf(workspace);
    moments.push([status, created, errors]);
  };
  await look();
  const run = await startRun(workspace);
  await look();
  await sync(run, {
    customers: [customer('1'), customer('2')],
    rejected: [{ crm_id: '3', feed: 'customers', reason: 'name: missing' }],
  });
  await look();
  await fail(run, 'service_titan_down');
  await look();
  await complete(await startRun(workspace));
  await look();
  expect(moments).toEqual([
    ['idle', 0, 0],
    ['running', 0, 0],
    ['running', 2, 1],
    ['failed', 2, 1],
    ['completed', 0, 0],
  ]);
});

test('R14: runs whose instances are gone are ended in one call, and none of them holds up another', async () => {
  const [gone, queued, begun, over] = [await connect(), await connect(), await connect(), await connect()];
  const running = await startRun(gone);
  const waiting = await claim(queued);
  const other = await claim(begun);
  const ended = await startRun(over);
  await complete(ended);
  const row = (workspace: Workspace, instance_id: string, unless_queued: boolean) => ({
    workspace_id: workspace.workspaceId,
    instance_id,
    code: 'instance_gone',
    error: 'It is gone.',
    unless_queued,
  });
  const answer = await call('end_servicetitan_gone_runs', {
    p_runs: [
      row(over, ended.instanceId, false),
      row(queued, waiting.instance_id, true),
      row(gone, running.instanceId, true),
      row(begun, other.instance_id, false),
      row(gone, 'sync-unknown-1', false),
    ],
  });
  expect((answer as string[]).toSorted()).toEqual([running.instanceId, other.instance_id].toSorted());
  expect(await stateOf(running)).toMatchObject({
    sync_status: 'failed',
    last_error: 'It is gone.',
    run_instance_id: null,
  });
  expect(await ledgerOf(running.instanceId)).toMatchObject({ status: 'failed', error: 'It is gone.' });
  expect(await ledgerOf(waiting.instance_id)).toMatchObject({ status: 'queued' });
  expect(await ledgerOf(ended.instanceId)).toMatchObject({ status: 'completed', error: null });
});

test('R14: a run that is gone and lost its lease before stays as it is', async () => {
  const workspace = await connect();
  const run = await startRun(workspace);
  await admin`update public.servicetitan_sync_state set run_instance_id = 'sync-other-1' where workspace_id = ${workspace.workspaceId}`;
  const rows = [
    {
      workspace_id: workspace.workspaceId,
      instance_id: run.instanceId,
      code: 'instance_gone',
      error: 'x',
      unless_queued: false,
    },
  ];
  expect(await call('end_servicetitan_gone_runs', { p_runs: rows })).toEqual([]);
});
