// The front door of a Worker whose settings are missing or malformed: what a stranger, a trusted caller, the log and a tick
// are told.
import { createScheduledController } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { app } from '../../src/http/app.ts';
import { listRoutes } from '../../src/http/openApi.ts';
import worker from '../../src/index.ts';
import { base, TOKEN } from './call.ts';

const tight = (env as unknown as { TIGHT_LIMIT: RateLimit }).TIGHT_LIMIT;

const said: string[] = [];
for (const level of ['log', 'warn', 'error'] as const)
  vi.spyOn(console, level).mockImplementation((line: unknown) => void said.push(String(line)));
beforeEach(() => void (said.length = 0));

type Given = Record<string, unknown>;
interface Asked {
  method?: string;
  path?: string;
  headers?: Record<string, string>;
}

async function ask(settings: Given, { method = 'GET', path = '/workspaces', headers = {} }: Asked = {}) {
  const request = new Request(`${base}${path}`, { method, headers });
  const response = await worker.fetch(request as never, { ...env, ...settings } as never, {} as never);
  const text = await response.text();
  return {
    status: response.status,
    headers: JSON.stringify([...response.headers].toSorted()),
    text,
    error: text === '' ? undefined : (JSON.parse(text) as { error?: { code: string; message: string } }).error,
  };
}
/** Spares the thousands of calls below the way to the limits, which are tried elsewhere. */
const free = { limit: async () => ({ success: true }) };
const UNLIMITED = { CALLS: free, FAILED_AUTHENTICATIONS: free };
const trusted = { authorization: `Bearer ${TOKEN}` };

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND', 'QUERY', 'post'];
const paths = [
  ...[...listRoutes(app).keys()].map((path) => path.replaceAll(/\{\w+\}/g, '45963')),
  '/nope',
  '/debug/nope',
  '/debug',
  '/health/',
  '/HEALTH',
  '/workspaces/%',
  '/connections/%ff%00',
  '/.env',
];
/** Every route and method but GET and HEAD /health, which need no token. */
const everything = paths
  .flatMap((path) => METHODS.map((method) => ({ method, path })))
  .filter(({ method, path }) => path !== '/health' || !['GET', 'HEAD'].includes(method));
/** Each path once, and each method. */
const some = paths.map((path, index) => ({
  method: path === '/health' ? 'POST' : METHODS[index % METHODS.length]!,
  path,
}));

const REQUIRED = ['SUPABASE_URL', 'SUPABASE_SECRET_KEY', 'CREDENTIALS_KEY'] as const;
const MALFORMED: Given = {
  SUPABASE_URL: 'https://supabase.com/dashboard/project/echo7',
  SUPABASE_SECRET_KEY: 'sb_publishable_echo7',
  CREDENTIALS_KEY: 'echo7',
  CREDENTIALS_KEY_PREVIOUS: 'echo7',
  API_TOKEN_PREVIOUS: 'echo7',
  DEBUG_ENDPOINTS: 'echo7',
  INCREMENTAL_PAGE_SIZE: 'echo7',
  BUSINESS_HOURS_START: '24',
  TICK_SECONDS: 7,
  ALERT_WEBHOOK_URL: 'echo7',
  ALERT_WEBHOOK_SECRET: 'whsec_',
  SERVICETITAN_AUTH_URL: 'http://echo7.example',
  SERVICETITAN_API_URL: null,
};
const ALL_MISSING: Given = Object.fromEntries(Object.keys(env).map((name) => [name, undefined]));
const broken: [string, Given][] = [
  ...REQUIRED.map((name): [string, Given] => [`${name} is missing`, { [name]: undefined }]),
  ...REQUIRED.map((name): [string, Given] => [`${name} is empty`, { [name]: '' }]),
  ...Object.entries(MALFORMED).map(([name, value]): [string, Given] => [`${name} is malformed`, { [name]: value }]),
  ['all are malformed but the token', MALFORMED],
  ['all are missing but the token, bindings included', { ...ALL_MISSING, API_TOKEN: TOKEN }],
  ['only the previous token is usable', { API_TOKEN: 'a', API_TOKEN_PREVIOUS: TOKEN }],
];

