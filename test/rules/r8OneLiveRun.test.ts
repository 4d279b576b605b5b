// R8: one live run per workspace: the fence, the heartbeat, and who may start.
import { describe, expect, test } from 'vitest';
import type { FencedRun } from '../../src/supabase/ledger.ts';
import { customerRow } from '../function/rows.ts';
import { runSync } from '../support/ring.ts';
import { createWorkspace, type TestWorkspace } from '../support/workspace.ts';
import { beginRun, type LiveRun } from './liveRun.ts';

const MINUTE_MS = 60_000;
const commit = { feed: 'contacts', continue_from: 'token', done: true, read_at: null } as const;
const progress = { pages: 1, calls: 1, steps: 1 };
const setLease = ({ supabase, workspaceId }: TestWorkspace, lease: { alive_until?: string; nudged_at?: string }) =>
  supabase.from('servicetitan_sync_state').update(lease).eq('workspace_id', workspaceId);
const leaseLeft = async ({ state }: TestWorkspace) => Date.parse(String((await state()).alive_until)) - Date.now();
const ago = (minutes: number) => new Date(Date.now() - minutes * MINUTE_MS).toISOString();

const CALLS: Record<string, (live: LiveRun, workspace: TestWorkspace, run: FencedRun) => PromiseLike<unknown>> = {
  'the heartbeat': ({ ledger }, _, run) => ledger.hold(run, 0),
  "a page's token": ({ ledger }, _, run) => ledger.commitPage(run, commit),
  'the cursor': ({ ledger }, _, run) => ledger.advanceCursor(run, new Date().toISOString()),
  'the end of an initial sync': ({ ledger }, _, run) => ledger.advanceCursor(run, null),
  'the hand-over': ({ ledger }, _, run) =>
    ledger.continueIn(run, `${run.instanceId}-2`, { checkpoint: null, exportSeen: [], exportAgain: null }, progress),
  completion: ({ ledger }, _, run) => ledger.complete(run, null, progress),
  'a batch': async (_, { supabase }, run) => {
    const wireRun = {
      workspace_id: run.workspaceId,
      instance_id: run.instanceId,
      fence: run.fence,
      page: 1,
      part: '0',
    };
    const { error } = await supabase.rpc('sync_servicetitan_contacts', {
      p_batch: { run: wireRun, customers: [], contact_methods: [], rejected: [], commit: null },
    });
    if (error) throw new Error(error.message);
  },
  'a second normalisation of phones': async (_, { supabase }, run) => {
    const { error } = await supabase.rpc('renormalize_servicetitan_phones', {
      p_run: { workspace_id: run.workspaceId, instance_id: run.instanceId, fence: run.fence, page: 1, part: '0' },
      p_phones: [],
      p_commit: null,
    });
    if (error) throw new Error(error.message);
  },
};

describe('R8: without the lease', () => {
  test.for(Object.keys(CALLS))(
    '%s is refused: the fence and the instance both have to be those of the live run',
    async (what) => {
      const workspace = await createWorkspace({ customers: 0 });
      const live = await beginRun(workspace);
      await live.write({ customers: [customerRow('1')] }, 1);
      const before = await workspace.state();
      const olderFence = { ...live.run, fence: live.run.fence - 1 };
      const otherInstance = { ...live.run, instanceId: `${live.run.instanceId}9` };
      for (const run of [olderFence, otherInstance])
        await expect(Promise.resolve(CALLS[what]!(live, workspace, run))).rejects.toThrow(
          /superseded|another run|lease/i,
        );
      expect(await workspace.state()).toEqual(before);
      await CALLS[what]!(live, workspace, live.run);
    },
  );

  test('a failure is not written either', async () => {
    const workspace = await createWorkspace({ customers: 0 });
    const { ledger, run } = await beginRun(workspace);
    const failing = ledger.fail({ ...run, instanceId: `${run.instanceId}9` }, { code: 'x', message: 'x' }, progress);
    await expect(failing).rejects.toThrow();
    expect(await workspace.state()).toMatchObject({ sync_status: 'running', run_instance_id: run.instanceId });
  });
});

