// The tables of the sync harmed between two runs, for one workspace of a claim: that one starts all the same, or is told,
// and the others start.
import { expect, test } from 'vitest';
import { admin, call, callIn, type Row } from '../support/database.ts';
import {
  type Answer,
  claim,
  complete,
  connect,
  fenced,
  ledgerOf,
  newInstanceId,
  startRun,
  stateOf,
  type Workspace,
} from './workspaces.ts';

const asked = (workspaces: Workspace[]) =>
  workspaces.map((workspace) => ({
    workspace_id: workspace.workspaceId,
    instance_id: newInstanceId(workspace),
  }));
const claimAll = (workspaces: Workspace[]) =>
  call<Answer[]>('claim_servicetitan_runs', { p_trigger: 'cron', p_claims: asked(workspaces) });

/** A workspace that has had three runs, of fences 1 to 3. */
async function connectUsed(): Promise<Workspace> {
  const workspace = await connect();
  for (let run = 0; run < 3; run += 1) await complete(await startRun(workspace));
  return workspace;
}

const HARMS: Record<string, (workspace: Workspace) => Promise<unknown>> = {
  'whose state row was deleted': ({ workspaceId }) =>
    admin`delete from public.servicetitan_sync_state where workspace_id = ${workspaceId}`,
  'whose state row was put back from before its last runs': ({ workspaceId }) =>
    admin`update public.servicetitan_sync_state set fence = 1 where workspace_id = ${workspaceId}`,
  'whose ledger rows were deleted': ({ workspaceId }) =>
    admin`delete from public.servicetitan_sync_runs where workspace_id = ${workspaceId}`,
  'whose fence is the greatest number there is': ({ workspaceId }) =>
    admin`update public.servicetitan_sync_state set fence = 9223372036854775807 where workspace_id = ${workspaceId}`,
  'whose fence is negative': ({ workspaceId }) =>
    admin`update public.servicetitan_sync_state set fence = -5 where workspace_id = ${workspaceId}`,
  'whose last run has the greatest fence there is': ({ workspaceId }) =>
    admin`
      update public.servicetitan_sync_runs set fence = 9223372036854775807
      where workspace_id = ${workspaceId} and fence = 3
    `,
  'whose last run has the greatest fence that counts': ({ workspaceId }) =>
    admin`
      update public.servicetitan_sync_runs set fence = 1000000000000000 where workspace_id = ${workspaceId} and fence = 3
    `,
};

test.for(Object.keys(HARMS))('R8: a workspace %s starts, twice, and so do the others of the call', async (harm) => {
  const workspaces = [await connect(), await connectUsed(), await connect()];
  const harmed = workspaces[1]!;
  await HARMS[harm]!(harmed);
  expect((await claimAll(workspaces)).map(({ outcome }) => outcome)).toEqual(['claimed', 'claimed', 'claimed']);
  const { run_instance_id: instanceId, fence } = await stateOf(harmed);
  await call('begin_servicetitan_run', {
    p_workspace_id: harmed.workspaceId,
    p_instance_id: instanceId,
    p_started_at: '2026-11-24T10:00:00Z',
    p_overlap_seconds: 900,
  });
  await complete({ ...harmed, instanceId: String(instanceId), fence: Number(fence), begun: {} });
  expect((await startRun(harmed)).fence).toBeGreaterThan(0);
});

test('R8: the fence is greater than those of the state and of the ledger, whichever of the two was put back', async () => {
  const [one, other] = [await connectUsed(), await connectUsed()];
  // The ledger's oldest are pruned.
  await admin`delete from public.servicetitan_sync_runs where workspace_id = ${one.workspaceId} and fence = 1`;
  await HARMS['whose state row was deleted']!(one);
  await HARMS['whose ledger rows were deleted']!(other);
  expect([(await startRun(one)).fence, (await startRun(other)).fence]).toEqual([4, 4]);
});