test.for([['all is set up', {}], ...broken] as [string, Given][])(
  'a stranger is told the same words, byte for byte, by every route and method, where %s',
  async ([, settings]) => {
    const usual = await ask({}, { headers: {} });
    expect([usual.status, usual.error]).toEqual([
      401,
      { code: 'unauthorized', message: 'Send the header "Authorization: Bearer <API_TOKEN>".' },
    ]);
    const isWhole = Object.keys(settings).length !== 1;
    for (const asked of isWhole ? everything : some) {
      const headers: Record<string, string> = asked.method === 'GET' ? {} : { authorization: 'Bearer wrong' };
      const answer = await ask({ ...UNLIMITED, ...settings }, { ...asked, headers });
      expect([asked, answer.status, answer.headers]).toEqual([asked, 401, usual.headers]);
      expect(answer.text).toBe(asked.method === 'HEAD' ? '' : usual.text);
    }
    expect(said.join()).not.toContain('echo7');
  },
);

describe('without a usable token', () => {
  const none: [string, Given][] = [
    ['it is missing', { API_TOKEN: undefined }],
    ['it is empty', { API_TOKEN: ' ' }],
    ['it is weak', { API_TOKEN: 'a' }],
    ['it is one character over and over', { API_TOKEN: 'a'.repeat(64) }],
    ['everything is missing', ALL_MISSING],
    ['everything is malformed', { ...MALFORMED, API_TOKEN: 'a' }],
  ];
  test.for(none)(
    'everybody is told only that there is none, by every route and method, where %s',
    async ([, settings]) => {
      const usual = await ask({ API_TOKEN: undefined });
      expect([usual.status, usual.error]).toEqual([
        503,
        { code: 'not_configured', message: expect.stringMatching(/no usable API_TOKEN.*openssl rand -hex 32/) },
      ]);
      const isWhole = Object.keys(settings).length !== 1;
      for (const asked of isWhole ? everything : some) {
        for (const token of [undefined, String(settings['API_TOKEN']), TOKEN]) {
          const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
          const answer = await ask({ ...settings, ...UNLIMITED }, { ...asked, headers });
          expect([asked, answer.status, answer.headers]).toEqual([asked, 503, usual.headers]);
          expect(answer.text).toBe(asked.method === 'HEAD' ? '' : usual.text);
        }
      }
      expect(usual.text).not.toMatch(/SUPABASE|CREDENTIALS|SERVICETITAN|ALERT/);
    },
  );

  test('that there is no usable token is told within the rate limits alone', async () => {
    for (const limiter of ['CALLS', 'FAILED_AUTHENTICATIONS']) {
      const headers = { 'cf-connecting-ip': `fd00:${crypto.randomUUID().slice(0, 4)}::1` };
      const statuses = [];
      for (let count = 0; count < 8; count += 1)
        statuses.push((await ask({ ...ALL_MISSING, [limiter]: tight }, { headers })).status);
      expect(new Set(statuses)).toEqual(new Set([503, 429]));
    }
  });

  test('the log names every setting at fault, a value never, in one line a request', async () => {
    await ask({ API_TOKEN: undefined, SUPABASE_URL: undefined, CREDENTIALS_KEY_PREVIOUS: 'echo7' }, { path: '/echo7' });
    expect(said.map((line) => JSON.parse(line))).toEqual([
      {
        event: 'request_failed',
        path: null,
        status: 503,
        code: 'not_configured',
        reason: expect.stringMatching(/API_TOKEN.*/),
      },
    ]);
    for (const name of ['API_TOKEN', 'SUPABASE_URL', 'CREDENTIALS_KEY_PREVIOUS']) expect(said[0]).toContain(name);
    expect(said[0]).not.toContain('echo7');
  });
});

