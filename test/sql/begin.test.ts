// What a run is told when it begins: where its workspace stands.
import { expect, test } from 'vitest';
import { admin, type Row } from '../support/database.ts';
import { customer, sync } from './batches.ts';
import {
  advance,
  begin,
  claim,
  complete,
  connect,
  connectSynced,
  fail,
  ledgerOf,
  newInstanceId,
  randomId,
  STARTED_AT,
  startRun,
  stateOf,
} from './workspaces.ts';

const LATER = '2026-11-24T11:00:00+00:00';

test('a workspace never synced begins with an initial sync of the contacts feed', async () => {
  const run = await startRun(await connect());
  expect(run.begun).toEqual({
    fence: 1,
    country: null,
    time_zone: 'America/Denver',
    graded_for: null,
    tag_types: { due: true, refused: false },
    mode: 'initial',
    pass_due: false,
    started_at: STARTED_AT,
    modified_on_or_after: null,
    checkpoint: null,
    initial_feed: 'contacts',
    continue_from: null,
    contacts_continue_from: null,
    initial_stamp: null,
    contacts_stamp: null,
    settled: null,
    settled_until: null,
    export_seen: [],
    export_again: null,
    quarantined: [],
    rechecks: { due: [], canaries: [], failing: null },
    poison: [],
    poisoned_contacts: [],
  });
  expect(await stateOf(run)).toMatchObject({
    sync_status: 'running',
    source: run.source,
    initial_sync_completed: false,
    initial_started_at: STARTED_AT,
  });
  expect(await ledgerOf(run.instanceId)).toMatchObject({ status: 'running', mode: 'initial', source: run.source });
});

test('R4: after the initial sync a run asks from the cursor less the overlap', async () => {
  const run = await startRun(await connectSynced(), LATER);
  expect(run.begun).toEqual({
    fence: 2,
    country: null,
    time_zone: 'America/Denver',
    graded_for: null,
    tag_types: { due: true, refused: false },
    mode: 'incremental',
    pass_due: true,
    started_at: LATER,
    // 10:00, less the 15 minutes of the export's lag, less the overlap of 900 seconds.
    modified_on_or_after: '2026-11-24T09:30:00+00:00',
    checkpoint: null,
    initial_feed: null,
    continue_from: null,
    contacts_continue_from: 'contacts-token',
    initial_stamp: null,
    contacts_stamp: null,
    // R17: the first sync had no token of the customers, so they begin by date, an hour before it. The contacts go on from its own.
    settled: {
      customers: { from: '2026-11-24T09:00:00.0000000Z', stamp: null },
      contacts: { from: 'contacts-token', stamp: null },
    },
    settled_until: null,
    export_seen: [],
    export_again: null,
    quarantined: [],
    rechecks: { due: [], canaries: [], failing: null },
    poison: [],
    poisoned_contacts: [],
  });
  expect(await ledgerOf(run.instanceId)).toMatchObject({
    mode: 'incremental',
    window_from: '2026-11-24T09:30:00+00:00',
    window_started_at: LATER,
  });
  expect(await stateOf(run)).toMatchObject({ last_modified_cursor: '2026-11-24T09:45:00+00:00' });
});

test('beginning again gives the same answer, and the first started_at counts', async () => {
  const run = await startRun(await connectSynced(), LATER);
  const before = [await stateOf(run), await ledgerOf(run.instanceId)];
  expect(await begin(run, run.instanceId, '2026-11-24T23:00:00Z')).toEqual(run.begun);
  const [state, ledger] = [await stateOf(run), await ledgerOf(run.instanceId)];
  expect([{ ...state, alive_until: before[0]!['alive_until'] }, ledger]).toEqual(before);
});

test('beginning again does not reset the counts of the run', async () => {
  const run = await startRun(await connectSynced(), LATER);
  await sync(run, { customers: [customer('1')] });
  await begin(run, run.instanceId);
  expect(await stateOf(run)).toMatchObject({ last_sync_created: 1 });
  expect(await ledgerOf(run.instanceId)).toMatchObject({ created: 1 });
});

test('a new run counts from nought, and keeps the running total', async () => {
  const workspace = await connectSynced();
  const first = await startRun(workspace, LATER);
  await sync(first, { customers: [customer('1'), customer('2')] });
  await complete(first);
  await startRun(workspace, LATER);
  expect(await stateOf(workspace)).toMatchObject({
    last_sync_created: 0,
    last_sync_updated: 0,
    last_sync_errors: 0,
    total_customers_synced: 2,
  });
});

