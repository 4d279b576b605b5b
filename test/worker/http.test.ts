import { env } from 'cloudflare:workers';
import { describe, expect, test, vi } from 'vitest';
import worker from '../../src/index.ts';
import { createWorkspace } from '../support/workspace.ts';
import { base, type Call, call, TOKEN, waitForRun } from './call.ts';

const refusals: [string, Call, number, string][] = [
  ['no token', { path: '/status?instanceId=sync-1-1', token: null }, 401, 'unauthorized'],
  ['a wrong token', { path: '/status?instanceId=sync-1-1', token: 'forged' }, 401, 'unauthorized'],
  [
    'a token with another scheme',
    { path: '/status', token: null, headers: { authorization: `Basic ${TOKEN}` } },
    401,
    'unauthorized',
  ],
  ['an unknown route', { path: '/nope' }, 404, 'not_found'],
  ['a path that climbs out', { path: '/debug/../../etc/passwd' }, 404, 'not_found'],
  ['GET /trigger', { path: '/trigger' }, 405, 'method_not_allowed'],
  ['DELETE /status', { method: 'DELETE', path: '/status' }, 405, 'method_not_allowed'],
  ['PUT /debug/add-note', { method: 'PUT', path: '/debug/add-note', body: {} }, 405, 'method_not_allowed'],
  ['/trigger without a body', { method: 'POST', path: '/trigger' }, 415, 'unsupported_media_type'],
  [
    '/trigger with text',
    { method: 'POST', path: '/trigger', body: 'hello', type: 'text/plain' },
    415,
    'unsupported_media_type',
  ],
  ['/trigger with broken JSON', { method: 'POST', path: '/trigger', body: '{"workspaceId":' }, 400, 'invalid_json'],
  ['/trigger with an empty body', { method: 'POST', path: '/trigger', body: '' }, 400, 'invalid_json'],
  ['/trigger with an array', { method: 'POST', path: '/trigger', body: [] }, 400, 'invalid_request'],
  [
    '/trigger with wrong types',
    { method: 'POST', path: '/trigger', body: { workspaceId: {}, tenantId: true } },
    400,
    'invalid_request',
  ],
  [
    '/trigger with a tenant that is no number',
    { method: 'POST', path: '/trigger', body: { workspaceId: 'w', tenantId: '1 or 1=1' } },
    400,
    'invalid_request',
  ],
  [
    '/trigger with an unknown mode',
    { method: 'POST', path: '/trigger', body: { workspaceId: 'w', tenantId: 1, mode: 'all' } },
    400,
    'invalid_request',
  ],
  [
    '/trigger for an unknown workspace',
    { method: 'POST', path: '/trigger', body: { workspaceId: 'nobody', tenantId: 1 } },
    404,
    'unknown_workspace',
  ],
  [
    'a body over 64 KiB',
    { method: 'POST', path: '/trigger', body: { workspaceId: 'w', tenantId: 1, x: 'x'.repeat(65_536) } },
    413,
    'body_too_large',
  ],
  ['/status without an instance', { path: '/status' }, 400, 'invalid_request'],
  ['/status of both', { path: '/status?instanceId=sync-1-1&workspaceId=1' }, 400, 'invalid_request'],
  ['/status of an unknown workspace', { path: '/status?workspaceId=nobody' }, 404, 'unknown_workspace'],
  ['/status with an impossible id', { path: '/status?instanceId=a%20b' }, 400, 'invalid_request'],
  ['/status with an over-long id', { path: `/status?instanceId=${'a'.repeat(101)}` }, 400, 'invalid_request'],
  ['/status of an unknown run', { path: '/status?instanceId=sync-nobody-1770520988299' }, 404, 'unknown_instance'],
  [
    'raw-customer of an unknown workspace',
    { path: '/debug/raw-customer?workspaceId=nobody&tenantId=1' },
    404,
    'unknown_workspace',
  ],
  [
    'raw-customer with an id that is a path',
    { path: '/debug/raw-customer?workspaceId=w&tenantId=1&customerId=../1' },
    400,
    'invalid_request',
  ],
  ['pagination without a tenant', { path: '/debug/pagination?workspaceId=w' }, 400, 'invalid_request'],
  [
    'add-note without text',
    { method: 'POST', path: '/debug/add-note', body: { workspaceId: 'w', tenantId: 1, customerId: 1 } },
    400,
    'invalid_request',
  ],
  [
    'add-note with an over-long text',
    {
      method: 'POST',
      path: '/debug/add-note',
      body: { workspaceId: 'w', tenantId: 1, customerId: 1, text: 'x'.repeat(5001) },
    },
    400,
    'invalid_request',
  ],
];

