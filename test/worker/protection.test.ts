// What stands in front of the routes: limits, headers, the debug routes' trace and their redaction.
import { env } from 'cloudflare:workers';
import { sha256 } from 'hono/utils/crypto';
import { afterEach, describe, expect, test, vi } from 'vitest';
import pageHeaders from '../../page/_headers?raw';
import worker from '../../src/index.ts';
import { createWorkspace } from '../support/workspace.ts';
import { base, call, TOKEN } from './call.ts';

const tight = (env as unknown as { TIGHT_LIMIT: RateLimit }).TIGHT_LIMIT;
const lines = vi.spyOn(console, 'log').mockImplementation(() => {});
afterEach(() => lines.mockClear());

async function ask(path: string, headers: Record<string, string>, settings: Record<string, unknown> = {}) {
  const given = { ...env, ...settings };
  return worker.fetch(new Request(`${base}${path}`, { headers }) as never, given, {} as never);
}

/** The lines that debug calls left since the last test. */
function trace(): Record<string, unknown>[] {
  return lines.mock.calls
    .map(([line]) => JSON.parse(String(line)) as Record<string, unknown>)
    .filter(({ event }) => event === 'debug_call');
}

describe('limits', () => {
  const unique = () => `fd00:${crypto.randomUUID().slice(0, 4)}:${crypto.randomUUID().slice(0, 4)}:1::`;
  const status = '/status?instanceId=sync-nobody-1';

  test('who goes on without the right token is told to wait, and the right token is let in beside it', async () => {
    const network = unique();
    const guess = (host: number) =>
      ask(
        status,
        { authorization: `Bearer guess-${host}`, 'cf-connecting-ip': `${network}${host}` },
        { FAILED_AUTHENTICATIONS: tight },
      );
    const answers = [];
    // More than twice the limit: the window may end on the way.
    for (let host = 1; host <= 8; host += 1) answers.push(await guess(host));
    expect(answers[0]!.status).toBe(401);
    const refused = answers.find((answer) => answer.status === 429)!;
    expect(refused.headers.get('retry-after')).toBe('60');
    expect(await refused.json()).toMatchObject({
      success: false,
      error: { code: 'too_many_requests', message: expect.stringContaining('wait a minute') },
    });
    const right = await ask(
      status,
      { authorization: `Bearer ${TOKEN}`, 'cf-connecting-ip': `${network}1` },
      { FAILED_AUTHENTICATIONS: tight },
    );
    expect(right.status).toBe(404);
  });

  test('a flood from one network is refused before its token is looked at', async () => {
    const network = unique();
    const flood = async (token: string) =>
      (await ask(status, { authorization: `Bearer ${token}`, 'cf-connecting-ip': network }, { CALLS: tight })).status;
    const statuses = [];
    // With another token each time, so that no limit but the network's is reached.
    for (let count = 0; count < 8; count += 1) statuses.push(await flood(crypto.randomUUID()));
    expect(new Set(statuses)).toEqual(new Set([401, 429]));
  });

  test('a token is limited however many networks it is used from', async () => {
    const token = `${crypto.randomUUID()}`;
    const statuses = [];
    for (let count = 0; count < 8; count += 1) {
      const headers = { authorization: `Bearer ${token}`, 'cf-connecting-ip': unique() };
      statuses.push((await ask(status, headers, { CALLS: tight, API_TOKEN: token })).status);
    }
    expect(new Set(statuses)).toEqual(new Set([404, 429]));
  });

  test('a limit that can not be asked lets the right token in and nobody else', async () => {
    const broken = { limit: () => Promise.reject(new Error('no limiter')) };
    const said = vi.spyOn(console, 'error').mockImplementation(() => {});
    const settings = { CALLS: broken, FAILED_AUTHENTICATIONS: broken };
    expect((await ask(status, { authorization: `Bearer ${TOKEN}` }, settings)).status).toBe(404);
    expect((await ask(status, { authorization: 'Bearer wrong' }, settings)).status).toBe(401);
    expect(said).toHaveBeenCalledWith(expect.stringContaining('rate_limit_unavailable'));
    said.mockRestore();
  });

  test.for([
    ['is not bound', undefined],
    ['is bound to something else', 'ratelimit'],
    ['does not know its answer', { limit: async (): Promise<object> => ({}) }],
    ['answers nothing', { limit: async (): Promise<void> => {} }],
    [
      'throws at once',
      {
        limit: (): never => {
          throw new TypeError('no limiter');
        },
      },
    ],
  ] as const)('a limit that %s lets the right token in and nobody else', async ([, binding]) => {
    const said = vi.spyOn(console, 'error').mockImplementation(() => {});
    const settings = { CALLS: binding, FAILED_AUTHENTICATIONS: binding };
    expect((await ask(status, { authorization: `Bearer ${TOKEN}` }, settings)).status).toBe(404);
    expect((await ask(status, { authorization: 'Bearer wrong' }, settings)).status).toBe(401);
    const lines = said.mock.calls.map(([line]) => JSON.parse(String(line)) as Record<string, unknown>);
    for (const line of lines) expect(line).toMatchObject({ event: 'rate_limit_unavailable' });
    said.mockRestore();
  });
});

