// The front of the local stack's Worker, before a server that shows what reaches it.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startFront } from '../../local/front.ts';
import type { Listener } from '../../local/loopback.ts';
import { rawCall, type RawCall, rawText, statusOf } from './rawCall.ts';

interface Reached {
  method: string | undefined;
  url: string | undefined;
  headers: IncomingHttpHeaders;
  body: string;
}

const reached: Reached[] = [];
let worker: Server;
let front: Listener;

beforeAll(async () => {
  worker = createServer(async (incoming, response) => {
    let body = '';
    for await (const chunk of incoming) body += chunk;
    reached.push({ method: incoming.method, url: incoming.url, headers: incoming.headers, body });
    response.writeHead(200, { 'access-control-allow-origin': '*', 'x-of-the-worker': 'yes' }).end('answered');
  });
  await new Promise<void>((resolve) => worker.listen(0, '127.0.0.1', resolve));
  front = await startFront({
    port: 0,
    workerUrl: `http://127.0.0.1:${(worker.address() as AddressInfo).port}`,
    token: 'the-token',
  });
});
afterAll(async () => {
  await front.stop();
  worker.closeAllConnections();
  worker.close();
});
beforeEach(() => void reached.splice(0));

const ask = (call: RawCall) => rawCall(Number(new URL(front.url).port), call);
const JSON_BODY: [string, string] = ['Content-Type', 'application/json'];

test('adds the token where the caller sent none, and leaves the one that was sent', async () => {
  await ask({ target: '/workspaces?after=1' });
  await ask({ headers: [['Authorization', 'Bearer another']] });
  expect(reached.map(({ url, headers }) => [url, headers.authorization])).toEqual([
    ['/workspaces?after=1', 'Bearer the-token'],
    ['/', 'Bearer another'],
  ]);
});

test('takes from the caller no header that only the network in front of a Worker sets, and answers no CORS', async () => {
  const lies = [
    'MF-Original-URL',
    'mf-op',
    'MF-CF-Blob',
    'CF-Connecting-IP',
    'cf-worker',
    'X-Forwarded-For',
    'X-Forwarded-Host',
    'Forwarded',
    'X-Real-IP',
    'True-Client-IP',
  ];
  const answer = await ask({
    headers: [...lies.map((name): [string, string] => [name, 'http://localhost/']), ['X-Mine', 'kept']],
  });
  expect(statusOf(answer)).toBe(200);
  expect(answer).toMatch(/x-of-the-worker: yes/);
  expect(answer).not.toMatch(/access-control-/i);
  const names = Object.keys(reached[0]!.headers);
  expect(names).toContain('x-mine');
  expect(names.filter((name) => lies.some((lie) => lie.toLowerCase() === name))).toEqual([]);
});

test.for([
  ['JSON', 'POST', [JSON_BODY]],
  ['JSON with its charset', 'PUT', [['content-type', 'application/json ; charset=utf-8']]],
  ['a token of the caller', 'DELETE', [['Authorization', 'Bearer another']]],
  ['its own page', 'POST', [['Sec-Fetch-Site', 'same-origin']]],
] as [string, string, [string, string][]][])(
  'a change that comes with %s reaches the Worker',
  async ([, method, headers]) => {
    expect(statusOf(await ask({ method, headers, body: '{}' }))).toBe(200);
    expect(reached).toMatchObject([{ method, body: '{}' }]);
  },
);

test.for([
  ['nothing', []],
  ['text', [['Content-Type', 'text/plain']]],
  ['a form', [['Content-Type', 'application/x-www-form-urlencoded']]],
  ['text that mentions JSON', [['Content-Type', 'text/plain; x=application/json']]],
  ['a type that begins as JSON', [['Content-Type', 'application/jsonp']]],
  ['an empty token', [['Authorization', '']]],
] as [string, [string, string][]][])('a change that comes with %s is refused', async ([, headers]) => {
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
    const answer = await ask({ method, target: '/connections/45963/pause', headers });
    expect([statusOf(answer), answer]).toEqual([415, expect.stringContaining('Content-Type: application/json')]);
  }
  expect(reached).toEqual([]);
});

