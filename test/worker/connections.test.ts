// Connecting, pausing and disconnecting a workspace as an operator does it.
import { env } from 'cloudflare:workers';
import { describe, expect, test, vi } from 'vitest';
import { createTenant, createWorkspace, type TestTenant } from '../support/workspace.ts';
import { call, waitForRun } from './call.ts';

const bodyOf = ({ tenantId, clientId, clientSecret, appKey }: TestTenant) => ({
  tenantId,
  clientId,
  clientSecret,
  appKey,
  environment: 'production',
  timeZone: 'America/Denver',
});
const pathOf = (workspaceId: string) => `/connections/${workspaceId}`;
const put = (workspaceId: string, body: unknown) => call({ method: 'PUT', path: pathOf(workspaceId), body });
const get = (workspaceId: string) => call({ path: pathOf(workspaceId) });
const disconnect = (workspaceId: string) => call({ method: 'DELETE', path: pathOf(workspaceId) });
const post = (workspaceId: string, action: 'pause' | 'resume') =>
  call({ method: 'POST', path: `${pathOf(workspaceId)}/${action}` });

/** What is stored of a workspace, by table. */
async function stored(workspaceId: string) {
  const { supabase } = await createWorkspace({ customers: 0 });
  const select = async (table: string, key = 'workspace_id') =>
    (await supabase.from(table).select().eq(key, workspaceId)).data as Record<string, any>[];
  return {
    connection: (await select('servicetitan_connections'))[0],
    workspace: (await select('workspaces', 'id'))[0],
    state: (await select('servicetitan_sync_state'))[0],
    contacts: (await select('contacts')).length,
  };
}

/** A synced workspace whose next run sleeps on ServiceTitan's word for longer than a test takes. */
async function connectWithSleepingRun() {
  const tenant = await createTenant({ customers: 3 });
  const workspaceId = `c${tenant.tenantId}`;
  await waitForRun((await put(workspaceId, bodyOf(tenant))).body.sync.instanceId);
  await tenant.simulator('POST', '/faults', {
    match: { queryIncludes: 'modifiedOnOrAfter' },
    fault: { status: 429, retryAfterSeconds: 600 },
  });
  const { instanceId } = (await put(workspaceId, bodyOf(tenant))).body.sync;
  await vi.waitFor(async () => expect(await tenant.simulator('GET', '/faults')).toEqual({ faults: [] }), {
    timeout: 30_000,
  });
  return { tenant, workspaceId, instanceId };
}

async function terminate(instanceId: string): Promise<void> {
  await (await env.SERVICETITAN_SYNC.get(instanceId)).terminate();
}

