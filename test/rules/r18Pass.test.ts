// R18: a pass, as whole runs drive it.
import { expect, test } from 'vitest';
import { admin } from '../support/database.ts';
import { compareAll, createSynced, proofsOf } from '../support/proofs.ts';
import { runSync } from '../support/ring.ts';
import { differences } from '../support/truth.ts';

const WEEKLY = { FULL_PASS_DAYS: '7' };
const SMALL = { INCREMENTAL_PAGE_SIZE: '1', INITIAL_CHUNK_SIZE: '40' };

test('R18: the second run of a workspace begins its pass, which writes nothing where all is equal, and is whole', async () => {
  const workspace = await createSynced(30);
  expect(await proofsOf(workspace)).toEqual([]);
  const run = await runSync(workspace, { settings: WEEKLY });
  expect(run.outcome).toEqual({ status: 'completed' });
  expect(run.steps.filter((step) => step.startsWith('pass-'))).toEqual([
    'pass-begin',
    'pass-contacts-fetch',
    'pass-contacts-sync',
    'pass-begin page 2',
    'pass-customers 2-fetch',
    'pass-customers 2-sync',
    'pass-begin page 3',
  ]);
  // What was changed while it read comes with the live pages of the next run.
  const sweep = await runSync(workspace, { settings: WEEKLY });
  expect(sweep.steps.filter((step) => step.startsWith('pass-'))).toEqual([
    'pass-begin',
    'pass-sweep',
    'pass-begin page 2',
  ]);
  expect(await proofsOf(workspace)).toMatchObject([
    { why: 'first', whole: true, why_not: [], listed: 30, seen: 30, right_when_read: 30, mended: 0 },
  ]);
  const again = await runSync(workspace, { settings: WEEKLY });
  expect(again.steps.filter((step) => step.startsWith('pass-'))).toEqual([]);
});

test('R18: plants of each kind are found, counted in their class, and mended or named', async () => {
  const workspace = await createSynced(40);
  const { workspaceId } = workspace;
  const ids = [...(await workspace.contacts()).keys()].toSorted();
  const [missing, stale, edited, moved, foreign] = ids as [string, string, string, string, string];
  const own = { workspace_id: workspaceId };
  await admin`delete from public.contacts where workspace_id = ${workspaceId} and crm_id = ${missing}`;
  await admin`update public.contacts set crm_modified_on = '2020-01-01T00:00:00.0000000Z', name = 'Old' where workspace_id = ${workspaceId} and crm_id = ${stale}`;
  await admin`update public.contacts set name = 'By hand', phone = '+19998887777' where workspace_id = ${workspaceId} and crm_id = ${edited}`;
  await admin`update public.contacts set crm_modified_on = '2099-01-01T00:00:00.0000000Z', name = 'Ahead' where workspace_id = ${workspaceId} and crm_id = ${moved}`;
  await admin`update public.contacts set crm_source = 'production/1' where workspace_id = ${workspaceId} and crm_id = ${foreign}`;
  await admin`insert into public.servicetitan_sync_errors (workspace_id, source, crm_id, feed, reason, instance_id) values (${workspaceId}, ${`production/${workspace.tenantId}`}, '987654', 'customers', 'planted', 'x')`;
  await admin`insert into public.contacts ${admin({ ...own, crm_id: '876543', crm_source: `production/${workspace.tenantId}`, crm_modified_on: '2020-01-01T00:00:00.0000000Z', name: 'Extra' })}`;
  const proof = await compareAll(workspace);
  expect(proof).toMatchObject({
    whole: true,
    why_not: [],
    seen: 40,
    missing: 2,
    stale: 1,
    differing: 1,
    went_back: 1,
    gone: 2,
    ids: {
      missing: [foreign, missing].toSorted(),
      stale: [stale],
      differing: [edited],
      went_back: [moved],
    },
  });
  expect(proof.ids['gone']!.toSorted()).toEqual(['876543', '987654']);
  expect((await workspace.contacts()).get('876543')).toMatchObject({ crm_missing_since: expect.any(String) });
  const rest = await differences(workspace);
  expect(new Set(rest.map(({ crmId }) => crmId))).toEqual(new Set([moved, '876543']));
});

test('R18: a pass that somebody waits for goes on run after run, in slices, each behind the live pages', async () => {
  const workspace = await createSynced(300);
  await runSync(workspace);
  await workspace.simulator('PUT', '/switches', { exportBatchSize: 20 });
  const run = await runSync(workspace, { mode: 'full', settings: SMALL });
  const runs = run.steps.filter((step) => step === 'update-completed').length;
  expect(runs).toBeGreaterThan(1);
  expect(run.steps.filter((step) => step === 'next-run')).toHaveLength(runs - 1);
  expect(await proofsOf(workspace)).toMatchObject([{ why: 'asked', whole: true, seen: 300, right_when_read: 300 }]);
});