test.for([
  '/cdn-cgi/explorer',
  '/cdn-cgi/explorer/',
  '/cdn-cgi/explorer/assets/a.js',
  '/cdn-cgi/local/explorer/api/workflows?page=1',
])('the explorer of Workflow runs is open: %s', async (target) => {
  expect(statusOf(await ask({ target }))).toBe(200);
  expect(reached).toMatchObject([{ url: target }]);
});

test.for([
  '/cdn-cgi/local/scheduled',
  '/cdn-cgi/handler/scheduled',
  '/cdn-cgi/local/platform-proxy',
  '/cdn-cgi',
  '/CDN-CGI/local/scheduled',
  '//cdn-cgi/local/scheduled',
  '/x//cdn-cgi/local/scheduled',
  '/%63dn-cgi/local/scheduled',
  '/%2563dn-cgi/local/scheduled',
  '/cdn%2Dcgi/local/scheduled',
  '/x/../cdn-cgi/local/scheduled',
  '/x/%2e%2e/cdn-cgi/local/scheduled',
  '/x\\..\\cdn-cgi\\local\\scheduled',
  '\\cdn-cgi/local/scheduled',
  '/./cdn-cgi/local/scheduled',
  '/%2fcdn-cgi/local/scheduled',
  '/cdn-cgi;/local/scheduled',
  '/%/cdn-cgi/local/scheduled',
  '/cdn-cgi/explorer/../local/scheduled',
  '/cdn-cgi/explorer/%2e%2e/local/scheduled',
  '/cdn-cgi/explorer/..%2flocal/scheduled',
  '/cdn-cgi/explorer/..%5clocal/scheduled',
  '/cdn-cgi/explorer/%252e%252e/local/scheduled',
  '/cdn-cgi/explorer//../../local/scheduled',
  '/cdn-cgi/explorers',
  'http://127.0.0.1/cdn-cgi/local/scheduled',
  'http://127.0.0.1/workspaces',
  '//evil.example/workspaces',
  '/\\evil.example/workspaces',
  '*',
])('the rest of the dev server is shut: %s', async (target) => {
  // Node itself refuses what is no path at all.
  expect(statusOf(await ask({ target }))).toBeOneOf([400, 404]);
  expect(reached).toEqual([]);
});

test.for(['OPTIONS', 'TRACE', 'PROPFIND', 'QUERY', 'CONNECT'])('%s does not reach the Worker', async (method) => {
  expect(statusOf(await ask({ method, target: method === 'CONNECT' ? '127.0.0.1:80' : '/workspaces' }))).not.toBe(200);
  expect(reached).toEqual([]);
});

test('no connection is upgraded', async () => {
  const answer = await ask({
    headers: [
      ['Connection', 'Upgrade, close'],
      ['Upgrade', 'websocket'],
      ['Sec-WebSocket-Version', '13'],
      ['Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ=='],
    ],
  });
  expect(statusOf(answer)).toBe(400);
  expect(reached).toEqual([]);
});

test('a request inside of a body stays a body', async () => {
  const inner = 'GET /cdn-cgi/local/scheduled HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n';
  const body = `${inner.length.toString(16)}\r\n${inner}\r\n0\r\n\r\n`;
  for (const method of ['GET', 'DELETE']) {
    const { port, host } = new URL(front.url);
    const head = [
      `${method} /workspaces HTTP/1.1`,
      `Host: ${host}`,
      JSON_BODY.join(': '),
      'Transfer-Encoding: chunked',
    ];
    await rawText(Number(port), `${[...head, 'Connection: close'].join('\r\n')}\r\n\r\n${body}`);
  }
  expect(reached.map(({ url, body: text }) => [url, text])).toEqual([
    ['/workspaces', inner],
    ['/workspaces', inner],
  ]);
});

test('what can’t be passed on is told in a sentence, not with an address or a stack', async () => {
  const nobody = await startFront({ port: 0, workerUrl: 'http://127.0.0.1:9', token: 't' });
  const answer = await fetch(`${nobody.url}/workspaces`);
  expect([answer.status, await answer.json()]).toEqual([
    502,
    { success: false, error: { code: 'worker_unavailable', message: 'The Worker does not answer: its log says why.' } },
  ]);
  await nobody.stop();
});
