// Starting a run: one atomic call, and an answer for every case.
import { expect, test } from 'vitest';
import { admin, call, type Row } from '../support/database.ts';
import {
  type Answer,
  claim,
  complete,
  connect,
  fail,
  ledgerOf,
  letTimePass,
  newInstanceId,
  randomId,
  startRun,
  stateOf,
} from './workspaces.ts';

const claimAll = (claims: Row[]) => call<Answer[]>('claim_servicetitan_runs', { p_trigger: 'cron', p_claims: claims });

test('R8: a claim takes the lease and enters the ledger', async () => {
  const workspace = await connect();
  const instanceId = newInstanceId(workspace);
  expect(await claim(workspace, instanceId, 'manual', { tenant_id: workspace.tenantId })).toEqual({
    workspace_id: workspace.workspaceId,
    instance_id: instanceId,
    outcome: 'claimed',
  });
  expect(await stateOf(workspace)).toMatchObject({ run_instance_id: instanceId, fence: 1, sync_status: 'idle' });
  expect(await ledgerOf(instanceId)).toMatchObject({
    status: 'queued',
    trigger: 'manual',
    fence: 1,
    took_over: null,
  });
});

test('R8: the fence grows with every start', async () => {
  const workspace = await connect();
  const fences: number[] = [];
  for (let start = 0; start < 3; start += 1) {
    const run = await startRun(workspace);
    fences.push(run.fence);
    await complete(run);
  }
  expect(fences).toEqual([1, 2, 3]);
});

test('R14: a repeated tick is told that its run has started, and finished ones never start again', async () => {
  const workspace = await connect();
  const run = await startRun(workspace);
  expect(await claim(workspace, run.instanceId)).toMatchObject({
    instance_id: run.instanceId,
    outcome: 'already_started',
  });
  await complete(run);
  expect(await claim(workspace, run.instanceId)).toMatchObject({ outcome: 'already_started' });
  expect(await stateOf(workspace)).toMatchObject({ run_instance_id: null, fence: 1 });
});

test('R14: a run claimed but never begun may be created by a repeated tick, and keeps its fence', async () => {
  const workspace = await connect();
  const { instance_id: instanceId } = await claim(workspace);
  expect(await claim(workspace, instanceId)).toMatchObject({ instance_id: instanceId, outcome: 'claimed_before' });
  expect(await stateOf(workspace)).toMatchObject({ fence: 1 });
});

test('R8: while a run is alive another start is refused and told its instance', async () => {
  const run = await startRun(await connect());
  for (const trigger of ['cron', 'manual'] as const) {
    expect(await claim(run, undefined, trigger)).toEqual({
      workspace_id: run.workspaceId,
      instance_id: run.instanceId,
      outcome: 'running',
    });
  }
});

test("a tenant that is not the workspace's is refused, before anything else is told", async () => {
  const run = await startRun(await connect());
  const answer = await claim(run, undefined, 'manual', { tenant_id: randomId() });
  expect(answer.outcome).toBe('wrong_tenant');
  expect(answer.instance_id).not.toBe(run.instanceId);
});

test('a connection switched off, and a workspace without one, are refused and leave no run', async () => {
  const disabled = await connect();
  await admin`update public.servicetitan_connections set enabled = false where workspace_id = ${disabled.workspaceId}`;
  const unknown = { workspaceId: `w${randomId()}`, tenantId: '1', source: '' };
  const answers = [await claim(disabled), await claim(unknown)];
  expect(answers.map(({ outcome }) => outcome)).toEqual(['disabled', 'unknown_workspace']);
  for (const { instance_id: instanceId } of answers) expect(await ledgerOf(instanceId)).toBeUndefined();
  expect(await stateOf(unknown)).toBeUndefined();
});

test('refused credentials hold back ticks, not people, and ticks again when the wait is over', async () => {
  const workspace = await connect();
  await fail(await startRun(workspace), 'credentials_refused');
  expect((await claim(workspace)).outcome).toBe('backing_off');
  await fail(await startRun(workspace), 'credentials_refused');
  await letTimePass(workspace, '6 hours');
  expect((await claim(workspace)).outcome).toBe('claimed');
});

test('R8: hundreds of workspaces are claimed in one call, answered in the order asked, each on its own', async () => {
  const workspaces = await Promise.all(Array.from({ length: 300 }, () => connect()));
  const running = await startRun(workspaces[7]!);
  const claims = workspaces.map((workspace) => ({
    workspace_id: workspace.workspaceId,
    instance_id: newInstanceId(workspace),
  }));
  const answers = await claimAll(claims);
  expect(answers).toEqual(
    claims.map((asked, index) =>
      index === 7
        ? { ...asked, instance_id: running.instanceId, outcome: 'running' }
        : { ...asked, outcome: 'claimed' },
    ),
  );
});

test('claims of nothing are answered with nothing', async () => {
  expect(await claimAll([])).toEqual([]);
});

test('R8: a workspace named twice in one call starts once', async () => {
  const workspace = await connect();
  const other = await connect();
  const claims = [workspace, workspace, other].map((asked) => ({
    workspace_id: asked.workspaceId,
    instance_id: newInstanceId(asked),
  }));
  const outcomes = (await claimAll(claims)).map(({ outcome }) => outcome);
  expect(outcomes).toEqual(['claimed', 'running', 'claimed']);
  expect(await stateOf(workspace)).toMatchObject({ run_instance_id: claims[0]!.instance_id, fence: 1 });
});
