// `npm run doctor` as a person or a script runs it. The Worker is a server of a few lines that says what a
// test wants; what a real one says is held in test/resilience/doctor.test.ts.
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startFront } from '../../local/front.ts';
import { runDoctor } from '../../local/doctor.ts';
import { randomApiToken } from '../support/credentialsKey.ts';

const TOKEN = randomApiToken();
let answer: { status: number; body: unknown };
let asked: string[] = [];
const server = createServer((request, response) => {
  asked.push(request.url ?? '');
  const isIn = request.headers.authorization === `Bearer ${TOKEN}`;
  response.writeHead(isIn ? answer.status : 401, { 'content-type': 'application/json' });
  response.end(JSON.stringify(isIn ? answer.body : { success: false, error: { code: 'unauthorized', message: 'x' } }));
});
let url: string;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(resolve));
});

const line = (check: string, result: string, message: string, advice: string | null = null) => ({
  check,
  result,
  message,
  advice,
});
const says = (result: string, ...checks: object[]) => {
  answer = { status: 200, body: { success: true, result, checks } };
};
const SETTINGS = [line('settings/A', 'ok', 'Set.'), line('settings/B', 'ok', 'Set.')];

async function spawnCommand(args: string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, ['local/preflight.mjs', 'doctorCommand.ts', ...args], {
    cwd: join(import.meta.dirname, '..', '..'),
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, printed };
}

test('it prints each line with what to do, and ends with 1 where something fails', async () => {
  says(
    'fail',
    ...SETTINGS,
    line('database', 'fail', 'It is away.', 'Start it.'),
    line('alerts', 'warn', 'None.', 'Set them.'),
  );
  const { code, printed } = await spawnCommand(['--url', url, '--token', TOKEN]);
  expect(printed.split('\n')).toEqual([
    'ok    settings  2 are in the form that they have to have.',
    'fail  database  It is away.',
    '                What to do: Start it.',
    'warn  alerts    None.',
    '                What to do: Set them.',
    '',
    `1 failure and 1 warning at ${url}.`,
    '',
  ]);
  expect(code).toBe(1);
});

test('it ends with 0 where all is well or a warning, and takes address and token from the environment', async () => {
  const env = { WORKER_URL: url, API_TOKEN: TOKEN };
  says('warn', ...SETTINGS, line('alerts', 'warn', 'None.', 'Set them.'));
  expect((await runDoctor([], env)).exit).toBe(0);
  says('ok', ...SETTINGS);
  expect(await runDoctor(['--workspace', 'w 1'], env)).toMatchObject({
    exit: 0,
    lines: expect.arrayContaining([`All is well at ${url}.`]),
  });
  expect(asked.at(-1)).toBe('/doctor?workspaceId=w+1');
});

test('the front of the local stack needs no token', async () => {
  const front = await startFront({ port: 0, workerUrl: url, token: TOKEN });
  says('ok', ...SETTINGS);
  expect((await runDoctor(['--url', front.url], {})).exit).toBe(0);
  await front.stop();
});

test.for([
  ['no Worker', () => ['--url', 'http://127.0.0.1:1'], /gave no answer/],
  ['a wrong token', () => ['--url', url, '--token', 'wrong'], /does not let you in: set API_TOKEN/],
  ['an address without TLS', () => ['--url', 'http://example.com'], /has to be the https address/],
  ['an option that does not exist', () => ['--nope', TOKEN], /The option --nope is not as it should be/],
] as [string, () => string[], RegExp][])('with %s it says so and ends with 2', async ([, args, words]) => {
  const { code, printed } = await spawnCommand(args());
  expect(printed).toMatch(words);
  expect(printed).not.toContain(TOKEN);
  expect(code).toBe(2);
});

test.for([
  ['a Worker from before there was a doctor', { status: 404, body: { error: { message: 'There is no /doctor.' } } }],
  ['somebody else', { status: 200, body: { hello: 'world' } }],
])('%s is told from a healthy one', async ([, given]) => {
  answer = given as typeof answer;
  await expect(runDoctor(['--url', url, '--token', TOKEN], {})).rejects.toThrow(
    /no \/doctor|did not answer as this Worker's doctor/,
  );
});

test('what would steer a terminal is shown and not done', async () => {
  says('fail', line('database', 'fail', 'It is \u001b[31maway.'));
  const { lines } = await runDoctor(['--url', url, '--token', TOKEN], {});
  expect(lines.join('\n')).toContain('\\x1b[31maway.');
});