test('R10: a run is told whom to fetch again, the longest untried first and no more than 500', async () => {
  const workspace = await connectSynced();
  const run = await startRun(workspace, LATER);
  const quarantined = Array.from({ length: 503 }, (_, index): Row => ({
    crm_id: String(1000 + index),
    feed: 'customers',
    reason: 'name: too long',
  }));
  const { crm_id: twice } = quarantined[0]!;
  await sync(run, { rejected: [...quarantined, { crm_id: twice, feed: 'contacts', reason: '409' }] });
  await complete(run);
  const tried = ['1001', '1250', '1502'];
  await admin`
    update public.servicetitan_sync_errors set last_seen_at = last_seen_at + interval '1 minute'
    where workspace_id = ${workspace.workspaceId} and crm_id = any (${tried})
  `;
  const told = (await startRun(workspace, LATER)).begun['quarantined'] as string[];
  expect(told).toHaveLength(500);
  expect(new Set(told)).toEqual(
    new Set(quarantined.map(({ crm_id: id }) => id as string).filter((id) => !tried.includes(id))),
  );
});

test('R10: a run is told nothing of the quarantine of another workspace or tenant', async () => {
  const workspace = await connectSynced();
  const run = await startRun(workspace, LATER);
  await sync(run, { rejected: [{ crm_id: '1', feed: 'customers', reason: 'name: too long' }] });
  await complete(run);
  const moved = await connect(workspace.workspaceId, randomId());
  expect((await startRun(moved)).begun).toMatchObject({ quarantined: [] });
  expect((await startRun(await connectSynced(), LATER)).begun).toMatchObject({ quarantined: [] });
});

test('R4: the end of a window moves the cursor to its start, from which the next window counts', async () => {
  const workspace = await connectSynced();
  const run = await startRun(workspace, LATER);
  await advance(run, LATER);
  await complete(run);
  expect((await startRun(workspace, '2026-11-24T11:15:00Z')).begun).toMatchObject({
    modified_on_or_after: '2026-11-24T10:45:00+00:00',
  });
});

test('R10: a customer whose call fails is asked by every run in its first hour, hourly in its first day, then daily', async () => {
  const workspace = await connectSynced();
  const run = await startRun(workspace, LATER);
  const poison = (crmId: string): Row => ({ crm_id: crmId, feed: 'contacts', reason: '500', call_failed: true });
  // Since when it stands there, and when it was last asked.
  const stand: [id: string, since: string, asked: string][] = [
    ['1', '50 minutes', '0 minutes'],
    ['2', '2 hours', '50 minutes'],
    ['3', '2 hours', '70 minutes'],
    ['4', '2 days', '23 hours'],
    ['5', '2 days', '25 hours'],
  ];
  await sync(run, { rejected: [...stand.map(([id]) => poison(id)), { crm_id: '6', feed: 'customers', reason: 'x' }] });
  await complete(run);
  for (const [id, since, asked] of stand) {
    await admin`
      update public.servicetitan_sync_errors
      set first_seen_at = now() - ${since}::interval, last_seen_at = now() - ${asked}::interval
      where workspace_id = ${workspace.workspaceId} and crm_id = ${id}
    `;
  }
  expect((await startRun(workspace, LATER)).begun).toMatchObject({
    quarantined: ['6'],
    poison: ['5', '3', '1'],
    poisoned_contacts: ['1', '2', '3', '4', '5'],
  });
});

test('the last error stays while the next run is under way, and until one completes', async () => {
  const workspace = await connectSynced();
  await fail(await startRun(workspace), 'servicetitan_server');
  const run = await startRun(workspace);
  expect(await stateOf(run)).toMatchObject({ sync_status: 'running', last_error: 'What happened.' });
  await complete(run);
  expect(await stateOf(run)).toMatchObject({ sync_status: 'completed', last_error: null });
});

test('the error of a run that failed before it began stays until one completes, and that of another tenant does not', async () => {
  const workspace = await connect();
  const instanceId = newInstanceId(workspace);
  await claim(workspace, instanceId);
  await fail({ ...workspace, instanceId, fence: 1, begun: {} }, 'not_created');
  const run = await startRun(workspace);
  expect((await stateOf(run))['last_error']).not.toBeNull();
  await complete(run);
  expect((await stateOf(run))['last_error']).toBeNull();

  const failed = await startRun(workspace);
  await fail(failed, 'unexpected');
  await connect(workspace.workspaceId);
  expect((await stateOf(await startRun(workspace)))['last_error']).toBeNull();
});
