// What a person or a deploy does to the instance of a run, in workerd. Each fault has its row in docs/reliability.md.
import { createExecutionContext, createScheduledController, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { expect, test, vi } from 'vitest';
import worker from '../../src/index.ts';
import { createLedger, type LedgerRun } from '../../src/supabase/ledger.ts';
import { expectCursorKept, type Kept } from '../resilience/faults/changedWorkspace.ts';
import { differences, readWorld } from '../support/truth.ts';
import { createWorkspace, type TestWorkspace } from '../support/workspace.ts';
import { call } from './call.ts';

const workflow = env.SERVICETITAN_SYNC;

let minute = 0;
/** A tick at night: what it heals does not wait for the morning. Each has an instant of its own. */
async function tickAtNight(): Promise<number> {
  minute += 1;
  const scheduledTime = Date.parse('2026-04-09T08:00:00Z') + minute * 60_000;
  const context = createExecutionContext();
  await worker.scheduled(
    createScheduledController({ cron: '*/15 * * * *', scheduledTime: new Date(scheduledTime) }),
    env,
  );
  await waitOnExecutionContext(context);
  return scheduledTime;
}

const runOf = (workspace: TestWorkspace, instanceId: string) => createLedger(workspace.supabase).readRun(instanceId);
const waitForRun = (workspace: TestWorkspace, instanceId: string) =>
  vi.waitFor(
    async () => {
      const run = await runOf(workspace, instanceId);
      expect(run?.status).toMatch(/completed|failed|superseded/);
      return run!;
    },
    { timeout: 30_000, interval: 50 },
  );
const trigger = (workspace: TestWorkspace) =>
  call({
    method: 'POST',
    path: '/trigger',
    body: { workspaceId: workspace.workspaceId, tenantId: workspace.tenantId },
  });
const endLease = ({ supabase, workspaceId }: TestWorkspace) =>
  supabase
    .from('servicetitan_sync_state')
    .update({ alive_until: new Date(Date.now() - 1000).toISOString() })
    .eq('workspace_id', workspaceId);

/** A workspace with all customers renamed, and a run of it that ServiceTitan keeps waiting on its second page. */
async function runInTheMiddle(): Promise<{
  workspace: TestWorkspace;
  instanceId: string;
  before: Pick<Kept, 'state'>;
}> {
  const workspace = await createWorkspace({ customers: 120 });
  await waitForRun(workspace, (await trigger(workspace)).body.instanceId);
  for (const { id } of (await readWorld(workspace)).customers) {
    await workspace.simulator('PATCH', `/customers/${id}`, { name: `Renamed ${id}` });
  }
  await workspace.simulator('POST', '/faults', {
    match: { pathIncludes: '/customers', queryIncludes: 'page=2' },
    times: 1,
    fault: { delayMs: 2000 },
  });
  await workspace.simulator('DELETE', '/requests');
  const before = { state: await workspace.state() };
  const { instanceId } = (await trigger(workspace)).body;
  await vi.waitFor(async () => expect((await runOf(workspace, instanceId))?.updated).toBe(50), {
    timeout: 20_000,
    interval: 20,
  });
  return { workspace, instanceId, before };
}

/** The next run read from the cursor and the token that stood before; the rows that had been written cost nothing. */
async function expectGoneOnFrom(
  { state }: Pick<Kept, 'state'>,
  workspace: TestWorkspace,
  next: LedgerRun,
): Promise<void> {
  expect(next).toMatchObject({ status: 'completed', mode: 'incremental' });
  expect(Date.parse(next.window_from!)).toBe(Date.parse(String(state.last_modified_cursor)) - 900_000);
  expect(next.unchanged).toBeGreaterThanOrEqual(50);
  const feed = (await workspace.calls()).filter(({ path }) => path.endsWith('/export/customers/contacts'));
  expect(feed[0]?.query).toMatchObject({ from: state.contacts_continue_from });
}

test('an instance terminated by hand is ended by the next tick, which starts another run', async () => {
  const { workspace, instanceId, before } = await runInTheMiddle();
  await (await workflow.get(instanceId)).terminate();
  // Within its lease a tick leaves it alone.
  await tickAtNight();
  expect(await runOf(workspace, instanceId)).toMatchObject({ status: 'running', error: null });
  // The ledger does not know yet, but /status does.
  expect((await call({ path: `/status?instanceId=${instanceId}` })).body).toMatchObject({
    status: { status: 'terminated' },
    progress: { status: 'running', error: expect.stringContaining('terminated by hand') },
  });

  await expectCursorKept(workspace, before);

  await endLease(workspace);
  const at = await tickAtNight();
  expect(await runOf(workspace, instanceId)).toMatchObject({
    status: 'failed',
    error:
      'The Workflow instance of this run was terminated by hand before it ended: nothing that was written is lost, and the next run goes on from there.',
  });
  const next = await waitForRun(workspace, `sync-${workspace.workspaceId}-${at}`);
  await expectGoneOnFrom(before, workspace, next);
  expect(await differences(workspace)).toEqual([]);
});

test('an instance terminated by hand does not stand in the way of /trigger', async () => {
  const { workspace, instanceId, before } = await runInTheMiddle();
  expect((await trigger(workspace)).status).toBe(409);
  await (await workflow.get(instanceId)).terminate();
  await expectCursorKept(workspace, before);
  const started = await trigger(workspace);
  expect(started).toMatchObject({ status: 200, body: { success: true } });
  await expectGoneOnFrom(before, workspace, await waitForRun(workspace, started.body.instanceId));
  expect((await runOf(workspace, instanceId))?.status).toBe('failed');
  expect(await differences(workspace)).toEqual([]);
});

test('an instance deleted by hand is ended by the next tick, which starts another run', async () => {
  const { workspace, instanceId, before } = await runInTheMiddle();
  await (await workflow.get(instanceId)).delete();
  await expectCursorKept(workspace, before);
  await endLease(workspace);
  const at = await tickAtNight();
  expect(await runOf(workspace, instanceId)).toMatchObject({
    status: 'failed',
    error:
      'The Workflow instance of this run was deleted by hand before it ended: nothing that was written is lost, and the next run goes on from there.',
  });
  await expectGoneOnFrom(before, workspace, await waitForRun(workspace, `sync-${workspace.workspaceId}-${at}`));
  expect(await differences(workspace)).toEqual([]);
});

test('a second instance for the same run, or one that nobody claimed, is refused and writes nothing', async () => {
  const { workspace, instanceId } = await runInTheMiddle();
  const params = { workspaceId: workspace.workspaceId };
  await expect(workflow.create({ id: instanceId, params })).rejects.toThrow('already exists');
  const foreign = `sync-${workspace.workspaceId}-1`;
  const other = await workflow.create({ id: foreign, params });
  await vi.waitFor(async () => expect(await other.status()).toMatchObject({ status: 'complete' }), { timeout: 20_000 });
  expect(await other.status()).toMatchObject({ output: { status: 'superseded' } });
  expect(await waitForRun(workspace, instanceId)).toMatchObject({ status: 'completed' });
  expect(await runOf(workspace, foreign)).toBeNull();
  expect(await differences(workspace)).toEqual([]);
});

test('an instance restarted by hand after its run has ended is refused and writes nothing', async () => {
  const { workspace, instanceId } = await runInTheMiddle();
  await waitForRun(workspace, instanceId);
  const contacts = await workspace.contacts();
  const instance = await workflow.get(instanceId);
  await instance.restart();
  await vi.waitFor(
    async () => expect(await instance.status()).toMatchObject({ status: 'complete', output: { status: 'superseded' } }),
    { timeout: 20_000 },
  );
  expect(await workspace.contacts()).toEqual(contacts);
  expect(await runOf(workspace, instanceId)).toMatchObject({ status: 'completed', error: null });
});