describe('what is refused', () => {
  test.for(refusals)('%s gives its own status and code', async ([, request, status, code]) => {
    const answer = await call(request);
    expect({ status: answer.status, body: answer.body }).toMatchObject({
      status,
      body: { success: false, error: { code } },
    });
    expect(answer.body.error.message).toMatch(/\w/);
    expect(answer.text).not.toMatch(/ at .*:\d+:\d+|test-token|sb_secret/);
  });

  test('a refused field is named', async () => {
    const answer = await call({ method: 'POST', path: '/trigger', body: { workspaceId: '45963' } });
    expect(answer.body.error.message).toMatch(/^tenantId: /);
  });

  test('405 names the method that is allowed', async () => {
    expect((await call({ path: '/trigger' })).headers.get('allow')).toBe('POST');
  });

  test('a loopback Host asks for the token as any other, whatever the settings say', async () => {
    const open = { ...env, LOCAL_OPEN_ACCESS: 'true' };
    const request = new Request('http://127.0.0.1:8787/status?instanceId=sync-nobody-1');
    expect((await worker.fetch(request as never, open, {} as never)).status).toBe(401);
  });

  test('debug routes are closed unless opened', async () => {
    const closed = { ...env, DEBUG_ENDPOINTS: 'false' };
    const request = new Request(`${base}/debug/pagination?workspaceId=w&tenantId=1`, {
      headers: { authorization: `Bearer ${TOKEN}` },
    });
    const response = await worker.fetch(request as never, closed, {} as never);
    expect([response.status, ((await response.json()) as any).error.code]).toEqual([403, 'debug_disabled']);
  });
});

