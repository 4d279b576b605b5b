// R8: one live run per workspace, healed without anybody's hand.
import { expect, test } from 'vitest';
import type { Batch } from '../../supabase/functions/_shared/contactBatch.ts';
import { createLedger } from '../../src/supabase/ledger.ts';
import { Crash, runInstance, runSync } from '../support/ring.ts';
import { differences, readWorld } from '../support/truth.ts';
import { createWorkspace, type TestWorkspace } from '../support/workspace.ts';

const crashBefore = (step: string) => ({
  beforeStep: (name: string) => {
    if (name === step) throw new Crash(name);
  },
});
const ageLease = ({ supabase, workspaceId }: TestWorkspace, nudged: boolean) => {
  const past = new Date(Date.now() - 3_600_000).toISOString();
  return supabase
    .from('servicetitan_sync_state')
    .update({ alive_until: past, nudged_at: nudged ? past : null })
    .eq('workspace_id', workspaceId);
};
const claim = ({ supabase, workspaceId }: TestWorkspace, trigger: 'cron' | 'manual' = 'cron') =>
  createLedger(supabase).claim(trigger, [
    { workspace_id: workspaceId, instance_id: `sync-${workspaceId}-${Date.now()}` },
  ]);

test('R8: while a run lives nobody else starts', async () => {
  const workspace = await createWorkspace();
  const died = await runSync(workspace, crashBefore('contacts-fetch'));
  for (const trigger of ['cron', 'manual'] as const) {
    expect(await claim(workspace, trigger)).toMatchObject([{ outcome: 'running', instance_id: died.instanceId }]);
  }
});

test('R8: past its lease a run is nudged first and taken over by a later tick', async () => {
  const workspace = await createWorkspace();
  const died = await runSync(workspace, crashBefore('contacts-fetch'));
  await ageLease(workspace, false);
  expect(await claim(workspace)).toMatchObject([{ outcome: 'stalled', instance_id: died.instanceId }]);
  // A repeated tick within the grace only nudges again.
  expect(await claim(workspace)).toMatchObject([{ outcome: 'stalled' }]);

  await ageLease(workspace, true);
  expect((await runSync(workspace)).outcome).toEqual({ status: 'completed' });
  const { data } = await workspace.supabase
    .from('servicetitan_sync_runs')
    .select('status')
    .eq('instance_id', died.instanceId)
    .single();
  expect(data).toEqual({ status: 'superseded' });
  expect(await differences(workspace)).toEqual([]);
});

test('R8: a nudged run that shows life is not taken over', async () => {
  const workspace = await createWorkspace();
  const memo = new Map<string, unknown>();
  const ledger = createLedger(workspace.supabase);
  const instanceId = `sync-${workspace.workspaceId}-${Date.now()}`;
  await ledger.claim('cron', [{ workspace_id: workspace.workspaceId, instance_id: instanceId }]);
  await runInstance(workspace, instanceId, crashBefore('export-fetch'), undefined, memo);
  await ageLease(workspace, true);

  const resumed = await runInstance(workspace, instanceId, {}, undefined, memo);
  expect(resumed.outcome).toEqual({ status: 'completed' });
  // Finished steps are not run again.
  expect(resumed.steps).not.toContain('contacts-fetch');
  expect(await differences(workspace)).toEqual([]);
});

test('R8: a run that was taken over and still writes is refused by the fence, ends without a word, and leaves the other run alone', async () => {
  const workspace = await createWorkspace({ customers: 40 });
  await runSync(workspace);
  const { customers } = await readWorld(workspace);
  await workspace.simulator('PATCH', `/customers/${customers[0]!.id}`, { name: 'First name' });

  let other: Promise<unknown> | undefined;
  const old = await runSync(workspace, {
    beforeStep: async (name) => {
      if (name !== 'incremental-sync') return;
      // It has read its page; before it writes, another run takes over, reads a newer state and finishes.
      await ageLease(workspace, true);
      await workspace.simulator('POST', '/balance', { customerId: customers[0]!.id, amount: 77 });
      await (other ??= runSync(workspace));
    },
  });
  expect(old.outcome).toEqual({ status: 'superseded' });
  expect(await differences(workspace)).toEqual([]);
  expect(await workspace.state()).toMatchObject({ sync_status: 'completed', last_error: null });
});

test('R2: within a run a write for an earlier page than the last one applied is refused', async () => {
  const workspace = await createWorkspace({ customers: 30, switches: { exportBatchSize: 10 } });
  const late: Batch[] = [];
  const refused: unknown[] = [];
  await runSync(workspace, {
    aroundWrite: (write) => async (batch) => {
      const result = await write(batch);
      // What a timed-out attempt may still do: its write arrives after the next page was applied.
      const ghost = late.at(-1);
      if (ghost && ghost.run.page < batch.run.page) await write(ghost).catch((error: unknown) => refused.push(error));
      late.push(batch);
      return result;
    },
  });
  expect(refused.length).toBeGreaterThan(2);
  for (const error of refused) expect(String(error)).toContain('page_out_of_order');
  expect(await differences(workspace)).toEqual([]);
});

test('R6: a take-over in the middle of a window that met its cap uses the whole checkpoint', async () => {
  const workspace = await createWorkspace({ customers: 25 });
  await runSync(workspace);
  const { customers } = await readWorld(workspace);
  for (const { id } of customers.slice(0, 9))
    await workspace.simulator('PATCH', `/customers/${id}`, { name: `Renamed ${id}` });
  const settings = { INCREMENTAL_PAGE_SIZE: '2', INCREMENTAL_MAX_PAGES: '2' };
  await runSync(workspace, { settings, ...crashBefore('incremental-fetch page 3') });
  const { checkpoint } = (await workspace.state()) as { checkpoint: Record<string, unknown> };
  expect(checkpoint).toMatchObject({ page_size: 2, next_page: 3 });

  await ageLease(workspace, true);
  await workspace.simulator('DELETE', '/requests');
  // Another page size in the settings does not change the window that is under way.
  const taken = await runSync(workspace, { settings: { INCREMENTAL_PAGE_SIZE: '50' } });
  expect(taken.outcome).toEqual({ status: 'completed' });
  const [first] = (await workspace.calls()).filter(({ path }) => path.endsWith('/customers'));
  expect(first!.query).toMatchObject({ page: '3', pageSize: '2', modifiedOnOrAfter: checkpoint.modified_on_or_after });
  expect(Date.parse(String((await workspace.state()).last_modified_cursor))).toBe(
    Date.parse(String(checkpoint.started_at)),
  );
  expect(await differences(workspace)).toEqual([]);
});

test('a run whose connection is switched off in the middle fails and says so', async () => {
  const workspace = await createWorkspace();
  const run = await runSync(workspace, {
    beforeStep: async (name) => {
      if (name === 'contacts-fetch') {
        await workspace.supabase
          .from('servicetitan_connections')
          .update({ enabled: false })
          .eq('workspace_id', workspace.workspaceId);
      }
    },
  });
  expect(run.outcome).toBeInstanceOf(Error);
  expect(await workspace.state()).toMatchObject({
    sync_status: 'failed',
    last_error: expect.stringContaining('no longer connected'),
  });
});
