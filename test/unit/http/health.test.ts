// What is told from outside: GET /health, the heartbeat, and a call that finds the cron missing. Supabase is a server of a few lines.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { sendHeartbeat } from '../../../src/alerts/heartbeat.ts';
import { readConfig, readSettings } from '../../../src/config.ts';
import { createApi } from '../../../src/http/api.ts';
import { requireToken } from '../../../src/http/auth.ts';
import { catchUp } from '../../../src/http/catchUp.ts';
import { health } from '../../../src/http/health.ts';
import { answerProblem } from '../../../src/http/problem.ts';
import { forgetLastTick, readLastTick } from '../../../src/http/lastTick.ts';
import { callContext, settingsFor, trusted } from './front.ts';

const server = createServer((request, response) => {
  let body = '';
  request.on('data', (part) => (body += String(part)));
  request.on('end', () => {
    const path = request.url ?? '';
    asked.push(path.replace('/rest/v1/rpc/', ''));
    if (status === 200 && path.endsWith('list_servicetitan_workspaces'))
      return void response.end(JSON.stringify({ workspaces: [], next_after: null }));
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(path.includes('read_servicetitan_tick') ? tick : 0));
  });
});
let asked: string[] = [];
let status = 200;
let tick: { tick_seconds_ago: number | null; work_seconds_ago: number | null };
let url = '';
const since = (seconds: number | null, work = seconds) => ({ tick_seconds_ago: seconds, work_seconds_ago: work });

beforeEach(async () => {
  forgetLastTick();
  [asked, status, tick] = [[], 200, since(60)];
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

/** As src/http/app.ts puts them together. */
const app = createApi();
app.use(async (context, next) => {
  context.set('settings', readSettings(context.env));
  await next();
});
app.route('/', health);
app.use(requireToken);
app.use(async (context, next) => {
  context.set('config', readConfig(context.env));
  await next();
});
app.use(catchUp);
app.get('/workspaces', (context) => context.json({ status: 'ok' }));
app.onError((error, context) => answerProblem(context, error));

const settings = () => settingsFor(url);

async function ask(path: string, headers: Record<string, string> = {}, env: object = settings()) {
  const { context, later } = callContext();
  const response = await app.request(path, { headers }, env, context as never);
  const answer = (await response.json()) as { status?: string; error?: { code: string } };
  await Promise.all(later);
  return { status: response.status, code: answer.error?.code ?? answer.status, text: JSON.stringify(answer) };
}

test.for([
  ['a tick that came in time', since(60), [200, 'ok']],
  ['three ticks missing, and no more', since(2700), [200, 'ok']],
  ['more than three ticks missing', since(2701), [503, 'no_tick']],
  ['a call that did their work', since(2701, 5), [503, 'no_tick']],
  ['a new deployment, whose first tick is to come', since(null), [200, 'ok']],
  ['a tick on record that is still to come, because a clock went back', since(-2701), [503, 'no_tick']],
  ['a clock that is a little behind', since(-5), [200, 'ok']],
] as const)('/health with %s', async ([, found, answer]) => {
  tick = found;
  const { status: code, code: word } = await ask('/health');
  expect([code, word]).toEqual(answer);
});

test.for([401, 402, 500, 503, 540])(
  '/health says that there is no database where it answers %i, and nothing else',
  async (answer) => {
    status = answer;
    const { status: code, text } = await ask('/health');
    expect([code, JSON.parse(text)]).toEqual([
      503,
      { success: false, error: { code: 'no_database', message: 'The database does not answer: the log says why.' } },
    ]);
  },
);

test('what /health found is kept for half a minute, and its seconds go on', async () => {
  const config = readConfig(settings());
  tick = since(2690);
  const now = Date.now();
  expect(await readLastTick(config, now)).toEqual(since(2690));
  tick = since(1);
  expect(await readLastTick(config, now + 29_000)).toEqual(since(2719));
  expect(asked).toHaveLength(1);
  expect(await readLastTick(config, now + 30_000)).toEqual(since(1));
  expect(asked).toHaveLength(2);
});

test('R14: a trusted call that finds the cron missing does the work of a tick, once', async () => {
  tick = since(1351);
  const env = settings();
  await ask('/workspaces', trusted, env);
  expect(asked).toContain('list_servicetitan_workspaces');
  expect(asked).toContain('note_servicetitan_tick');
  asked = [];
  tick = since(1351, 2);
  await ask('/workspaces', trusted, env);
  expect(asked).not.toContain('list_servicetitan_workspaces');
});

test('R14: a tick on record that is still to come keeps no call from doing the work of one', async () => {
  tick = since(-2147483647);
  await ask('/workspaces', trusted);
  expect(asked).toContain('list_servicetitan_workspaces');
});

test.for([
  ['a tick in time', since(1350), trusted],
  ['a new deployment', since(null), trusted],
  ['a stranger', since(5000), {}],
] as const)('R14: no call does the work of a tick with %s', async ([, found, headers]) => {
  tick = found;
  await ask('/workspaces', headers as Record<string, string>);
  expect(asked).not.toContain('list_servicetitan_workspaces');
});

test.for([
  ['/ping/abc', true, '/ping/abc'],
  ['/ping/abc', false, '/ping/abc/fail'],
  ['/ping/abc/?rid=7', false, '/ping/abc/fail?rid=7'],
] as const)('the heartbeat of %s goes, done %s, to %s', async ([path, isDone, called]) => {
  const logged: object[] = [];
  const config = readConfig({ ...settings(), HEARTBEAT_URL: `${url}${path}` });
  await sendHeartbeat(config, isDone, (entry) => logged.push(entry));
  expect([asked, logged]).toEqual([[called], []]);
});

test('a heartbeat that is not taken harms nothing, and its address stands in no log', async () => {
  const logged: object[] = [];
  const log = (entry: object) => void logged.push(entry);
  status = 404;
  await sendHeartbeat(readConfig({ ...settings(), HEARTBEAT_URL: `${url}/ping/secret-place` }), true, log);
  await sendHeartbeat(readConfig({ ...settings(), HEARTBEAT_URL: 'http://127.0.0.1:9/secret-place' }), true, log);
  await sendHeartbeat(readConfig(settings()), true, log);
  expect(logged).toMatchObject([{ event: 'heartbeat_not_sent', status: 404 }, { event: 'heartbeat_not_sent' }]);
  expect(JSON.stringify(logged)).not.toContain('secret-place');
});