test('R14: a workspace whose claim fails is told so by its SQLSTATE, and the others of the call start', async () => {
  const workspaces = [await connect(), await connect(), await connect()];
  const broken = workspaces[1]!;
  const answers = await admin
    .begin(async (sql) => {
      await sql.unsafe(`
        create function pg_temp.refuse() returns trigger language plpgsql
        as $$ begin raise exception using errcode = '23514', message = 'no'; end $$;
        create trigger refuse before insert on public.servicetitan_sync_runs
        for each row when (new.workspace_id = '${broken.workspaceId}') execute function pg_temp.refuse();
      `);
      const p_claims = asked(workspaces);
      throw { answers: await callIn<Row[]>(sql, 'claim_servicetitan_runs', { p_trigger: 'cron', p_claims }) };
    })
    .catch((thrown: { answers?: Row[] }) => thrown.answers ?? Promise.reject(thrown));
  expect(answers.map(({ outcome, sqlstate }) => [outcome, sqlstate])).toEqual([
    ['claimed', undefined],
    ['claim_failed', '23514'],
    ['claimed', undefined],
  ]);
});

test('R8: a lease whose run is not in the ledger is taken over like any other that shows no life', async () => {
  const run = await startRun(await connect());
  await admin`delete from public.servicetitan_sync_runs where instance_id = ${run.instanceId}`;
  await admin`
    update public.servicetitan_sync_state set alive_until = now() - interval '1 hour' where workspace_id = ${run.workspaceId}
  `;
  expect((await claim(run)).outcome).toBe('stalled');
  await admin`
    update public.servicetitan_sync_state set nudged_at = now() - interval '6 minutes' where workspace_id = ${run.workspaceId}
  `;
  expect((await claim(run)).outcome).toBe('claimed');
});

const NONSENSE: Record<string, string> = {
  'a lease without an end': "alive_until = 'infinity'",
  'a lease until 2099': "alive_until = '2099-01-01'",
  'a lease of no time at all': 'alive_until = null',
  'a nudge in the future': "alive_until = '2020-01-01', nudged_at = 'infinity'",
};

test.for(Object.keys(NONSENSE))('R8: %s holds nothing up for ever', async (nonsense) => {
  const run = await startRun(await connect());
  await admin`
    update public.servicetitan_sync_state set ${admin.unsafe(NONSENSE[nonsense]!)} where workspace_id = ${run.workspaceId}
  `;
  expect((await claim(run)).outcome).toBe('stalled');
  expect(await listed(run)).toMatchObject({ running: false, stalled: true });
  await admin`
    update public.servicetitan_sync_state set nudged_at = nudged_at - interval '6 minutes' where workspace_id = ${run.workspaceId}
  `;
  expect((await claim(run)).outcome).toBe('claimed');
});

test('a wait after refused credentials that is longer than any is over', async () => {
  const workspace = await connect();
  await admin`
    update public.servicetitan_sync_state set next_attempt_at = 'infinity' where workspace_id = ${workspace.workspaceId}
  `;
  expect(await listed(workspace)).toMatchObject({ backing_off: false });
  expect((await claim(workspace)).outcome).toBe('claimed');
});

test('R8: a start ends what the ledger still takes for under way', async () => {
  const lost = await startRun(await connect());
  await admin`
    update public.servicetitan_sync_state set run_instance_id = null, alive_until = null
    where workspace_id = ${lost.workspaceId}
  `;
  const run = await startRun(lost);
  expect(await ledgerOf(lost.instanceId)).toMatchObject({ status: 'superseded' });
  expect(await ledgerOf(run.instanceId)).toMatchObject({ status: 'running' });
});

test('R8: a hand-over has a fence above those of the ledger too', async () => {
  const run = await startRun(await connect());
  await admin`
    insert into public.servicetitan_sync_runs (instance_id, workspace_id, fence, trigger)
    values (${newInstanceId(run)}, ${run.workspaceId}, ${run.fence + 1}, 'cron')
  `;
  const progress = { p_pages: 1, p_calls: 1 };
  await call('continue_servicetitan_run', {
    ...fenced(run),
    p_successor_id: `${run.instanceId}-2`,
    p_checkpoint: null,
    ...progress,
  });
  expect(await stateOf(run)).toMatchObject({ run_instance_id: `${run.instanceId}-2`, fence: run.fence + 2 });
});

async function listed({ workspaceId }: Workspace): Promise<Row> {
  const { workspaces } = await call<{ workspaces: Row[] }>('list_servicetitan_workspaces', {
    p_after: workspaceId.slice(0, -1),
    p_limit: 500,
  });
  return workspaces.find(({ workspace_id }) => workspace_id === workspaceId)!;
}
