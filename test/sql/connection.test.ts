// Connecting a workspace, and reading its sealed credentials under the lease.
import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { admin, call, rowsOf, SUPERSEDED, type Row } from '../support/database.ts';
import { connect, fail, newInstanceId, claim, startRun, stateOf, type Run } from './workspaces.ts';

function credentials({ workspaceId, instanceId }: Run): Promise<Row> {
  return call('read_servicetitan_credentials', { p_workspace_id: workspaceId, p_instance_id: instanceId });
}

test('connecting again replaces the credentials and switches the connection on', async () => {
  const workspace = await connect();
  const { workspaceId } = workspace;
  await admin`update public.servicetitan_connections set enabled = false where workspace_id = ${workspaceId}`;
  const other = await connect(workspaceId);
  const rows = await rowsOf('servicetitan_connections', { workspace_id: workspaceId }, 'workspace_id');
  expect(rows).toMatchObject([{ tenant_id: other.tenantId, enabled: true }]);
});

test('each saving of the credentials has an id of its own, and none can be without', async () => {
  const { workspaceId, tenantId } = await connect();
  const idOf = async () =>
    (await rowsOf('servicetitan_connections', { workspace_id: workspaceId }, 'workspace_id'))[0]!['credentials_id'];
  const first = await idOf();
  await connect(workspaceId, tenantId);
  expect(await idOf()).not.toBe(first);
  const withoutOne = { workspace_id: workspaceId, environment: 'production', tenant_id: tenantId, client_id: 'client' };
  const sealed = { client_secret_sealed: 'sealed', app_key_sealed: 'sealed' };
  await expect(
    call('save_servicetitan_connection', { p_connection: { ...withoutOne, ...sealed } }),
  ).rejects.toMatchObject({ code: '23502', column_name: 'credentials_id' });
});

test('connecting with a name or zone of null keeps those that are there', async () => {
  const { workspaceId, tenantId } = await connect();
  await call('save_servicetitan_connection', {
    p_connection: {
      workspace_id: workspaceId,
      name: null,
      time_zone: null,
      environment: 'integration',
      tenant_id: tenantId,
      client_id: 'client',
      credentials_id: randomUUID(),
      client_secret_sealed: 'sealed',
      app_key_sealed: 'sealed',
    },
  });
  expect(await rowsOf('workspaces', { id: workspaceId }, 'id')).toEqual([
    { id: workspaceId, name: 'A workspace', time_zone: 'America/Denver' },
  ]);
});

test('a new connection ends the wait that refused credentials had earned', async () => {
  const workspace = await connect();
  await fail(await startRun(workspace), 'credentials_refused');
  expect((await stateOf(workspace))['next_attempt_at']).not.toBeNull();
  await connect(workspace.workspaceId, workspace.tenantId);
  expect(await stateOf(workspace)).toMatchObject({ next_attempt_at: null, failures: 0 });
});

test.for([
  ['an id that fits no instance id', 'a b', '1', 'workspace_id_fits_an_instance_id'],
  ['an id that is too long', 'w'.repeat(65), '1', 'workspace_id_fits_an_instance_id'],
  ['a tenant that is no number', 'w', 'tenant', 'tenant_id_is_a_number'],
])('%s is refused by the name of its rule', async ([, workspaceId, tenantId, rule]) => {
  await expect(connect(workspaceId!, tenantId!)).rejects.toMatchObject({ code: '23514', constraint_name: rule });
  expect(await rowsOf('workspaces', { id: workspaceId }, 'id')).toEqual([]);
});

test('credentials are read before a run has begun and after', async () => {
  const workspace = await connect();
  const instanceId = newInstanceId(workspace);
  await claim(workspace, instanceId);
  const sealed = {
    tenant_id: workspace.tenantId,
    environment: 'production',
    client_id: 'client',
    credentials_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    client_secret_sealed: 'sealed secret',
    app_key_sealed: 'sealed key',
  };
  expect(await credentials({ ...workspace, instanceId, fence: 1, begun: {} })).toEqual(sealed);

  const other = await startRun(await connect());
  expect(await credentials(other)).toEqual({ ...sealed, tenant_id: other.tenantId });
});

test('a run that does not hold the lease is told no credentials', async () => {
  const run = await startRun(await connect());
  await expect(credentials({ ...run, instanceId: newInstanceId(run) })).rejects.toMatchObject(SUPERSEDED);
});

test('R3: a connection moved to another tenant in mid-run supersedes the run', async () => {
  const run = await startRun(await connect());
  await connect(run.workspaceId);
  await expect(credentials(run)).rejects.toMatchObject(SUPERSEDED);
});

test('a connection switched off in mid-run is refused', async () => {
  const run = await startRun(await connect());
  await admin`update public.servicetitan_connections set enabled = false where workspace_id = ${run.workspaceId}`;
  await expect(credentials(run)).rejects.toMatchObject({ code: 'PT410', message: 'not_connected' });
});
