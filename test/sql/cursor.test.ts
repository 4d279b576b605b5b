// R4: the cursor, and R6: the checkpoint of a window that met the page cap.
import { expect, test } from 'vitest';
import { admin, call, SUPERSEDED } from '../support/database.ts';
import { customer, sync } from './batches.ts';
import {
  advance,
  claim,
  complete,
  connect,
  connectSynced,
  continueIn,
  fail,
  fenced,
  ledgerOf,
  letDie,
  startRun,
  stateOf,
  type Run,
  type Workspace,
} from './workspaces.ts';

const WINDOW_START = '2026-11-24T11:00:00+00:00';
const CHECKPOINT = {
  modified_on_or_after: '2026-11-24T09:30:00.123Z',
  page_size: 50,
  next_page: 101,
  started_at: '2026-11-24T10:59:58Z',
};

async function incremental(): Promise<Run> {
  return startRun(await connectSynced(), WINDOW_START);
}

test('R4: the cursor moves to the sync start time, once however often it is told', async () => {
  const run = await incremental();
  await advance(run, WINDOW_START);
  await advance(run, WINDOW_START);
  expect(await stateOf(run)).toMatchObject({ last_modified_cursor: WINDOW_START, checkpoint: null });
});

test('R4: the cursor never goes back', async () => {
  const run = await incremental();
  await advance(run, WINDOW_START);
  await advance(run, '2026-11-24T08:00:00Z');
  expect(await stateOf(run)).toMatchObject({ last_modified_cursor: WINDOW_START });
});

test('R4: a run that fails or completes without having advanced leaves the cursor', async () => {
  const run = await incremental();
  const { last_modified_cursor: cursor } = await stateOf(run);
  await sync(run, { customers: [customer('1')] });
  await fail(run, 'service_titan_down');
  const next = await startRun(run, '2026-11-24T12:00:00Z');
  await complete(next);
  expect(await stateOf(run)).toMatchObject({ last_modified_cursor: cursor });
});

test('R6: at the cap the checkpoint is stored and the lease handed over in one call, the cursor unmoved', async () => {
  const run = await incremental();
  await sync(run, { customers: [customer('1')], page: 100 });
  const { last_modified_cursor: cursor } = await stateOf(run);
  const successor = await continueIn(run, CHECKPOINT);

  expect(await stateOf(run)).toMatchObject({
    run_instance_id: successor.instanceId,
    fence: run.fence + 1,
    checkpoint: CHECKPOINT,
    last_modified_cursor: cursor,
    page: 0,
    parts: [],
    sync_status: 'running',
    // The successor goes on with the same sync, so it goes on counting.
    last_sync_created: 1,
  });
  expect(await ledgerOf(run.instanceId)).toMatchObject({
    status: 'continued',
    pages: 100,
    service_titan_calls: 7,
    window_started_at: '2026-11-24T10:59:58+00:00',
  });
  expect(await ledgerOf(successor.instanceId)).toMatchObject({
    trigger: 'successor',
    predecessor: run.instanceId,
    status: 'running',
    fence: run.fence + 1,
    created: 0,
  });
});

test('R6: the successor uses all four of the checkpoint', async () => {
  const successor = await continueIn(await incremental(), CHECKPOINT);
  expect(successor.begun).toMatchObject({
    mode: 'incremental',
    // Inherited, not the time at which the successor began.
    started_at: '2026-11-24T10:59:58+00:00',
    // As it was sent: the overlap is not taken off twice.
    modified_on_or_after: '2026-11-24T09:30:00.123+00:00',
    checkpoint: CHECKPOINT,
  });
});

test.for([
  ['failed', (run: Run) => fail(run, 'service_titan_down')],
  ['was taken over', letDie],
] as const)('R6: when the successor %s, the next run uses all four as well', async ([, end]) => {
  const successor = await continueIn(await incremental(), CHECKPOINT);
  await end(successor);
  const heir = await startRun(successor, '2026-11-24T15:00:00Z');
  expect(heir.begun).toEqual({ ...successor.begun, fence: successor.fence + 1 });
});

test('R6: the end of the window clears the checkpoint', async () => {
  const successor = await continueIn(await incremental(), CHECKPOINT);
  await advance(successor, CHECKPOINT.started_at);
  await complete(successor);
  const next = await startRun(successor, '2026-11-24T15:00:00+00:00');
  expect(next.begun).toMatchObject({
    checkpoint: null,
    started_at: '2026-11-24T15:00:00+00:00',
    modified_on_or_after: '2026-11-24T10:44:58+00:00',
  });
});