describe('what is answered', () => {
  test('/health needs no token and holds no secret', async () => {
    const answer = await call({ path: '/health', token: null });
    expect([answer.status, answer.body]).toEqual([200, { success: true, status: 'ok' }]);
  });

  test('the previous token is let in beside the new one', async () => {
    const newToken = `${TOKEN}-new`;
    const rotating = { ...env, API_TOKEN: newToken, API_TOKEN_PREVIOUS: TOKEN };
    for (const token of [newToken, TOKEN]) {
      const request = new Request(`${base}/status?instanceId=sync-nobody-1`, {
        headers: { authorization: `Bearer ${token}` },
      });
      expect((await worker.fetch(request as never, rotating, {} as never)).status).toBe(404);
    }
  });

  test('/trigger takes ids as numbers, starts one run and names it in a 409 to the next', async () => {
    const { tenantId, workspaceId, state } = await createWorkspace({ customers: 30 });
    const body = { workspaceId, tenantId: Number(tenantId) };
    const started = await call({ method: 'POST', path: '/trigger', body });
    expect(started.body).toEqual({
      success: true,
      instanceId: expect.stringMatching(`^sync-${workspaceId}-\\d{13}$`),
      noted: false,
    });

    const again = await call({ method: 'POST', path: '/trigger', body });
    expect([again.status, again.body.error]).toMatchObject([
      409,
      { code: 'already_running', instanceId: started.body.instanceId },
    ]);

    const finished = await waitForRun(started.body.instanceId);
    expect(finished.progress).toMatchObject({
      status: 'completed',
      mode: 'initial',
      fetched: 30,
      created: 30,
      errors: 0,
      error: null,
    });
    expect(await state()).toMatchObject({
      sync_status: 'completed',
      initial_sync_completed: true,
      last_sync_created: 30,
      last_error: null,
    });
  });

  test.for(['full', 'initial'])(
    'R18: /trigger with the mode %s compares everything, and is noted while a run is under way',
    async (mode) => {
      const { tenantId, workspaceId, supabase } = await createWorkspace({ customers: 5 });
      const body = { workspaceId, tenantId, mode };
      const started = await call({ method: 'POST', path: '/trigger', body });
      expect([started.status, started.body.noted]).toEqual([200, false]);
      const noted = await call({ method: 'POST', path: '/trigger', body });
      expect([noted.status, noted.body]).toEqual([
        200,
        { success: true, instanceId: started.body.instanceId, noted: true },
      ]);
      expect((await waitForRun(started.body.instanceId)).progress).toMatchObject({ mode: 'initial', fetched: 5 });
      const next = await call({ method: 'POST', path: '/trigger', body });
      await waitForRun(next.body.instanceId);
      // The runs behind it follow by themselves.
      await vi.waitFor(
        async () => {
          const { data } = await supabase.from('servicetitan_proofs').select().eq('workspace_id', workspaceId);
          expect(data).toMatchObject([{ why: 'asked', whole: true, seen: 5 }]);
        },
        { timeout: 60_000, interval: 500 },
      );
    },
  );

  test('R18: /trigger with the mode full notes nothing for another tenant', async () => {
    const [one, other] = [await createWorkspace(), await createWorkspace()];
    const body = { workspaceId: one.workspaceId, tenantId: other.tenantId, mode: 'full' };
    expect((await call({ method: 'POST', path: '/trigger', body })).status).toBe(403);
    expect(await one.state()).toMatchObject({ pass_wanted_at: null });
  });

  test("/trigger with another workspace's tenant is refused and starts nothing", async () => {
    const [one, other] = [await createWorkspace(), await createWorkspace()];
    const answer = await call({
      method: 'POST',
      path: '/trigger',
      body: { workspaceId: one.workspaceId, tenantId: other.tenantId },
    });
    expect([answer.status, answer.body.error.code]).toEqual([403, 'wrong_tenant']);
    expect(await one.calls()).toEqual([]);
  });

  test('the debug routes answer raw', async () => {
    const { workspaceId, tenantId, simulator } = await createWorkspace({ customers: 8 });
    const world = await simulator<{ contacts: { id: number; customerId: number; value: string }[] }>('GET', '/world');
    const id = world.contacts[0]!.customerId;
    const query = `workspaceId=${workspaceId}&tenantId=${tenantId}`;

    const raw = await call({ path: `/debug/raw-customer?${query}&customerId=${id}` });
    expect(raw.body).toMatchObject({
      success: true,
      customer: { id },
      tagTypes: expect.any(Array),
      jobs: expect.any(Array),
      leads: expect.any(Array),
    });
    const contact = world.contacts.find(({ customerId }) => customerId === id)!;
    const unreadable = { id: 'none', type: null, somethingNew: { nested: true }, memo: 'm'.repeat(12_000) };
    await simulator('PATCH', `/contacts/${contact.id}`, { raw: unreadable });
    const contacts = (await call({ path: `/debug/raw-customer?${query}&customerId=${id}` })).body.contacts;
    expect(contacts).toContainEqual(expect.objectContaining({ value: contact.value, ...unreadable }));
    expect(contacts[0]).toHaveProperty('createdOn'); // which the sync has no use for
    await simulator('PATCH', `/contacts/${contact.id}`, { raw: {} });

    expect((await call({ path: `/debug/raw-customer?${query}` })).body.customers).toHaveLength(5);
    expect((await call({ path: `/debug/raw-customer?${query}&customerId=1` })).status).toBe(404);

    const pagination = await call({ path: `/debug/pagination?${query}` });
    expect(pagination.body).toMatchObject({
      success: true,
      count: 8,
      hasMore: false,
      continueFrom: expect.any(String),
    });

    const note = await call({
      method: 'POST',
      path: '/debug/add-note',
      body: { workspaceId, tenantId, customerId: id, text: 'Test note' },
    });
    expect(note.body).toMatchObject({ success: true, note: { text: 'Test note' } });
  });
});
