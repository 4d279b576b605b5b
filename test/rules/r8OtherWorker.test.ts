// R8: a second Worker on the same database. Its engine knows nothing of the first one's instances, so it may not judge them.
import { expect, test } from 'vitest';
import type { SyncParams } from '../../src/config.ts';
import { type StartedRun, startRun } from '../../src/schedule/startRun.ts';
import { createLedger } from '../../src/supabase/ledger.ts';
import { createWorkspace, type TestWorkspace } from '../support/workspace.ts';
import { beginRun } from './liveRun.ts';

const PROGRESS = { pages: 1, calls: 1, steps: 1 };
const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();
const setState = ({ supabase, workspaceId }: TestWorkspace, fields: object) =>
  supabase.from('servicetitan_sync_state').update(fields).eq('workspace_id', workspaceId);

/** `/trigger` of a Worker whose engine has no instance yet. */
function trigger({ supabase, workspaceId, tenantId }: TestWorkspace, deployment: string): Promise<StartedRun> {
  const engine = {
    get: async () => {
      throw new Error('instance.not_found');
    },
    create: async () => {},
  } as unknown as Workflow<SyncParams>;
  return startRun(engine, createLedger(supabase, deployment), { workspaceId, tenantId }, { log: () => {} });
}

test('R8: the /trigger of another Worker is told whose run is under way, and ends nothing', async () => {
  const workspace = await createWorkspace({ customers: 0 });
  const { ledger, run } = await beginRun(workspace);
  expect(await trigger(workspace, 'staging')).toMatchObject({ outcome: 'elsewhere', deployment: 'production' });
  expect(await ledger.readRun(run.instanceId)).toMatchObject({ status: 'running' });
  await ledger.hold(run, 0);
});

test('R8: for an hour after a completed run the other Worker is told, and the same one may start', async () => {
  const workspace = await createWorkspace({ customers: 0 });
  const { ledger, run } = await beginRun(workspace);
  await ledger.complete(run, null, PROGRESS);
  await setState(workspace, { last_completed_at: ago(59) });
  expect(await trigger(workspace, 'staging')).toMatchObject({ outcome: 'elsewhere', deployment: 'production' });
  expect(await trigger(workspace, 'production')).toMatchObject({ outcome: 'claimed' });
});

test('R8: after that hour another Worker may start, so a Worker can be given another name', async () => {
  const workspace = await createWorkspace({ customers: 0 });
  const { ledger, run } = await beginRun(workspace);
  await ledger.complete(run, null, PROGRESS);
  await setState(workspace, { last_completed_at: ago(61) });
  expect(await trigger(workspace, 'staging')).toMatchObject({ outcome: 'claimed' });
  expect(await trigger(workspace, 'production')).toMatchObject({ outcome: 'elsewhere', deployment: 'staging' });
});

test('R8: a Worker whose runs fail keeps no other out', async () => {
  const workspace = await createWorkspace({ customers: 0 });
  const { ledger, run } = await beginRun(workspace);
  await ledger.fail(run, { code: 'config_invalid', message: 'no' }, PROGRESS);
  expect(await trigger(workspace, 'staging')).toMatchObject({ outcome: 'claimed' });
});

test('R8: a run that died, past its lease, is healed by whichever Worker comes first', async () => {
  const workspace = await createWorkspace({ customers: 0 });
  await beginRun(workspace);
  await setState(workspace, { alive_until: ago(1) });
  expect(await trigger(workspace, 'staging')).toMatchObject({ outcome: 'claimed' });
});

test('R8: of a name in the database that is none only that is told', async () => {
  const workspace = await createWorkspace({ customers: 0 });
  await beginRun(workspace);
  await setState(workspace, { deployment: 'Some <b>body</b> else' });
  expect(await trigger(workspace, 'staging')).toMatchObject({ outcome: 'elsewhere', deployment: 'of another name' });
});
