// R4: clocks are wrong. The cursor is what the earliest of three says, and never later than now.
import { describe, expect, test } from 'vitest';
import { changedWindow, notRenamed, pagesOf, rename } from '../support/listWindow.ts';
import { Crash, runInstance, runSync } from '../support/ring.ts';
import { differences, readWorld } from '../support/truth.ts';
import { createWorkspace, type TestWorkspace } from '../support/workspace.ts';

const COMPLETED = { status: 'completed' };
const DAY_MS = 24 * 3_600_000;
const aDayAhead = () => Date.now() + DAY_MS;
const tomorrow = () => new Date(aDayAhead()).toISOString();

const cursorOf = async ({ state }: TestWorkspace) => Date.parse(String((await state()).last_modified_cursor));
const store = ({ supabase, workspaceId }: TestWorkspace, columns: object) =>
  supabase.from('servicetitan_sync_state').update(columns).eq('workspace_id', workspaceId);
const withoutDate = ({ simulator }: TestWorkspace) =>
  simulator('POST', '/faults', { times: 'always', fault: { date: 'absent' } });

test.for([
  ['no Date comes', withoutDate],
  [
    'ServiceTitan has the same wrong time',
    ({ simulator }) => simulator('POST', '/faults', { times: 'always', fault: { date: 86_400 } }),
  ],
] as const satisfies [string, (workspace: TestWorkspace) => Promise<unknown>][])(
  'R4: a clock that is a day ahead in one run, while %s, hides no later change',
  async ([, bend]) => {
    const { workspace, ids } = await changedWindow(8);
    await bend(workspace);
    expect((await runSync(workspace, { now: aDayAhead })).outcome).toEqual(COMPLETED);
    expect(await cursorOf(workspace)).toBeLessThanOrEqual(Date.now());

    await rename(workspace, ids, 'Later');
    expect((await runSync(workspace)).outcome).toEqual(COMPLETED);
    expect(await notRenamed(workspace, ids, 'Later')).toEqual([]);
    expect(await cursorOf(workspace)).toBeLessThanOrEqual(Date.now());
  },
);

test('R4: a clock that is days behind moves no cursor back, and costs no change', async () => {
  const { workspace, ids } = await changedWindow(8);
  const before = await cursorOf(workspace);
  expect((await runSync(workspace, { now: () => Date.now() - 5 * DAY_MS })).outcome).toEqual(COMPLETED);
  expect(await cursorOf(workspace)).toBe(before);
  expect(await notRenamed(workspace, ids)).toEqual([]);
});

test('R4: a cursor that was stored in the future goes back to the last one that can be true, and what it hid arrives', async () => {
  const { workspace, ids } = await changedWindow(8);
  const { instanceId } = await runSync(workspace);
  await rename(workspace, ids, 'Hidden');
  // As an older version left it: the run of the wrong clock, and each of the empty windows behind it.
  await store(workspace, { last_modified_cursor: tomorrow() });
  await workspace.supabase
    .from('servicetitan_sync_runs')
    .update({ window_until: tomorrow() })
    .eq('instance_id', instanceId);
  const run = await runSync(workspace, { settings: { CURSOR_OVERLAP_SECONDS: '0' } });
  expect(run.outcome).toEqual(COMPLETED);
  expect(await notRenamed(workspace, ids, 'Hidden')).toEqual([]);
  expect(await cursorOf(workspace)).toBeLessThanOrEqual(Date.now());
});

describe('R4: a checkpoint with a time in the future', () => {
  test.for(['started_at', 'modified_on_or_after'])('as its %s is none, and its window begins anew', async (column) => {
    const { workspace, ids } = await changedWindow(12);
    let successor = '';
    await runSync(workspace, {
      ...pagesOf(4, 1),
      beforeStep: async (name) => {
        if (name !== 'start-successor') return;
        const { checkpoint, run_instance_id } = (await workspace.state()) as {
          checkpoint: object;
          run_instance_id: string;
        };
        if (successor !== '') return;
        successor = run_instance_id;
        await store(workspace, { checkpoint: { ...checkpoint, [column]: tomorrow() } });
      },
    });
    expect(successor).not.toBe('');
    expect(await notRenamed(workspace, ids)).toEqual([]);
    expect(await workspace.state()).toMatchObject({ checkpoint: null, sync_status: 'completed' });
    expect(await cursorOf(workspace)).toBeLessThanOrEqual(Date.now());
  });
});

test('R12: a first sync that begins by a clock a day ahead, without a Date, leaves a cursor that hides nothing', async () => {
  const workspace = await createWorkspace({ customers: 6 });
  await withoutDate(workspace);
  expect((await runSync(workspace, { now: aDayAhead })).outcome).toEqual(COMPLETED);
  expect(await cursorOf(workspace)).toBeLessThanOrEqual(Date.now());
  const ids = (await readWorld(workspace)).customers.map(({ id }) => id);
  await rename(workspace, ids);
  await runSync(workspace);
  expect(await notRenamed(workspace, ids)).toEqual([]);
  expect(await differences(workspace)).toEqual([]);
});

test('R12: a first sync whose beginning was stored in the future ends with a cursor that hides nothing', async () => {
  const workspace = await createWorkspace({ customers: 6 });
  const { instanceId } = await runSync(workspace, {
    beforeStep: (name) => {
      if (name === 'export-sync') throw new Crash(name);
    },
  });
  await store(workspace, { initial_started_at: tomorrow() });
  expect((await runInstance(workspace, instanceId)).outcome).toEqual(COMPLETED);
  expect(await cursorOf(workspace)).toBeLessThanOrEqual(Date.now());
});
