// Showing, pausing and disconnecting a workspace, and what becomes of its run.
import { expect, test } from 'vitest';
import { admin, call, rowsOf, SUPERSEDED, type Row } from '../support/database.ts';
import {
  begin,
  claim,
  complete,
  connect,
  connectSynced,
  fail,
  fenced,
  ledgerOf,
  newInstanceId,
  randomId,
  startRun,
  stateOf,
  type Workspace,
} from './workspaces.ts';

const read = ({ workspaceId }: Workspace) =>
  call<Row | null>('read_servicetitan_connection', { p_workspace_id: workspaceId });
const enable = ({ workspaceId }: Workspace, enabled: boolean) =>
  call<boolean>('enable_servicetitan_connection', { p_workspace_id: workspaceId, p_enabled: enabled });
const disconnect = ({ workspaceId }: Workspace) =>
  call<boolean>('delete_servicetitan_connection', { p_workspace_id: workspaceId });
const outcomeOf = async (workspace: Workspace) => (await claim(workspace)).outcome;

test('a connection is shown with its state and never with a sealed value', async () => {
  const workspace = await connect();
  await admin`
    update public.servicetitan_connections
    set client_secret_sealed = 'key1.iv.secret', app_key_sealed = 'key2.iv.secret'
    where workspace_id = ${workspace.workspaceId}
  `;
  const shown = await read(workspace);
  expect(shown).toMatchObject({
    workspace_id: workspace.workspaceId,
    name: 'A workspace',
    time_zone: 'America/Denver',
    environment: 'production',
    tenant_id: workspace.tenantId,
    client_id: 'client',
    enabled: true,
    key_ids: ['key1', 'key2'],
    sync: { status: 'idle', instance_id: null, initial_sync_completed: false, last_modified_cursor: null },
  });
  expect(JSON.stringify(shown)).not.toMatch(/sealed|secret/);
});

test("what the state knows of another tenant is not shown as this one's", async () => {
  const workspace = await connectSynced();
  expect(await read(workspace)).toMatchObject({ sync: { initial_sync_completed: true } });
  await connect(workspace.workspaceId);
  expect(await read(workspace)).toMatchObject({
    sync: { initial_sync_completed: false, last_modified_cursor: null, last_completed_at: null },
  });
});

test('a workspace that is not connected is shown, paused and disconnected as such', async () => {
  const nobody = { workspaceId: `w${randomId()}`, tenantId: '1', source: 'production/1' };
  expect(await read(nobody)).toBeNull();
  expect(await enable(nobody, false)).toBe(false);
  expect(await enable(nobody, true)).toBe(false);
  expect(await disconnect(nobody)).toBe(false);
});

test('R8: pausing fences the run off, and no other starts until the workspace is resumed', async () => {
  const workspace = await connect();
  const run = await startRun(workspace);
  expect(await enable(workspace, false)).toBe(true);
  await expect(complete(run)).rejects.toMatchObject(SUPERSEDED);
  expect(await ledgerOf(run.instanceId)).toMatchObject({ status: 'superseded', error: 'The workspace was paused.' });
  expect(await stateOf(workspace)).toMatchObject({ sync_status: 'idle', run_instance_id: null, last_error: null });
  expect(await outcomeOf(workspace)).toBe('disabled');
  expect(await enable(workspace, true)).toBe(true);
  expect(await outcomeOf(workspace)).toBe('claimed');
});

test('resuming what is not paused leaves its run alone', async () => {
  const run = await startRun(await connect());
  await enable(run, true);
  await complete(run);
});

test('R12: an initial sync that was paused goes on where it stopped', async () => {
  const workspace = await connect();
  const run = await startRun(workspace);
  const committed = { feed: 'initial_contacts', continue_from: 'token', done: false, read_at: null };
  await call('commit_servicetitan_page', { ...fenced(run), p_commit: committed });
  await enable(workspace, false);
  await enable(workspace, true);
  expect((await startRun(workspace)).begun).toMatchObject({
    mode: 'initial',
    initial_feed: 'contacts',
    continue_from: 'token',
  });
});

