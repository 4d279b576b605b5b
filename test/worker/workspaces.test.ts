// GET /workspaces and what is below it, over a real database.
import { env } from 'cloudflare:workers';
import { describe, expect, test } from 'vitest';
import worker from '../../src/index.ts';
import { createWorkspace } from '../support/workspace.ts';
import { base, call, TOKEN, waitForRun } from './call.ts';

async function synced() {
  const workspace = await createWorkspace({ customers: 12 });
  const { workspaceId, tenantId } = workspace;
  const { body } = await call({ method: 'POST', path: '/trigger', body: { workspaceId, tenantId } });
  await waitForRun(body.instanceId);
  return { ...workspace, instanceId: String(body.instanceId) };
}

test('a workspace is told with its state, its totals and its cursor', async () => {
  const { workspaceId, tenantId } = await createWorkspace();
  const before = await call({ path: `/workspaces/${workspaceId}` });
  expect(before.body.workspace).toMatchObject({
    workspaceId,
    tenantId,
    state: 'new',
    cursor: null,
    run: null,
    paused: false,
  });

  const started = await call({ method: 'POST', path: '/trigger', body: { workspaceId, tenantId } });
  await waitForRun(started.body.instanceId);
  const { body } = await call({ path: `/workspaces/${workspaceId}` });
  expect(body).toMatchObject({
    success: true,
    goalSeconds: 900,
    quarantine: [],
    quarantined: 0,
    workspace: {
      environment: 'production',
      timeZone: 'America/Denver',
      state: expect.stringMatching(/^(?:fresh|outside_hours)$/),
      totals: { customersSynced: 20, lastCreated: 20, lastUpdated: 0, lastErrors: 0 },
      lastError: null,
      run: null,
    },
  });
  expect(Date.parse(body.now) - Date.parse(body.workspace.cursor)).toBeGreaterThan(0);
});

test('the list goes on where `after` says', async () => {
  const made = [await createWorkspace(), await createWorkspace()].map(({ workspaceId }) => workspaceId);
  const seen: string[] = [];
  let after = '';
  do {
    const { body } = await call({ path: `/workspaces?limit=3${after && `&after=${after}`}` });
    expect(body).toMatchObject({ success: true, goalSeconds: 900 });
    seen.push(...body.workspaces.map(({ workspaceId }: { workspaceId: string }) => workspaceId));
    after = body.nextAfter;
  } while (after !== null);
  expect(seen).toEqual(expect.arrayContaining(made));
  expect(new Set(seen).size).toBe(seen.length);
});

test("a workspace's runs are told newest first, page by page, with what they could not make sure of", async () => {
  const first = await synced();
  const { workspaceId, tenantId, instanceId } = first;
  const second = await call({ method: 'POST', path: '/trigger', body: { workspaceId, tenantId } });
  await waitForRun(second.body.instanceId);

  const newest = await call({ path: `/workspaces/${workspaceId}/runs?limit=1` });
  expect(newest.body.runs).toMatchObject([
    { instanceId: second.body.instanceId, mode: 'incremental', status: 'completed', trigger: 'manual' },
  ]);
  const older = await call({ path: `/workspaces/${workspaceId}/runs?limit=1&before=${newest.body.nextBefore}` });
  expect(older.body.runs).toMatchObject([
    { instanceId, mode: 'initial', fetched: 12, created: 12, errorCode: null, error: null, doubts: [] },
  ]);
  const doubt = { code: 'place_unread', feed: 'customers', position: 3, at: '2026-02-08T10:00:00Z' };
  const { supabase } = first;
  await supabase
    .from('servicetitan_sync_runs')
    .update({ doubts: [doubt] })
    .eq('instance_id', instanceId);
  const doubted = await call({ path: `/workspaces/${workspaceId}/runs?limit=1&before=${newest.body.nextBefore}` });
  expect(doubted.body.runs[0].doubts).toMatchObject([
    {
      code: 'place_unread',
      feed: 'customers',
      says: expect.stringContaining('place 3'),
      at: '2026-02-08T10:00:00.000Z',
    },
  ]);
  const told = (await call({ path: `/status?instanceId=${instanceId}` })).body.progress.doubts;
  expect(told).toEqual(doubted.body.runs[0].doubts);
  const none = await call({ path: `/workspaces/${workspaceId}/runs?before=${older.body.nextBefore}` });
  expect(none.body).toEqual({ success: true, runs: [], nextBefore: null });
});