describe('a caller with the right token', () => {
  test('a trusted caller is told every setting at fault and what to do, never a value, and the log has it once', async () => {
    for (const path of ['/workspaces', '/debug/pagination?workspaceId=w&tenantId=1', '/openapi.json', '/nope']) {
      said.length = 0;
      const answer = await ask(MALFORMED, { path, headers: trusted });
      expect([answer.status, answer.error?.code]).toEqual([500, 'config_invalid']);
      for (const name of Object.keys(MALFORMED)) expect(answer.error?.message).toContain(name);
      expect(answer.error?.message).toMatch(/openssl rand -base64 32.*README\.md/);
      expect(answer.text + said.join()).not.toContain('echo7');
      expect(said.filter((line) => line.includes('SUPABASE_URL'))).toHaveLength(1);
    }
  });

  test.for(REQUIRED)('is told that %s is missing', async (name) => {
    const answer = await ask({ [name]: undefined }, { headers: trusted });
    expect([answer.status, answer.error]).toEqual([
      500,
      { code: 'config_invalid', message: expect.stringContaining(`${name} is missing: it has to be`) },
    ]);
  });

  test('is told by the debug routes that their switch is misspelt, and by no other route', async () => {
    const settings = { DEBUG_ENDPOINTS: 'TRUE' };
    const debug = await ask(settings, { path: '/debug/pagination?workspaceId=w&tenantId=1', headers: trusted });
    expect([debug.status, debug.error?.message]).toEqual([500, expect.stringContaining('DEBUG_ENDPOINTS has to be')]);
    expect((await ask(settings, { headers: trusted })).status).toBe(200);
  });

  test('is served where only settings are at fault that others need', async () => {
    const needed = [...REQUIRED, 'SERVICETITAN_AUTH_URL', 'SERVICETITAN_API_URL'] as string[];
    const minor = Object.fromEntries(Object.entries(MALFORMED).filter(([name]) => !needed.includes(name)));
    const answer = await ask({ ...minor, API_TOKEN: 'a', API_TOKEN_PREVIOUS: TOKEN }, { headers: trusted });
    expect(answer.status).toBe(200);
  });
});

describe('/health', () => {
  test.for(['GET', 'HEAD'])('%s answers 200 while the Worker is set up, whatever else is malformed', async (method) => {
    for (const settings of [
      {},
      { CREDENTIALS_KEY_PREVIOUS: 'x' },
      { ALERT_WEBHOOK_URL: 'x' },
      { DEBUG_ENDPOINTS: 'x' },
    ])
      expect((await ask(settings, { method, path: '/health' })).status).toBe(200);
  });

  test.for(broken.filter(([name]) => REQUIRED.some((required) => name.startsWith(`${required} `))))(
    'answers 503 and nothing else where %s',
    async ([, settings]) => {
      const answer = await ask(settings, { path: '/health' });
      expect([answer.status, answer.error]).toEqual([
        503,
        { code: 'not_configured', message: 'The Worker lacks settings that it needs: its log says which.' },
      ]);
    },
  );
});

describe('a tick', () => {
  const tick = (settings: Given) =>
    worker.scheduled(createScheduledController({ cron: '*/15 * * * *' }), { ...env, ...settings } as never);

  test.for(broken.filter(([, settings]) => [...REQUIRED, 'SERVICETITAN_AUTH_URL'].some((name) => name in settings)))(
    'does not throw and says in one line what is at fault, where %s',
    async ([, settings]) => {
      await expect(tick(settings)).resolves.toBeUndefined();
      expect(said.map((line) => JSON.parse(line))).toEqual([
        { event: 'settings_invalid', syncs: false, reason: expect.stringMatching(/missing or malformed/) },
      ]);
      for (const name of [...REQUIRED, 'SERVICETITAN_AUTH_URL', 'TICK_SECONDS'].filter((name) => name in settings))
        if (settings[name] !== undefined || REQUIRED.includes(name as never)) expect(said[0]).toContain(name);
      expect(said[0]).not.toContain('echo7');
    },
  );

  test('tells its heartbeat that it could do nothing where a needed setting is missing', async () => {
    const asked: string[] = [];
    const spy = vi.spyOn(globalThis, 'fetch').mockImplementation(async (input) => {
      asked.push(String(input instanceof Request ? input.url : input));
      return new Response('');
    });
    onTestFinished(() => spy.mockRestore());
    await tick({ SUPABASE_URL: undefined, HEARTBEAT_URL: 'https://heartbeat.example/ping/one' });
    expect(asked).toEqual(['https://heartbeat.example/ping/one/fail']);
  });

  test('syncs where only the token, a previous secret or an alert is at fault, and says what is', async () => {
    await tick({ API_TOKEN: undefined, CREDENTIALS_KEY_PREVIOUS: 'typo', ALERT_WEBHOOK_URL: 'echo7' });
    const lines = said.map((line) => JSON.parse(line) as Given);
    expect(lines.filter(({ event }) => event === 'settings_invalid')).toEqual([
      { event: 'settings_invalid', syncs: true, reason: expect.stringMatching(/CREDENTIALS_KEY_PREVIOUS.*API_TOKEN/) },
    ]);
    expect(lines.map(({ event }) => event)).toContain('tick');
  });
});
