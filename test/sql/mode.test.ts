// Whether a run is an initial sync or an incremental one, and what starts everything over.
import { expect, test } from 'vitest';
import { admin } from '../support/database.ts';
import { customer, sync } from './batches.ts';
import { complete, connect, connectSynced, continueIn, fail, STARTED_AT, startRun, stateOf } from './workspaces.ts';

const LATER = '2026-11-24T11:00:00+00:00';

test('R12: a workspace that is synced is never read as if it were new, whatever its last run did', async () => {
  expect((await startRun(await connect(), STARTED_AT)).begun).toMatchObject({ mode: 'initial' });
  const workspace = await connectSynced();
  await fail(await startRun(workspace, LATER), 'service_titan_down');
  expect((await startRun(workspace, LATER)).begun).toMatchObject({ mode: 'incremental', initial_feed: null });
});

test('R3: another tenant starts over, with nothing of the old one', async () => {
  const workspace = await connectSynced();
  const capped = await startRun(workspace, LATER);
  await sync(capped, { customers: [customer('1')] });
  const checkpoint = { modified_on_or_after: '2026-11-24T09:30:00Z', page_size: 50, next_page: 101, started_at: LATER };
  await complete(await continueIn(capped, checkpoint));

  const moved = await connect(workspace.workspaceId);
  const run = await startRun(moved, '2026-11-24T12:00:00+00:00');
  expect(run.begun).toMatchObject({
    mode: 'initial',
    started_at: '2026-11-24T12:00:00+00:00',
    checkpoint: null,
    initial_feed: 'contacts',
    continue_from: null,
    contacts_continue_from: null,
    quarantined: [],
  });
  expect(await stateOf(moved)).toMatchObject({
    source: moved.source,
    last_modified_cursor: null,
    initial_sync_completed: false,
    total_customers_synced: 0,
  });
});

test('R3: the same tenant in another environment is another source', async () => {
  const workspace = await connectSynced();
  await admin`
    update public.servicetitan_connections set environment = 'integration' where workspace_id = ${workspace.workspaceId}
  `;
  expect((await startRun(workspace, LATER)).begun).toMatchObject({ mode: 'initial', contacts_continue_from: null });
});

test('R3: new credentials for the same tenant start nothing over', async () => {
  const workspace = await connectSynced();
  await connect(workspace.workspaceId, workspace.tenantId);
  expect((await startRun(workspace, LATER)).begun).toMatchObject({ mode: 'incremental' });
});