describe('PUT /connections', () => {
  test('tries the credentials, stores them sealed and starts the initial sync', async () => {
    const tenant = await createTenant({ customers: 7 });
    const workspaceId = `c${tenant.tenantId}`;
    const answer = await put(workspaceId, {
      ...bodyOf(tenant),
      tenantId: Number(tenant.tenantId),
      name: 'Example Plumbing',
    });
    expect(answer.body).toMatchObject({
      success: true,
      workspaceId,
      tenantId: tenant.tenantId,
      sync: { started: true, instanceId: expect.stringMatching(`^sync-${workspaceId}-\\d{13}$`) },
    });
    expect(answer.body.checks.map(({ name, result }: any) => `${name} ${result}`)).toEqual([
      'customers granted',
      'contacts granted',
      'notes granted',
      'jobs granted',
      'leads granted',
      'tag types granted',
    ]);
    expect(answer.text).not.toContain(tenant.clientSecret);
    expect(answer.text).not.toContain(tenant.appKey);

    expect((await waitForRun(answer.body.sync.instanceId)).progress).toMatchObject({
      status: 'completed',
      mode: 'initial',
    });
    const { connection, workspace, contacts } = await stored(workspaceId);
    expect(contacts).toBe(7);
    expect(workspace).toMatchObject({ name: 'Example Plumbing', time_zone: 'America/Denver' });
    expect(connection!.client_secret_sealed).toMatch(/^[\w-]{8}\.[\w-]+\.[\w-]+$/);
    expect(JSON.stringify(connection)).not.toContain(tenant.clientSecret);
    expect(JSON.stringify(connection)).not.toContain(tenant.appKey);
  });

  test('R25: a country said with it is kept, until another one is said', async () => {
    const tenant = await createTenant({ customers: 0 });
    const workspaceId = `c${tenant.tenantId}`;
    const country = async (fields: object) => {
      expect((await put(workspaceId, { ...bodyOf(tenant), ...fields })).status).toBe(200);
      return (await get(workspaceId)).body.connection.country;
    };
    expect(await country({})).toBeNull();
    expect(await country({ country: 'gb' })).toBe('GB');
    expect(await country({})).toBe('GB');
    expect(await country({ country: 'CA' })).toBe('CA');
    for (const wrong of ['XX', 'USA', 'United States', '', 1, null]) {
      const answer = await put(workspaceId, { ...bodyOf(tenant), country: wrong });
      expect([wrong, answer.status, answer.body.error.message]).toEqual([
        wrong,
        400,
        expect.stringContaining('country'),
      ]);
    }
    expect((await get(workspaceId)).body.connection.country).toBe('CA');
  });

  test('what ServiceTitan refuses is not stored, nor is a run started', async () => {
    const tenant = await createTenant({ scopes: ['tn.jpm.jobs:r'] });
    const workspaceId = `c${tenant.tenantId}`;
    const answer = await put(workspaceId, bodyOf(tenant));
    expect([answer.status, answer.body.error]).toMatchObject([
      422,
      {
        code: 'permission_missing',
        message: expect.stringMatching(/scope tn\.crm\.customers:r.*Nothing was stored\.$/),
      },
    ]);
    expect(await stored(workspaceId)).toEqual({
      connection: undefined,
      workspace: undefined,
      state: undefined,
      contacts: 0,
    });
    expect((await get(workspaceId)).status).toBe(404);
  });

  test('a refusal leaves the connection that is there, and its run, alone', async () => {
    const tenant = await createTenant({ customers: 3 });
    const workspaceId = `c${tenant.tenantId}`;
    await waitForRun((await put(workspaceId, bodyOf(tenant))).body.sync.instanceId);
    const before = await stored(workspaceId);
    const answer = await put(workspaceId, { ...bodyOf(tenant), clientSecret: 'mistyped' });
    expect([answer.status, answer.body.error.code]).toEqual([422, 'credentials_refused']);
    expect(answer.text).not.toContain('mistyped');
    expect((await stored(workspaceId)).connection).toEqual(before.connection);
  });

  test('while ServiceTitan is down nothing is stored and nothing is said about the credentials', async () => {
    const tenant = await createTenant();
    await tenant.simulator('POST', '/faults', { match: { pathIncludes: '/crm/' }, times: 100, fault: { status: 503 } });
    const workspaceId = `c${tenant.tenantId}`;
    const answer = await put(workspaceId, bodyOf(tenant));
    expect([answer.status, answer.body.error.code]).toEqual([502, 'servicetitan_server']);
    expect((await stored(workspaceId)).connection).toBeUndefined();
  });

  test('R4: new credentials of the same tenant keep the cursor, and the next run is an incremental one', async () => {
    const tenant = await createTenant({ customers: 3 });
    const workspaceId = `c${tenant.tenantId}`;
    await waitForRun((await put(workspaceId, bodyOf(tenant))).body.sync.instanceId);
    const again = await put(workspaceId, { ...bodyOf(tenant), timeZone: 'America/Chicago' });
    expect((await waitForRun(again.body.sync.instanceId)).progress).toMatchObject({
      status: 'completed',
      mode: 'incremental',
    });
    expect((await get(workspaceId)).body.connection).toMatchObject({ timeZone: 'America/Chicago' });
  });

  test('a run of the same tenant that is under way goes on with the new credentials', async () => {
    const { tenant, workspaceId, instanceId } = await connectWithSleepingRun();
    expect((await put(workspaceId, bodyOf(tenant))).body.sync).toMatchObject({ started: false, instanceId });
    await terminate(instanceId);
  });

  test("R3: another tenant's credentials stop the run of the old one and start over at once", async () => {
    const { workspaceId, instanceId } = await connectWithSleepingRun();
    const second = await put(workspaceId, bodyOf(await createTenant({ customers: 5, seed: 2 })));
    expect(second.body.sync).toMatchObject({ started: true });
    const { progress } = await waitForRun(second.body.sync.instanceId);
    expect(progress).toMatchObject({ status: 'completed', mode: 'initial', fetched: 5 });
    expect((await call({ path: `/status?instanceId=${instanceId}` })).body.progress).toMatchObject({
      status: 'superseded',
      error: 'The workspace was connected to another tenant.',
    });
    await terminate(instanceId);
  });
});

describe('GET /connections', () => {
  test('shows everything but the secrets, sealed or not', async () => {
    const { workspaceId, tenantId } = await createWorkspace({ customers: 0 });
    const { connection } = await stored(workspaceId);
    const answer = await get(workspaceId);
    expect(answer.body.connection).toEqual({
      workspaceId,
      name: `Workspace ${tenantId}`,
      timeZone: 'America/Denver',
      country: null,
      tenantId,
      environment: 'production',
      clientId: `client-${tenantId}`,
      enabled: true,
      connectedAt: expect.any(String),
      updatedAt: expect.any(String),
      credentialsKey: 'current',
      sync: {
        status: 'idle',
        instanceId: null,
        initialSyncCompleted: false,
        lastModifiedCursor: null,
        lastCompletedAt: null,
        nextAttemptAt: null,
        lastError: null,
      },
    });
    for (const secret of [
      `secret-${tenantId}`,
      `app-${tenantId}`,
      connection!.client_secret_sealed,
      connection!.app_key_sealed,
    ])
      expect(answer.text).not.toContain(secret);
  });

  test('tells credentials that no key of the Worker opens', async () => {
    const { workspaceId } = await createWorkspace({
      customers: 0,
      credentialsKey: btoa('a key that nobody has any more..'),
    });
    expect((await get(workspaceId)).body.connection.credentialsKey).toBe('unknown');
  });
});