test.for([
  ['/health', 'no token', null],
  ['/status', 'no token', null],
  ['/status', 'the token', TOKEN],
  ['/nope', 'the token', TOKEN],
  ['/openapi.json', 'the token', TOKEN],
] as const)(
  '%s answers %s with the security headers, to no other origin, and is stored nowhere',
  async ([path, , token]) => {
    const { headers } = await call({ path, token, headers: { origin: 'https://evil.example' } });
    expect(headers.get('content-security-policy')?.split('; ').toSorted()).toEqual([
      "base-uri 'none'",
      "connect-src 'self'",
      "default-src 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      "img-src 'self' data:",
      "script-src 'self'",
      "style-src 'self'",
    ]);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('x-frame-options')).toBe('DENY');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('strict-transport-security')).toMatch(/max-age=\d{7}/);
    expect(headers.get('cache-control')).toBe('no-store');
    expect([...headers.keys()].filter((name) => /^access-control-|^set-cookie$/.test(name))).toEqual([]);
  },
);

test("the page's files carry the same headers as the Worker's answers", async () => {
  const { headers } = await call({ path: '/status', token: null });
  // What belongs to one answer, or is of no use in a file without data.
  const own = ['cache-control', 'content-type', 'content-length', 'www-authenticate'];
  const answered = [...headers].filter(([name]) => !own.includes(name));
  const [pattern, ...lines] = pageHeaders.trimEnd().split('\n');
  const ofFiles = lines.map((line) => /^ {2}([\w-]+): (.+)$/.exec(line)!.slice(1) as [string, string]);
  const sorted = (entries: [string, string][]) =>
    Object.fromEntries(
      entries.map(([name, value]) => [name.toLowerCase(), value.split(/[;,] ?/).toSorted()]).toSorted(),
    );
  expect(pattern).toBe('/*');
  expect(sorted(ofFiles)).toEqual(sorted(answered));
});

