// What GET /health and a trusted call do while the database answers badly, or not at all.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { forgetLastTick } from '../../../src/http/lastTick.ts';
import { callContext, settingsFor, trusted } from './front.ts';

let answer: (name: string) => { status: number; body: object } | null;
let asked: string[] = [];
let server: Server;
let url = '';
const lines: string[] = [];

beforeEach(async () => {
  forgetLastTick();
  asked = [];
  lines.length = 0;
  server = createServer((request, response) => {
    const name = (request.url ?? '').replace('/rest/v1/rpc/', '');
    asked.push(name);
    const given = answer(name);
    if (given === null) return; // it hangs
    response.writeHead(given.status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(given.body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  for (const method of ['log', 'error'] as const)
    vi.spyOn(console, method).mockImplementation((line: unknown) => void lines.push(String(line)));
});
afterEach(async () => {
  vi.restoreAllMocks();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const settings = () => ({ ...settingsFor(url), SERVICETITAN_SYNC: {} });

async function ask(path: string, env: object) {
  // Not by name: its types are workerd's.
  const { app } = await import(String('../../../src/http/app.ts'));
  const { context, later } = callContext();
  const response: Response = await app.request(path, { headers: trusted }, env, context);
  return { status: response.status, later };
}

const failing = (status: number, code: string) => ({ status, body: { code, message: 'Lucia Ortega', details: null } });

test('the log says why /health finds no database', async () => {
  answer = () => failing(402, 'none');
  expect((await ask('/health', settings())).status).toBe(503);
  expect(lines.join('\n')).toMatch(/read_servicetitan_tick \(status 402/);
  expect(lines.join('\n')).not.toContain('Ortega');
});

test('R14: while the database takes no writes, calls do the work of one tick and not of one each', async () => {
  answer = (name) =>
    name === 'read_servicetitan_tick'
      ? { status: 200, body: { tick_seconds_ago: 9000, work_seconds_ago: 9000 } }
      : name === 'list_servicetitan_workspaces'
        ? { status: 200, body: { workspaces: [], next_after: null } }
        : failing(405, '25006');
  const env = settings();
  for (let call = 0; call < 3; call += 1) await ask('/workspaces', env);
  await vi.waitFor(() => expect(asked).toContain('note_servicetitan_tick'));
  expect(asked.filter((name) => name === 'list_servicetitan_workspaces')).toHaveLength(1);
});

test('a database that hangs is not waited for longer than whoever asks would wait', { timeout: 20_000 }, async () => {
  answer = (name) => (name === 'read_servicetitan_tick' ? null : failing(503, 'PGRST002'));
  const env = settings();
  expect((await ask('/health', env)).status).toBe(503);
  // What was found is kept for half a minute from then on.
  expect((await ask('/workspaces', env)).status).toBe(503);
  expect(asked.filter((name) => name === 'read_servicetitan_tick')).toHaveLength(1);
});