describe('DELETE /connections', () => {
  test('removes the secrets and stops the run; contacts stay; repeating it is fine; connecting again goes on', async () => {
    const { tenant, workspaceId, instanceId } = await connectWithSleepingRun();
    expect((await disconnect(workspaceId)).body).toEqual({ success: true, workspaceId, wasConnected: true });
    expect((await call({ path: `/status?instanceId=${instanceId}` })).body.progress).toMatchObject({
      status: 'superseded',
      error: 'The workspace was disconnected.',
    });
    const after = await stored(workspaceId);
    expect([after.connection, after.contacts, after.state!.sync_status]).toEqual([undefined, 3, 'idle']);
    expect((await disconnect(workspaceId)).body).toEqual({ success: true, workspaceId, wasConnected: false });
    expect((await get(workspaceId)).status).toBe(404);
    const { tenantId } = tenant;
    expect((await call({ method: 'POST', path: '/trigger', body: { workspaceId, tenantId } })).status).toBe(404);

    const again = await put(workspaceId, bodyOf(tenant));
    const { progress } = await waitForRun(again.body.sync.instanceId);
    expect(progress).toMatchObject({ status: 'completed', mode: 'incremental' });
    await terminate(instanceId);
  });
});

test('a paused workspace starts no run until it is resumed', async () => {
  const { workspaceId, tenantId } = await createWorkspace({ customers: 2 });
  const trigger = () => call({ method: 'POST', path: '/trigger', body: { workspaceId, tenantId } });
  for (const _twice of [1, 2])
    expect((await post(workspaceId, 'pause')).body).toMatchObject({ success: true, enabled: false });
  expect((await get(workspaceId)).body.connection.enabled).toBe(false);
  const refused = await trigger();
  expect([refused.status, refused.body.error.code]).toEqual([409, 'disabled']);
  for (const _twice of [1, 2])
    expect((await post(workspaceId, 'resume')).body).toMatchObject({ success: true, enabled: true });
  expect((await waitForRun((await trigger()).body.instanceId)).progress).toMatchObject({ status: 'completed' });
});

const good = { tenantId: '1', clientId: 'cid', clientSecret: 'cs1.hidden', appKey: 'ak1.hidden', timeZone: 'UTC' };
const refusals: [string, object, string][] = [
  ['no tenant', { tenantId: undefined }, 'tenantId'],
  ['a tenant that is no number', { tenantId: '1 or 1=1' }, 'tenantId'],
  ['no client secret', { clientSecret: undefined }, 'clientSecret'],
  ['an empty client secret', { clientSecret: '  ' }, 'clientSecret'],
  ['a client secret of two lines', { clientSecret: 'cs1.hidden\nX-Other: 1' }, 'clientSecret'],
  ['a secret that is an object', { clientSecret: { $ne: 'cs1.hidden' } }, 'clientSecret'],
  ['an over-long app key', { appKey: 'ak1.hidden'.repeat(200) }, 'appKey'],
  ['an app key that is not ASCII', { appKey: 'ak1.hidden–' }, 'appKey'],
  ['an unknown environment', { environment: 'sandbox' }, 'environment'],
  ['no time zone', { timeZone: undefined }, 'timeZone'],
  ['a time zone that does not exist', { timeZone: 'America/Nowhere' }, 'timeZone'],
  ['an offset for a time zone', { timeZone: '+05:00' }, 'timeZone'],
  ['a name with a line break', { name: 'a\nb' }, 'name'],
];
test.for(refusals)('%s is refused by the name of the field, and no secret is repeated', async ([, wrong, field]) => {
  const answer = await put('refused', { ...good, ...wrong });
  expect([answer.status, answer.body.error.code]).toEqual([400, 'invalid_request']);
  expect(answer.body.error.message).toMatch(new RegExp(`^${field}: `));
  expect(answer.text).not.toContain('hidden');
});

test.for([
  ['GET', pathOf('nobody'), 404],
  ['POST', `${pathOf('nobody')}/pause`, 404],
  ['POST', `${pathOf('nobody')}/resume`, 404],
  ['GET', pathOf('a%20b'), 400],
  ['GET', pathOf('..%2Fother'), 400],
  ['DELETE', pathOf('x'.repeat(65)), 400],
  ['PATCH', pathOf('nobody'), 405],
  ['GET', `${pathOf('nobody')}/pause`, 405],
] as const)('%s %s gives %s', async ([method, path, status]) => {
  expect((await call({ method, path })).status).toBe(status);
});

test('nobody connects, shows or removes anything without a token', async () => {
  for (const method of ['PUT', 'GET', 'DELETE']) {
    const answer = await call({
      method,
      path: pathOf('nobody'),
      token: null,
      ...(method === 'PUT' ? { body: good } : {}),
    });
    expect(answer.status).toBe(401);
    expect(answer.text).not.toContain('hidden');
  }
});
