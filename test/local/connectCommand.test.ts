// `npm run connect` as a person or a script uses it, against the Worker's own routes; only the Workflow
// engine is a stand-in.
import { serve } from '@hono/node-server';
import { spawn } from 'node:child_process';
import type { AddressInfo } from 'node:net';
import type { Server } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { runConnect } from '../../local/connectActions.ts';
import { randomApiToken } from '../support/credentialsKey.ts';
import { createTenant, type TestTenant } from '../support/workspace.ts';

const stack = inject('stack');
const TOKEN = randomApiToken();
const allow = { limit: async () => ({ success: true }) };
let server: Server;
let url: string;

beforeAll(async () => {
  const env = {
    SUPABASE_URL: stack.supabaseUrl,
    SUPABASE_SECRET_KEY: stack.secretKey,
    API_TOKEN: TOKEN,
    CREDENTIALS_KEY: stack.credentialsKey,
    SERVICETITAN_AUTH_URL: stack.serviceTitanUrl,
    SERVICETITAN_API_URL: stack.serviceTitanUrl,
    SERVICETITAN_SYNC: { create: async () => ({}) },
    CALLS: allow,
    FAILED_AUTHENTICATIONS: allow,
  };
  // Not by name: its types are workerd's.
  const { app } = await import(String('../../src/http/app.ts'));
  const fetch = async ({ url: address, method, headers }: Request, body?: string) =>
    app.fetch(new Request(address, { method, headers, ...(body ? { body } : {}) }), env);
  await new Promise<void>((resolve) => {
    const answer = async (request: Request) =>
      fetch(request, request.method === 'PUT' ? await request.text() : undefined);
    server = serve({ fetch: answer, port: 0, hostname: '127.0.0.1', overrideGlobalObjects: false }, () =>
      resolve(),
    ) as Server;
  });
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

const PROJECT = join(import.meta.dirname, '..', '..');

const access = (env: Record<string, string>) => ({ WORKER_URL: url, API_TOKEN: TOKEN, ...env });
const run = async (args: string[], env: Record<string, string> = {}) =>
  (await runConnect(args, access(env))).join('\n');

/** The command as a script runs it: without a terminal. */
async function spawnCommand(args: string[]) {
  const child = spawn(process.execPath, ['local/connectCommand.ts', ...args], {
    cwd: PROJECT,
    env: { PATH: process.env['PATH'], ...access({}) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, printed };
}
const flagsOf = ({ tenantId, clientId }: TestTenant) =>
  `--workspace s${tenantId} --tenant ${tenantId} --client-id ${clientId} --time-zone America/Denver --name Example`.split(
    ' ',
  );
const secretsOf = ({ clientSecret, appKey }: TestTenant) => ({
  SERVICETITAN_CLIENT_SECRET: clientSecret,
  SERVICETITAN_APP_KEY: appKey,
});

test('a workspace is connected, shown, paused, resumed and disconnected from the shell, and no secret is printed', async () => {
  const tenant = await createTenant({
    scopes: ['tn.crm.customers:r', 'tn.crm.customers:w', 'tn.jpm.jobs:r', 'tn.crm.leads:r'],
  });
  const workspace = `s${tenant.tenantId}`;
  const connected = await run(flagsOf(tenant), secretsOf(tenant));
  expect(connected).toMatch(/granted +customers +tn\.crm\.customers:r/);
  expect(connected).toMatch(/missing +tag types +tn\.stt\.tagtypes:r\n +The app lacks the scope/);
  expect(connected).toContain(`Watch it: curl -s '${url}/status?instanceId=sync-${workspace}-`);

  const show = () => run(['show', '--workspace', workspace]);
  const shown = await show();
  expect(JSON.parse(shown)).toMatchObject({ tenantId: tenant.tenantId, name: 'Example', enabled: true });
  expect(await run(['pause', '--workspace', workspace])).toContain('is paused');
  expect(JSON.parse(await show())).toMatchObject({ enabled: false });
  expect(await run(['resume', '--workspace', workspace])).toContain('goes on');
  expect(await run(['disconnect', '--workspace', workspace])).toContain('credentials are removed');
  await expect(show()).rejects.toThrow(/not connected/);
  for (const secret of Object.values(secretsOf(tenant))) expect(connected + shown).not.toContain(secret);
});

test('what ServiceTitan refuses is said as the Worker says it', async () => {
  const tenant = await createTenant();
  const refused = run(flagsOf(tenant), { ...secretsOf(tenant), SERVICETITAN_APP_KEY: 'ak1.of-another-app' });
  await expect(refused).rejects.toThrow(/copy the app key .*Nothing was stored/);
  await expect(refused).rejects.not.toThrow(/of-another-app/);
});

test('without a terminal it says what is missing, and fails', async () => {
  const { code, printed } = await spawnCommand(['--workspace', 'w']);
  expect([code, printed]).toEqual([1, expect.stringMatching(/Missing: --tenant, .*SERVICETITAN_APP_KEY/)]);
});

test.for([
  ['a wrong token', ['show', '--workspace', 'w'], { API_TOKEN: 'wrong' }, /set API_TOKEN/],
  ['a Worker that is not there', ['show', '--workspace', 'w'], { WORKER_URL: 'http://127.0.0.1:1' }, /gave no answer/],
  ['an address without TLS', ['show', '--workspace', 'w'], { WORKER_URL: 'http://example.com' }, /has to be the https/],
  ['an unknown action', ['destroy', '--workspace', 'w'], {}, /There is no "destroy"/],
  ['a secret among the arguments', ['--client-secret', 'x'], {}, /Unknown option '--client-secret'/],
  ['no workspace', ['pause'], {}, /Say which workspace/],
] as [string, string[], Record<string, string>, RegExp][])(
  '%s is told with what to do',
  async ([, args, env, words]) => {
    await expect(run(args, env)).rejects.toThrow(words);
  },
);
