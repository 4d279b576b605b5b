// R18: when a pass begins by itself.
import { expect, test } from 'vitest';
import { admin } from '../support/database.ts';
import { createSynced, proofsOf, wait } from '../support/proofs.ts';
import { runSync } from '../support/ring.ts';
import { differences } from '../support/truth.ts';
import { createWorkspace } from '../support/workspace.ts';

const WEEKLY = { FULL_PASS_DAYS: '7' };

test.for([
  [
    'read fewer customers than it was told',
    { match: { operation: 'settledCustomersExport' }, fault: { rowsAtMost: 20, answer: { hasMore: 'false' } } },
  ],
  [
    'was led in a circle by the contacts',
    { match: { operation: 'recentContactsExport' }, times: 'always', fault: { tokenCycle: 1 } },
  ],
] as const)(
  'R12, R18: a first sync that %s begins a pass with the next run, which goes on to its end',
  async ([, rule]) => {
    const workspace = await createWorkspace({ customers: 60, switches: { callsPerSecond: null, exportBatchSize: 40 } });
    await workspace.simulator('POST', '/faults', rule);
    // Also where no pass comes by itself.
    const first = await runSync(workspace, { settings: { FULL_PASS_DAYS: '0' } });
    expect(first.outcome).toEqual({ status: 'completed' });
    await workspace.simulator('DELETE', '/faults');
    const run = await runSync(workspace, { settings: { FULL_PASS_DAYS: '0' } });
    expect(run.steps).toContain('next-run');
    expect(await proofsOf(workspace)).toMatchObject([{ why: 'asked', whole: true, seen: 60 }]);
    expect(await differences(workspace)).toEqual([]);
  },
);

test('R12, R18: a first sync that is in no doubt begins no pass before the second run of the workspace', async () => {
  const workspace = await createWorkspace({ customers: 20, switches: { callsPerSecond: null } });
  const first = await runSync(workspace, { settings: WEEKLY });
  expect(first.steps).not.toContain('next-run');
  expect(await proofsOf(workspace)).toEqual([]);
  await runSync(workspace, { settings: WEEKLY });
  expect(await proofsOf(workspace)).toMatchObject([{ why: 'first' }]);
});

test('R18: a workspace that was synced and never proved begins its pass with the next run it has', async () => {
  const workspace = await createSynced(10);
  await wait(workspace, 20 * 24 * 60, admin);
  for (const proofs of [1, 1]) {
    await runSync(workspace, { settings: WEEKLY });
    expect(await proofsOf(workspace)).toHaveLength(proofs);
  }
  expect(await proofsOf(workspace)).toMatchObject([{ why: 'first', whole: true }]);
});

test('R18: a later pass comes once in the days that are set, in an ordinary run that nobody waits for', async () => {
  const workspace = await createSynced(10);
  for (let runs = 0; runs < 2; runs += 1) await runSync(workspace, { settings: WEEKLY });
  await wait(workspace, 7 * 24 * 60, admin);
  const run = await runSync(workspace, { settings: WEEKLY });
  expect(run.steps).not.toContain('next-run');
  expect(await proofsOf(workspace)).toMatchObject([
    { why: 'due', ended_at: null },
    { why: 'first', whole: true },
  ]);
});
