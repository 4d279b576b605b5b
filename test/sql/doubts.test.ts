// What a run could not make sure of is kept with it, and goes on with its successors.
import { expect, test } from 'vitest';
import { call } from '../support/database.ts';
import { begin, connectSynced, continueIn, fenced, ledgerOf, letDie, startRun } from './workspaces.ts';

const doubt = (position: number) => ({ code: 'place_unread', feed: 'customers', position });
const progress = { p_pages: 1, p_calls: 1, p_steps: 1 };

test('R10: the last run of a chain says what the chain could not make sure of, each thing once', async () => {
  const first = await startRun(await connectSynced());
  const second = { ...first, instanceId: `${first.instanceId}-2`, fence: first.fence + 1 };
  await call('continue_servicetitan_run', {
    ...fenced(first),
    ...progress,
    p_successor_id: second.instanceId,
    p_checkpoint: null,
    p_doubts: [doubt(1), doubt(2)],
  });
  await begin(second, second.instanceId);
  await call('complete_servicetitan_run', {
    ...fenced(second),
    ...progress,
    p_commit: null,
    p_doubts: [doubt(2), doubt(3)],
  });
  expect((await ledgerOf(first.instanceId))['doubts']).toEqual([doubt(1), doubt(2)]);
  expect((await ledgerOf(second.instanceId))['doubts']).toEqual([doubt(1), doubt(2), doubt(3)]);
});

test('R10, R6: who closes a window whose successor was lost says what its first runs could not make sure of', async () => {
  const workspace = await connectSynced();
  const first = await startRun(workspace);
  const p_checkpoint = {
    modified_on_or_after: '2026-11-24T09:30:00.123Z',
    page_size: 50,
    next_page: 101,
    started_at: '2026-11-24T10:59:58Z',
  };
  await call('continue_servicetitan_run', {
    ...fenced(first),
    ...progress,
    p_successor_id: `${first.instanceId}-2`,
    p_checkpoint,
    p_doubts: [doubt(1)],
  });
  await letDie(workspace);
  const last = await startRun(workspace);
  await call('advance_servicetitan_cursor', { ...fenced(last), p_cursor: '2026-11-24T10:59:58Z' });
  await call('complete_servicetitan_run', { ...fenced(last), ...progress, p_commit: null, p_doubts: [doubt(2)] });
  expect((await ledgerOf(last.instanceId))['doubts']).toEqual([doubt(1), doubt(2)]);

  const next = await startRun(workspace);
  await call('complete_servicetitan_run', { ...fenced(next), ...progress, p_commit: null, p_doubts: [] });
  expect((await ledgerOf(next.instanceId))['doubts']).toEqual([]);
});

test('R10: a run that fails says them too, and one without any says none', async () => {
  const run = await startRun(await connectSynced());
  const { p_workspace_id, p_instance_id } = fenced(run);
  const failure = { p_code: 'unexpected', p_error: 'It failed.' };
  await call('fail_servicetitan_run', { p_workspace_id, p_instance_id, ...failure, ...progress, p_doubts: [doubt(1)] });
  expect((await ledgerOf(run.instanceId))['doubts']).toEqual([doubt(1)]);

  const other = await startRun(await connectSynced());
  const successor = await continueIn(other, null);
  expect([(await ledgerOf(other.instanceId))['doubts'], (await ledgerOf(successor.instanceId))['doubts']]).toEqual([
    [],
    [],
  ]);
});

test('R10: what a cursor passed unread is told with it, though the run may die after that', async () => {
  const run = await startRun(await connectSynced());
  const p_cursor = new Date().toISOString();
  await call('advance_servicetitan_cursor', { ...fenced(run), p_cursor, p_doubts: [doubt(1)] });
  expect((await ledgerOf(run.instanceId))['doubts']).toEqual([doubt(1)]);
});
