import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { reply, requestToken } from './tenantClient.ts';

const MAIN = join(import.meta.dirname, '../../local/serviceTitan/main.ts');

test('starts with the tenant of the examples, and ends on SIGTERM', async () => {
  const env = { ...process.env, SERVICETITAN_PORT: '0', SERVICETITAN_CUSTOMERS: '25' };
  const child = spawn(process.execPath, [MAIN], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const [line] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string];
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(line)![0];
    const token = await requestToken(url, { clientId: 'local-client-id', clientSecret: 'local-client-secret' });
    const headers = { Authorization: token.body.access_token as string, 'ST-App-Key': 'local-app-key' };
    const customers = `${url}/crm/v2/tenant/410387862/customers`;
    const list = await reply(await fetch(`${customers}?active=Any&includeTotal=true`, { headers }));
    expect(list.body.totalCount).toBe(25);
    expect((await fetch(`${customers}/229472825`, { headers })).status).toBe(200);
  } finally {
    child.kill('SIGTERM');
  }
  expect(await once(child, 'exit')).toEqual([0, null]);
});

test('rejects when its port is taken', async () => {
  const { startServiceTitan } = await import('../../local/serviceTitan/server.ts');
  const first = await startServiceTitan();
  const port = Number(new URL(first.url).port);
  await expect(startServiceTitan({ port })).rejects.toThrow('EADDRINUSE');
  await first.stop();
  const second = await startServiceTitan({ port });
  await second.stop();
});
