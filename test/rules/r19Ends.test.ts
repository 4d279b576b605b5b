// R19: reading progresses and ends.
import { expect, test } from 'vitest';
import { createLedger } from '../../src/supabase/ledger.ts';
import { bend, changedWindow, notRenamed, pagesAsked, pagesOf } from '../support/listWindow.ts';
import { type RingRun, runSync } from '../support/ring.ts';
import { differences, readWorld } from '../support/truth.ts';
import type { TestWorkspace } from '../support/workspace.ts';

const ledgerRow = (workspace: TestWorkspace, { instanceId }: RingRun) =>
  createLedger(workspace.supabase).readRun(instanceId);

async function expectStopped(workspace: TestWorkspace, run: RingRun, cursor: unknown) {
  expect(run.outcome).toMatchObject({ code: 'reading_stopped' });
  expect(await ledgerRow(workspace, run)).toMatchObject({
    status: 'failed',
    error: expect.stringMatching(/^The reading of the customers list was stopped, because ServiceTitan .*: .*\.$/),
  });
  expect(await workspace.state()).toMatchObject({
    last_modified_cursor: cursor,
    checkpoint: null,
    run_instance_id: null,
  });
}

async function expectHealed(workspace: TestWorkspace) {
  await workspace.simulator('DELETE', '/faults');
  expect((await runSync(workspace)).outcome).toEqual({ status: 'completed' });
  expect(await differences(workspace)).toEqual([]);
}

test('R19: a list that shows its first page for every page is stopped at once, while the contacts feed goes on', async () => {
  const { workspace, ids } = await changedWindow(40);
  const { last_modified_cursor: cursor } = await workspace.state();
  const { contacts } = await readWorld(workspace);
  const email = contacts.find(({ type, active, customerId }) => active && type === 'Email' && customerId !== ids[0])!;
  await workspace.simulator('PATCH', `/contacts/${email.id}`, { value: 'moved@example.com' });
  await bend(workspace, { pageShown: 1 });
  const run = await runSync(workspace, pagesOf(10));
  await expectStopped(workspace, run, cursor);
  expect(await pagesAsked(workspace)).toEqual(['1/10', '2/10']);
  // No step was repeated for it, and what was read before is written.
  expect(run.steps.filter((name) => name.startsWith('incremental-fetch'))).toHaveLength(2);
  expect(await notRenamed(workspace, ids.slice(0, 10))).toEqual([]);
  expect((await workspace.contacts()).get(String(email.customerId))?.email).toBe('moved@example.com');
  expect(run.steps).not.toContain('update-cursor');
  await expectHealed(workspace);
});

test('R19: a run of which a part was stopped hands nothing over, and what its contacts feed read is kept', async () => {
  const { workspace } = await changedWindow(40, { switches: { exportBatchSize: 5 } });
  const { contacts } = await readWorld(workspace);
  const changes = contacts
    .filter(({ active }) => active)
    .map(({ id }) => ({ operation: 'changeContact', contactId: id, changes: { memo: 'again' } }));
  await workspace.simulator('POST', '/operations', changes);
  const { last_modified_cursor: cursor, contacts_continue_from: token } = await workspace.state();
  await bend(workspace, { pageShown: 1 });
  const run = await runSync(workspace, pagesOf(10, 4));
  expect(run.steps).not.toContain('hand-over');
  await expectStopped(workspace, run, cursor);
  expect((await workspace.state()).contacts_continue_from).not.toBe(token);
  await expectHealed(workspace);
});

test('R19: a list that goes round two pages is stopped at the third', async () => {
  const { workspace } = await changedWindow(40);
  const { last_modified_cursor: cursor } = await workspace.state();
  await bend(workspace, { pageShown: 1 }, { queryIncludes: 'page=3&' });
  await bend(workspace, { pageShown: 2 }, { queryIncludes: 'page=4&' });
  const run = await runSync(workspace, pagesOf(10));
  await expectStopped(workspace, run, cursor);
  expect(await pagesAsked(workspace)).toEqual(['1/10', '2/10', '3/10']);
  await expectHealed(workspace);
});

