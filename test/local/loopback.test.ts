// Each HTTP server of the stack lets in this machine's own programs and pages, and nobody else.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { startFront } from '../../local/front.ts';
import type { Listener } from '../../local/loopback.ts';
import { foreignCalls, rawCall, type RawCall, statusOf } from './rawCall.ts';

const { supabaseUrl, secretKey, serviceTitanUrl } = inject('stack');
const port = (url: string) => Number(new URL(url).port);
const worker = createServer((_, response) =>
  response.writeHead(200, { 'access-control-allow-origin': '*' }).end('{"data":true}'),
);
let front: Listener;

beforeAll(async () => {
  await new Promise<void>((resolve) => worker.listen(0, '127.0.0.1', resolve));
  const workerUrl = `http://127.0.0.1:${(worker.address() as AddressInfo).port}`;
  front = await startFront({ port: 0, workerUrl, token: 'the-token' });
});
afterAll(async () => {
  await front.stop();
  worker.closeAllConnections();
  worker.close();
});

const listeners: [string, () => number, RawCall][] = [
  [
    'the Supabase gateway',
    () => port(supabaseUrl),
    { target: '/rest/v1/workspaces?select=id', headers: [['apikey', secretKey]] },
  ],
  ['the simulated ServiceTitan', () => port(serviceTitanUrl), { target: '/simulator/tenants' }],
  ['the front of the Worker', () => port(front.url), { target: '/workspaces' }],
];

const refused = (own: number): [string, [string, string][]][] => [
  ...foreignCalls(own),
  ['the own name with another port', [['Host', `127.0.0.1:${own + 1}`]]],
  ['the own name without the port', [['Host', 'localhost']]],
  ['the own name with a dot behind it', [['Host', `localhost.:${own}`]]],
  ['the own port with a dot behind it', [['Host', `localhost:${own}.`]]],
  ['the own address in another notation', [['Host', `2130706433:${own}`]]],
  ['every address', [['Host', `0.0.0.0:${own}`]]],
  ['a name in front of the own one', [['Host', `evil.example@127.0.0.1:${own}`]]],
  ['an empty Host', [['Host', '']]],
  [
    'two Hosts, the right one first',
    [
      ['Host', `127.0.0.1:${own}`],
      ['Host', 'evil.example'],
    ],
  ],
  [
    'two Hosts, the right one last',
    [
      ['Host', 'evil.example'],
      ['Host', `127.0.0.1:${own}`],
    ],
  ],
  ['the Origin of another port', [['Origin', `http://127.0.0.1:${own + 1}`]]],
  ['the Origin over https', [['Origin', `https://127.0.0.1:${own}`]]],
  ['no Origin by name', [['Origin', 'null']]],
  ['an Origin that begins as the own one', [['Origin', `http://127.0.0.1:${own}.evil.example`]]],
  ['an Origin with a path', [['Origin', `http://127.0.0.1:${own}/`]]],
  ['two Origins in one', [['Origin', `http://127.0.0.1:${own} http://evil.example`]]],
  [
    'two Origins',
    [
      ['Origin', `http://127.0.0.1:${own}`],
      ['Origin', 'http://evil.example'],
    ],
  ],
  ['a request from another site', [['Sec-Fetch-Site', 'cross-site']]],
  ['a request from another port', [['Sec-Fetch-Site', 'same-site']]],
  ['a preflight of the own page', [['Access-Control-Request-Method', 'POST']]],
];

const accepted = (own: number): [string, [string, string][]][] => [
  ['the address', [['Host', `127.0.0.1:${own}`]]],
  ['the name', [['Host', `localhost:${own}`]]],
  ['the name in capitals', [['Host', `LOCALHOST:${own}`]]],
  ['the address of IPv6', [['Host', `[::1]:${own}`]]],
  [
    'its own page',
    [
      ['Origin', `http://127.0.0.1:${own}`],
      ['Sec-Fetch-Site', 'same-origin'],
    ],
  ],
  ['an address that was typed', [['Sec-Fetch-Site', 'none']]],
];

test.for(listeners)('%s lets in this machine alone', async ([, portOf, call]) => {
  const own = portOf();
  const ask = (headers: [string, string][]) =>
    rawCall(own, { ...call, headers: [...(call.headers ?? []), ...headers] });
  for (const [name, headers] of accepted(own)) {
    const answer = await ask(headers);
    expect([name, statusOf(answer)]).toEqual([name, 200]);
    expect(answer).not.toMatch(/access-control-/i);
  }
  for (const [name, headers] of refused(own)) {
    const answer = await ask(headers);
    // Node itself refuses a request without one Host.
    expect([name, statusOf(answer)]).toEqual([name, expect.toBeOneOf([400, 403])]);
    expect(answer).not.toMatch(/access-control-|data|tenantIds|"id"/i);
  }
  const old = await rawCall(own, {
    ...call,
    version: '1.0',
    headers: [...(call.headers ?? []), ['Host', 'evil.example']],
  });
  expect(statusOf(old)).toBe(403);
});