test('GET /status tells the two facts as /workspaces does, of a workspace and of a run', async () => {
  const { workspaceId, instanceId, simulator, tenantId } = await synced();
  const facts = async () => {
    const { workspace } = (await call({ path: `/workspaces/${workspaceId}` })).body;
    const { condition, conditionText, activity, activityText } = workspace;
    return { workspaceId, condition, conditionText, activity, activityText };
  };
  // The age in the text is that of the moment.
  const untimed = (told: { conditionText: string }) => ({
    ...told,
    conditionText: told.conditionText.replace(/\d+/, 'n'),
  });
  const same = async (path: string) => untimed((await call({ path })).body.workspace);
  const told = untimed(await facts());
  expect(told).toMatchObject({ condition: expect.any(String), activity: 'idle' });
  expect(await same(`/status?instanceId=${instanceId}`)).toEqual(told);
  expect(await same(`/status?workspaceId=${workspaceId}`)).toEqual(told);
  expect((await call({ path: `/status?workspaceId=${workspaceId}` })).body).toMatchObject({
    instanceId,
    progress: { status: 'completed' },
  });

  const revoked = { match: { operation: 'customers' }, fault: { revokeTokens: true, status: 401 } };
  await simulator('POST', '/faults', revoked);
  await simulator('POST', '/faults', {
    match: { pathIncludes: '/connect/token' },
    times: 100,
    fault: { status: 400, body: 'problem' },
  });
  const { body } = await call({ method: 'POST', path: '/trigger', body: { workspaceId, tenantId } });
  await waitForRun(body.instanceId);
  const failed = await call({ path: `/status?workspaceId=${workspaceId}` });
  expect(failed.body).toMatchObject({
    instanceId: body.instanceId,
    workspace: {
      condition: 'refused',
      conditionText: expect.stringMatching(/^Credentials refused by ServiceTitan\. /),
    },
  });
});

test('GET /status of a workspace that had no run yet says so, and how it stands', async () => {
  const { workspaceId } = await createWorkspace({ customers: 1 });
  expect((await call({ path: `/status?workspaceId=${workspaceId}` })).body).toMatchObject({
    success: true,
    instanceId: null,
    workspace: { workspaceId, condition: 'first_sync', activity: 'idle' },
    progress: null,
    steps: null,
  });
});

test('R20: a run tells in how many records each field could not be read', async () => {
  const { workspaceId, tenantId, simulator } = await synced();
  const { customers } = await simulator<{ customers: { id: number }[] }>('GET', '/world');
  for (const { id } of customers.slice(0, 2))
    await simulator('PATCH', `/customers/${id}`, { raw: { taxExempt: 'Exempt' } });
  const { body } = await call({ method: 'POST', path: '/trigger', body: { workspaceId, tenantId } });
  await waitForRun(body.instanceId);
  const { runs } = (await call({ path: `/workspaces/${workspaceId}/runs` })).body;
  expect(runs.map((run: { unreadableFields: object }) => run.unreadableFields)).toEqual([
    { 'customer.taxExempt': 2 },
    {},
  ]);
  const why = await call({ path: `/why?workspaceId=${workspaceId}&customerId=${customers[0]!.id}` });
  expect(why.body).toMatchObject({ verdict: 'current', differing: [] });
});

test('R10: the quarantine is told with its reasons', async () => {
  const { workspaceId, tenantId, supabase } = await synced();
  await supabase.from('servicetitan_sync_errors').insert({
    workspace_id: workspaceId,
    source: `production/${tenantId}`,
    crm_id: '77',
    feed: 'contacts',
    reason: 'Not readable.',
    instance_id: 'sync-x-1',
  });
  const { body } = await call({ path: `/workspaces/${workspaceId}` });
  expect(body).toMatchObject({
    quarantined: 1,
    quarantine: [{ customerId: '77', feed: 'contacts', reason: 'Not readable.', attempts: 1 }],
    workspace: { quarantined: 1 },
  });
});