test('R6: handing over again changes nothing, even when the successor has begun', async () => {
  const run = await incremental();
  const successor = await continueIn(run, CHECKPOINT);
  await sync(successor, { customers: [customer('1')] });
  const before = await stateOf(run);
  const again = {
    ...fenced(run),
    p_successor_id: successor.instanceId,
    p_checkpoint: CHECKPOINT,
    p_pages: 100,
    p_calls: 7,
  };
  await call('continue_servicetitan_run', again);
  expect(await stateOf(run)).toEqual(before);
  expect(await ledgerOf(successor.instanceId)).toMatchObject({ status: 'running', created: 1 });
});

test('R6: a run that has handed over writes no more', async () => {
  const run = await incremental();
  await continueIn(run, CHECKPOINT);
  await expect(sync(run, { customers: [customer('1')] })).rejects.toMatchObject(SUPERSEDED);
  await expect(advance(run, WINDOW_START)).rejects.toMatchObject(SUPERSEDED);
});

test('R14: a successor handed over and never created may be claimed under its own id', async () => {
  const run = await incremental();
  const successorId = `${run.instanceId}-2`;
  await call('continue_servicetitan_run', {
    ...fenced(run),
    p_successor_id: successorId,
    p_checkpoint: CHECKPOINT,
    p_pages: 100,
    p_calls: 7,
  });
  expect(await claim(run, successorId)).toMatchObject({ instance_id: successorId, outcome: 'claimed_before' });
});

const TOMORROW = new Date(Date.now() + 24 * 3_600_000).toISOString();
const cursorOf = async (workspace: Workspace) => Date.parse(String((await stateOf(workspace))['last_modified_cursor']));
const store = ({ workspaceId }: Workspace, cursor: string) =>
  admin`
    update public.servicetitan_sync_state set last_modified_cursor = ${cursor}::timestamptz
    where workspace_id = ${workspaceId}
  `;

test('R4: no cursor is stored that is later than now', async () => {
  const run = await incremental();
  await advance(run, TOMORROW);
  expect(await cursorOf(run)).toBeLessThanOrEqual(Date.now());
  expect(Date.parse(String((await ledgerOf(run.instanceId))['window_until']))).toBe(await cursorOf(run));
});

test('R4: a cursor in the future, and it alone, goes back', async () => {
  const run = await incremental();
  await store(run, TOMORROW);
  await advance(run, WINDOW_START);
  expect(await stateOf(run)).toMatchObject({ last_modified_cursor: WINDOW_START });
});

test('R4: where the stored cursor is in the future, a run begins at the last one of the ledger that is not', async () => {
  const run = await incremental();
  await advance(run, WINDOW_START);
  await complete(run);
  const wrong = await startRun(run, '2026-11-24T12:00:00Z');
  await store(wrong, TOMORROW);
  await admin`update public.servicetitan_sync_runs set window_until = ${TOMORROW} where instance_id = ${wrong.instanceId}`;
  await complete(wrong);
  // 11:00, less the overlap of 900 seconds.
  expect((await startRun(run, '2026-11-24T12:15:00Z')).begun).toMatchObject({
    modified_on_or_after: '2026-11-24T10:45:00+00:00',
  });
});

test('R4: without such a one in the ledger it begins where the initial sync ended', async () => {
  const workspace = await connectSynced();
  await admin`delete from public.servicetitan_sync_runs where workspace_id = ${workspace.workspaceId}`;
  await store(workspace, TOMORROW);
  // 10:00, less the export's 15 minutes and the overlap.
  expect((await startRun(workspace, WINDOW_START)).begun).toMatchObject({
    modified_on_or_after: '2026-11-24T09:30:00+00:00',
  });
});

test("R4: a Worker's clock that is ahead counts as now, for a window and for an initial sync", async () => {
  for (const workspace of [await connectSynced(), await connect()]) {
    const { begun } = await startRun(workspace, TOMORROW);
    expect(Date.parse(String(begun['started_at']))).toBeLessThanOrEqual(Date.now());
  }
});

test('R19: a run that was stopped leaves no checkpoint to go on from, and any other failure does', async () => {
  for (const [code, checkpoint] of [
    ['reading_stopped', null],
    ['servicetitan_server', CHECKPOINT],
  ] as const) {
    const successor = await continueIn(await incremental(), CHECKPOINT);
    await fail(successor, code);
    expect(await stateOf(successor)).toMatchObject({ checkpoint });
  }
});