test('a failure is not forgotten because the run behind it was paused, only where another tenant is connected', async () => {
  const workspace = await connectSynced();
  await fail(await startRun(workspace), 'servicetitan_server');
  await startRun(workspace);
  await enable(workspace, false);
  await enable(workspace, true);
  expect(await stateOf(workspace)).toMatchObject({ sync_status: 'failed', last_error: 'What happened.' });
  await connect(workspace.workspaceId);
  expect(await stateOf(workspace)).toMatchObject({ sync_status: 'idle', last_error: null });
});

test("R3: the other tenant's first failure is not forgotten where its first run begins", async () => {
  const workspace = await connectSynced();
  const another = await connect(workspace.workspaceId);
  const claimed = await claim(another);
  await fail({ ...another, instanceId: String(claimed['instance_id']) } as never, 'not_created');
  await startRun(another);
  expect(await stateOf(another)).toMatchObject({ source: another.source, last_error: 'What happened.' });
});

test('disconnecting removes the secrets, fences the run off, and is fine when repeated', async () => {
  const workspace = await connect();
  const run = await startRun(workspace);
  expect(await disconnect(workspace)).toBe(true);
  expect(await rowsOf('servicetitan_connections', { workspace_id: workspace.workspaceId }, 'workspace_id')).toEqual([]);
  await expect(complete(run)).rejects.toMatchObject(SUPERSEDED);
  expect(await ledgerOf(run.instanceId)).toMatchObject({
    status: 'superseded',
    error: 'The workspace was disconnected.',
  });
  expect(await outcomeOf(workspace)).toBe('unknown_workspace');
  expect(await disconnect(workspace)).toBe(false);
});

test('a run that was claimed and has not begun when its workspace is disconnected reads no credentials and changes no state', async () => {
  const workspace = await connectSynced();
  const before = await stateOf(workspace);
  const { instance_id: instanceId } = await claim(workspace, newInstanceId(workspace));
  await disconnect(workspace);
  await expect(
    call('read_servicetitan_credentials', { p_workspace_id: workspace.workspaceId, p_instance_id: instanceId }),
  ).rejects.toMatchObject(SUPERSEDED);
  await expect(begin(workspace, instanceId)).rejects.toMatchObject(SUPERSEDED);
  expect(await stateOf(workspace)).toMatchObject({
    source: before['source'],
    last_modified_cursor: before['last_modified_cursor'],
    initial_sync_completed: true,
  });
});

test('R4: the same tenant connected again goes on from its cursor', async () => {
  const workspace = await connectSynced();
  const { last_modified_cursor: cursor } = await stateOf(workspace);
  await disconnect(workspace);
  await connect(workspace.workspaceId, workspace.tenantId);
  const run = await startRun(workspace);
  expect(run.begun).toMatchObject({ mode: 'incremental' });
  expect(await stateOf(workspace)).toMatchObject({ last_modified_cursor: cursor });
});

test('R3: another tenant connected in its place starts over, at once', async () => {
  const run = await startRun(await connectSynced());
  const other = await connect(run.workspaceId);
  await expect(complete(run)).rejects.toMatchObject(SUPERSEDED);
  expect((await startRun(other)).begun).toMatchObject({ mode: 'initial' });
});

test('the same tenant connected again keeps its run', async () => {
  const run = await startRun(await connect());
  await connect(run.workspaceId, run.tenantId);
  await complete(run);
  expect(await ledgerOf(run.instanceId)).toMatchObject({ status: 'completed' });
});

test('the wait that refused credentials earned is shown', async () => {
  const workspace = await connect();
  await fail(await startRun(workspace), 'credentials_refused');
  expect(await read(workspace)).toMatchObject({
    sync: { status: 'failed', next_attempt_at: expect.any(String), last_error: 'What happened.' },
  });
});