test('how old data may get follows from TICK_SECONDS, in the list and in one workspace', async () => {
  const { workspaceId } = await createWorkspace();
  for (const path of ['/workspaces', `/workspaces/${workspaceId}`]) {
    const request = new Request(`${base}${path}`, { headers: { authorization: `Bearer ${TOKEN}` } });
    const hourly = { ...env, TICK_SECONDS: '3600' };
    const response = await worker.fetch(request as never, hourly, {} as never);
    expect(await response.json()).toMatchObject({ success: true, goalSeconds: 3600 });
  }
});

describe('what is refused', () => {
  test.for([
    ['a workspace that is none', '/workspaces/nobody', 404, 'unknown_workspace'],
    ['runs of a workspace that is none', '/workspaces/nobody/runs', 404, 'unknown_workspace'],
    ['an id that is no id', '/workspaces/a%20b', 400, 'invalid_request'],
    ['a limit that is too large', '/workspaces?limit=1001', 400, 'invalid_request'],
    ['a limit of nothing', '/workspaces?limit=0', 400, 'invalid_request'],
    ['a limit twice', '/workspaces?limit=1&limit=2', 400, 'invalid_request'],
    ...[
      'yesterday',
      '0000-01-01T00:00:00Z',
      '0000-12-31T23:59:59.999999Z',
      '-000001-01-01T00:00:00Z',
      '%2B294277-01-01T00:00:00Z',
      '10000-01-01T00:00:00Z',
      '2026-02-30T00:00:00Z',
      '2025-02-29T00:00:00Z',
      '2026-13-01T00:00:00Z',
      '2026-02-08T24:00:00Z',
      '2026-02-08T23:59:60Z',
      '2016-12-31T23:59:60Z',
      '2026-02-08T10:15Z',
      '2026-02-08T10:15:00.Z',
      `2026-02-08T10:15:00.${'1'.repeat(200)}Z`,
      '2026-02-08T10:15:00',
      '2026-02-08T10:15:00%2B99:00',
      'infinity',
      'now',
      '2026-02-08T10:15:00Z%00',
    ].map((time): [string, string, number, string] => [
      `a time that is none: ${time}`,
      `/workspaces/nobody/runs?before=${time}`,
      400,
      'invalid_request',
    ]),
  ] as [string, string, number, string][])('%s', async ([, path, status, code]) => {
    const answer = await call({ path });
    expect([answer.status, answer.body.error.code]).toEqual([status, code]);
  });

  test.for(['0001-01-01T00:00:00Z', '9999-12-31T23:59:59.999999Z', '2024-02-29T12:00:00.1234567Z'])(
    'no time that is one: %s',
    async (time) => {
      const { workspaceId } = await createWorkspace();
      const answer = await call({ path: `/workspaces/${workspaceId}/runs?before=${time}` });
      expect([answer.status, answer.body.runs]).toEqual([200, []]);
    },
  );

  test('everything, without the token', async () => {
    for (const path of ['/workspaces', '/workspaces/w', '/workspaces/w/runs']) {
      expect((await call({ path, token: null })).status).toBe(401);
    }
  });
});

test('R17: a workspace says in words what its last run could not make sure of, and up to when all was read twice', async () => {
  const { workspaceId, tenantId, supabase } = await synced();
  const { body } = await call({ method: 'POST', path: '/trigger', body: { workspaceId, tenantId } });
  await waitForRun(body.instanceId);
  const doubts = [{ code: 'settled_late', feed: 'customers', at: '2026-02-08T10:00:00.0000000Z' }];
  await supabase.from('servicetitan_sync_runs').update({ doubts }).eq('instance_id', body.instanceId);
  await supabase
    .from('servicetitan_sync_state')
    .update({ settled_until: '2026-02-08T09:00:00Z' })
    .eq('workspace_id', workspaceId);
  const { workspace } = (await call({ path: `/workspaces/${workspaceId}` })).body;
  expect(workspace.doubts).toMatchObject([
    { code: 'settled_late', says: expect.stringContaining('a second reading of that time had not found it') },
  ]);
  expect(workspace.settledUntil).toBe('2026-02-08T09:00:00.000Z');
  // Nothing of it is a state.
  expect(workspace.state).toBe('fresh');
});