describe('debug calls', () => {
  test('leave who, what, when, from where and the status, and no content', async () => {
    const { workspaceId, tenantId, simulator } = await createWorkspace({ customers: 3 });
    const { customers } = await simulator<{ customers: { id: number; name: string }[] }>('GET', '/world');
    const [{ id, name }] = customers as [{ id: number; name: string }];
    const from = { 'cf-connecting-ip': '203.0.113.7', 'cf-ray': '8f00-DEN' };
    await call({
      path: `/debug/raw-customer?workspaceId=${workspaceId}&tenantId=${tenantId}&customerId=${id}`,
      headers: from,
    });
    const body = { workspaceId, tenantId, customerId: id, text: 'ask for Lucia' };
    await call({ method: 'POST', path: '/debug/add-note?redact=true', body, headers: from });

    const common = {
      tokenFingerprint: (await sha256(TOKEN))!.slice(0, 8),
      address: '203.0.113.7',
      ray: '8f00-DEN',
      customerId: String(id),
    };
    expect(trace()).toEqual([
      {
        ...common,
        event: 'debug_call',
        at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        token: 'current',
        method: 'GET',
        route: '/debug/raw-customer',
        workspaceId,
        redacted: false,
        status: 200,
      },
      expect.objectContaining({ ...common, method: 'POST', route: '/debug/add-note', workspaceId, redacted: true }),
    ]);
    const said = JSON.stringify(lines.mock.calls);
    for (const content of [name, 'Lucia', TOKEN]) expect(said).not.toContain(content);
  });

  test('leave a trace when they are refused too, which tells neither token nor input of a stranger', async () => {
    const path = '/debug/raw-customer?workspaceId=w&tenantId=1&customerId=7';
    await ask(path, { authorization: 'Bearer my-bank-password' });
    await ask(
      path,
      { authorization: `Bearer ${TOKEN}` },
      { API_TOKEN: `${TOKEN}-new`, API_TOKEN_PREVIOUS: TOKEN, DEBUG_ENDPOINTS: 'false' },
    );
    await ask('/debug/raw-customer?workspaceId=a%0ab&tenantId=1&customerId=Lucia', {
      authorization: `Bearer ${TOKEN}`,
    });
    await ask('/debug/Lucia', { authorization: `Bearer ${TOKEN}` });
    expect(trace()).toMatchObject([
      { token: 'refused', tokenFingerprint: null, workspaceId: null, customerId: null, status: 401 },
      { token: 'previous', workspaceId: 'w', customerId: '7', status: 403 },
      { token: 'current', workspaceId: null, customerId: null, status: 400 },
      { token: 'current', route: 'unknown', status: 404 },
    ]);
    expect(JSON.stringify(lines.mock.calls)).not.toMatch(/bank|Lucia/);
  });

  test('hide the person with redact=true and keep ids, kinds, flags and times', async () => {
    const { workspaceId, tenantId, simulator } = await createWorkspace({ customers: 5 });
    const { customers, contacts } = await simulator<{
      customers: { id: number; name: string; active: boolean; modifiedOn: string; address: { street: string } }[];
      contacts: { id: number; customerId: number; type: string; value: string }[];
    }>('GET', '/world');
    const owner = contacts[0]!.customerId;
    const customer = customers.find(({ id }) => id === owner)!;
    const query = `workspaceId=${workspaceId}&tenantId=${tenantId}&redact=true`;

    const one = await call({ path: `/debug/raw-customer?${query}&customerId=${owner}` });
    expect(one.body).toMatchObject({
      success: true,
      customer: { id: owner, active: customer.active, modifiedOn: customer.modifiedOn },
      contacts: expect.arrayContaining([
        expect.objectContaining({
          type: contacts[0]!.type,
          value: expect.stringMatching(/^\[text, \d+ characters\]$/),
        }),
      ]),
    });
    const sample = await call({ path: `/debug/raw-customer?${query}` });
    expect(sample.body.customers).toHaveLength(5);
    const note = await call({
      method: 'POST',
      path: '/debug/add-note?redact=true',
      body: { workspaceId, tenantId, customerId: owner, text: 'ask for Lucia' },
    });
    expect(note.body.note).toMatchObject({ id: expect.any(Number), text: '[text, 13 characters]' });

    const shown = one.text + sample.text + note.text;
    for (const { name, address } of customers) {
      expect(shown).not.toContain(name);
      expect(shown).not.toContain(address.street);
    }
    for (const { value } of contacts) expect(shown).not.toContain(value);
  });
});