test('R19: a page that was shown before a hand-over is known to the successor', async () => {
  const { workspace } = await changedWindow(60);
  const { last_modified_cursor: cursor } = await workspace.state();
  for (const [page, shown] of [
    [3, 1],
    [4, 2],
    [5, 1],
  ])
    await bend(workspace, { pageShown: shown }, { queryIncludes: `page=${page}&` });
  const run = await runSync(workspace, pagesOf(10, 2));
  expect(run.steps).toContain('hand-over');
  await expectStopped(workspace, run, cursor);
  expect(await pagesAsked(workspace)).toEqual(['1/10', '2/10', '3/10']);
  await expectHealed(workspace);
});

test('R19: the same page in another order is the same page', async () => {
  const { workspace } = await changedWindow(30);
  const { last_modified_cursor: cursor } = await workspace.state();
  await bend(
    workspace,
    { rowsAtMost: 10, unsorted: 1, pageSizeAtMost: 1000, answer: { hasMore: 'true' } },
    { queryIncludes: 'page=1&' },
  );
  await workspace.simulator('DELETE', '/faults');
  // All of the window on each page, each time in another order.
  for (const seed of [1, 2, 3])
    await bend(
      workspace,
      { pageShown: 1, unsorted: seed, answer: { hasMore: 'true' } },
      { queryIncludes: `page=${seed}&` },
    );
  const run = await runSync(workspace, pagesOf(30));
  await expectStopped(workspace, run, cursor);
  expect(await pagesAsked(workspace)).toEqual(['1/30', '2/30']);
  await expectHealed(workspace);
});

test('R19: a page that comes again because as many customers entered in front of it is no circle', async () => {
  const { workspace, ids } = await changedWindow(40);
  await runSync(workspace, pagesOf(50));
  const late = ids.slice(20);
  const operations = (some: number[]) =>
    some.map((customerId) => ({ operation: 'changeCustomer', customerId, changes: { name: `Again ${customerId}` } }));
  await workspace.simulator('POST', '/operations', operations(late));
  const run = await runSync(workspace, {
    settings: { ...pagesOf(10).settings, CURSOR_OVERLAP_SECONDS: '0' },
    beforeStep: async (name) => {
      if (name === 'incremental-fetch page 2')
        await workspace.simulator('POST', '/operations', operations(ids.slice(0, 10)));
    },
  });
  expect(run.outcome).toEqual({ status: 'completed' });
  await runSync(workspace);
  expect(await differences(workspace)).toEqual([]);
});

test('R19: a window that read far more than it was told, over its whole chain, is stopped, and the next run begins it anew', async () => {
  const { workspace, ids } = await changedWindow(12);
  const { last_modified_cursor: cursor } = await workspace.state();
  // Short pages without an end: none is long enough to be known again.
  await bend(workspace, { pageShown: 1, answer: { hasMore: 'true' } });
  let isMoved = false;
  const run = await runSync(workspace, {
    ...pagesOf(3, 2),
    beforeStep: async (name) => {
      if (name !== 'start-successor' || isMoved) return;
      isMoved = true;
      // As if thousands of pages had been read.
      const { checkpoint } = (await workspace.state()) as { checkpoint: { seen: { rows: number } } };
      checkpoint.seen.rows += 3 * 12 + 10_000 - 12;
      await workspace.supabase
        .from('servicetitan_sync_state')
        .update({ checkpoint })
        .eq('workspace_id', workspace.workspaceId);
    },
  });
  await expectStopped(workspace, run, cursor);
  // Two more pages of three fit; the third is one too many.
  expect(await pagesAsked(workspace)).toEqual(['1/3', '2/3', '3/3', '4/3', '5/3']);
  expect(await notRenamed(workspace, ids.slice(0, 3))).toEqual([]);
  await expectHealed(workspace);
});
