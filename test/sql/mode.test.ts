// Whether a run is an initial sync or an incremental one, and what starts everything over.
import { expect, test } from 'vitest';
import { admin } from '../support/database.ts';
import { customer, sync } from './batches.ts';
import {
  commit,
  complete,
  connect,
  connectSynced,
  continueIn,
  fail,
  STARTED_AT,
  startRun,
  stateOf,
  letDie,
} from './workspaces.ts';

const LATER = '2026-11-24T11:00:00+00:00';

test('a requested initial sync begins anew and keeps the cursor until its end', async () => {
  const workspace = await connectSynced();
  const run = await startRun(workspace, LATER, { mode: 'initial' });
  expect(run.begun).toMatchObject({
    mode: 'initial',
    started_at: LATER,
    modified_on_or_after: null,
    initial_feed: 'contacts',
    continue_from: null,
  });
  expect(await stateOf(run)).toMatchObject({
    initial_sync_completed: true,
    last_modified_cursor: '2026-11-24T09:45:00+00:00',
    initial_started_at: LATER,
  });
});

test('R12: a requested initial sync that broke off is gone on with by the next run, asked for or not', async () => {
  const workspace = await connectSynced();
  const broken = await startRun(workspace, LATER, { mode: 'initial' });
  await commit(broken, { feed: 'initial_contacts', continue_from: 'page-2' });
  await letDie(workspace);
  const next = await startRun(workspace, '2026-11-24T12:00:00Z');
  expect(next.begun).toMatchObject({
    mode: 'initial',
    started_at: LATER,
    initial_feed: 'contacts',
    continue_from: 'page-2',
  });
});

test('a full sync of a workspace that is synced already is called off by asking for an incremental run', async () => {
  const workspace = await connectSynced();
  const full = await startRun(workspace, LATER, { mode: 'initial' });
  await commit(full, { feed: 'initial_contacts', continue_from: 'page-2' });
  await complete(full);
  const run = await startRun(workspace, LATER, { mode: 'incremental' });
  expect(run.begun).toMatchObject({
    mode: 'incremental',
    initial_feed: null,
    contacts_continue_from: 'contacts-token',
  });
  await complete(run);
  expect((await startRun(workspace, LATER)).begun).toMatchObject({ mode: 'incremental' });
});

test('a full sync of a workspace that is synced already gives way to incremental runs when it fails', async () => {
  const workspace = await connectSynced();
  const full = await startRun(workspace, LATER, { mode: 'initial' });
  await commit(full, { feed: 'initial_contacts', continue_from: 'page-2' });
  await fail(full, 'service_titan_down');
  expect((await startRun(workspace, LATER)).begun).toMatchObject({
    mode: 'incremental',
    modified_on_or_after: '2026-11-24T09:30:00+00:00',
  });
});

test('an incremental run may be asked for by name, but not before the initial sync is done', async () => {
  const run = await startRun(await connect(), STARTED_AT, { mode: 'incremental' });
  expect(run.begun).toMatchObject({ mode: 'initial' });
  const other = await startRun(await connectSynced(), LATER, { mode: 'incremental' });
  expect(other.begun).toMatchObject({ mode: 'incremental' });
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