test('R8: every start has a greater fence than the one before, a take-over too', async () => {
  const workspace = await createWorkspace({ customers: 0 });
  const first = await beginRun(workspace);
  await first.ledger.complete(first.run, null, progress);
  const second = await beginRun(workspace);
  await setLease(workspace, { alive_until: ago(60), nudged_at: ago(30) });
  const third = await beginRun(workspace);
  const fences = [first, second, third].map(({ run }) => run.fence);
  expect(fences).toEqual([...new Set(fences)].toSorted((a, b) => a - b));
  await expect(second.write({ customers: [customerRow('1')] })).rejects.toThrow();
  expect((await workspace.contacts()).size).toBe(0);
});

test.for(['complete', 'fail'] as const)('R8: a run that ends (%s) frees the lease at once', async (end) => {
  const workspace = await createWorkspace({ customers: 0 });
  const { ledger, run } = await beginRun(workspace);
  if (end === 'complete') await ledger.complete(run, null, progress);
  else await ledger.fail(run, { code: 'x', message: 'x' }, progress);
  expect(await workspace.state()).toMatchObject({ run_instance_id: null, alive_until: null });
  expect((await beginRun(workspace)).run.fence).toBeGreaterThan(run.fence);
});

test('R8: an instance id that is in the ledger does not start again', async () => {
  const workspace = await createWorkspace({ customers: 0 });
  const { ledger, run } = await beginRun(workspace);
  await ledger.complete(run, null, progress);
  const claims = [{ workspace_id: run.workspaceId, instance_id: run.instanceId }];
  for (const trigger of ['cron', 'manual'] as const)
    expect(await ledger.claim(trigger, claims)).toMatchObject([{ outcome: 'already_started' }]);
  expect(await workspace.state()).toMatchObject({ run_instance_id: null });
});

describe('R8: the heartbeat', () => {
  test('says ten minutes from now, and the announced wait on top', async () => {
    const workspace = await createWorkspace({ customers: 0 });
    const { ledger, run } = await beginRun(workspace);
    await setLease(workspace, { alive_until: ago(1) });
    await ledger.hold(run, 0);
    expect(await leaseLeft(workspace)).toBeGreaterThan(9 * MINUTE_MS);
    await ledger.hold(run, 3600);
    expect(await leaseLeft(workspace)).toBeGreaterThan(69 * MINUTE_MS);
    await ledger.hold(run, 0);
    expect(await leaseLeft(workspace)).toBeGreaterThan(69 * MINUTE_MS);
  });

  test('comes with every fetch and with every write', async () => {
    const workspace = await createWorkspace({ customers: 3 });
    const left = new Map<string, number>();
    await runSync(workspace, {
      beforeStep: async (name) => {
        left.set(name, await leaseLeft(workspace));
        if (name === 'export-fetch' || name === 'export-sync') await setLease(workspace, { alive_until: ago(1) });
      },
    });
    for (const stepAfter of ['export-sync', 'update-cursor'])
      expect(left.get(stepAfter)).toBeGreaterThan(9 * MINUTE_MS);
  });

  test('covers the wait that ServiceTitan asks for', async () => {
    const workspace = await createWorkspace({ customers: 3 });
    await runSync(workspace);
    await workspace.simulator('POST', '/faults', {
      match: { pathIncludes: '/customers', queryIncludes: 'modifiedOnOrAfter' },
      times: 1,
      fault: { status: 429, body: 'problem', retryAfterSeconds: 900 },
    });
    let left = 0;
    const run = await runSync(workspace, {
      beforeStep: async (name) => {
        if (name === 'incremental-fetch after wait 1') left = await leaseLeft(workspace);
      },
    });
    expect(run.slept).toEqual([900_000]);
    expect(left).toBeGreaterThan(24 * MINUTE_MS);
  });
});

test('R8: a nudge that was answered by life is forgotten: later silence is nudged anew, not taken over', async () => {
  const workspace = await createWorkspace({ customers: 3 });
  const { ledger, run } = await beginRun(workspace);
  await setLease(workspace, { alive_until: ago(60), nudged_at: ago(30) });
  await ledger.hold(run, 0);
  await setLease(workspace, { alive_until: ago(1) });
  const claims = [{ workspace_id: run.workspaceId, instance_id: `sync-${run.workspaceId}-${Date.now() + 1000}` }];
  expect(await ledger.claim('cron', claims)).toMatchObject([{ outcome: 'stalled', instance_id: run.instanceId }]);
});
