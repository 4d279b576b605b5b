// `npm start` as a person runs it, and what anybody else on this machine or on the web can do to it. Its wrangler.toml has a
// custom domain, as a deployed one has.
import { spawnSync } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import postgres from 'postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { descendantsOf, until } from './aliveProcesses.ts';
import { createCheckout, startInCheckout, stackEnvironment } from './checkout.ts';
import { listeningPorts } from './listeningPorts.ts';
import { foreignCalls, rawCall, statusOf } from './rawCall.ts';

const ends: (() => void)[] = [];
const atEnd = (end: () => void) => void ends.unshift(end);
let checkout: string;
let env: Record<string, string>;
let stack: ReturnType<typeof startInCheckout>;
let kept: NodeJS.Dict<string>;

beforeAll(async () => {
  checkout = createCheckout(undefined, atEnd);
  const config = join(checkout, 'wrangler.toml');
  const domain = 'workers_dev = false\nroutes = [{ pattern = "sync.example.com", custom_domain = true }]';
  writeFileSync(config, readFileSync(config, 'utf8').replace('workers_dev = true', domain));
  env = await stackEnvironment(checkout);
  stack = startInCheckout(checkout, [], env, undefined, atEnd);
  await until(() => /Ctrl-C stops everything/.test(stack.output), 90);
  kept = parseEnv(readFileSync(join(checkout, '.local/env'), 'utf8'));
}, 120_000);
afterAll(async () => {
  stack.child.kill('SIGINT');
  await stack.exited.promise;
  for (const end of ends) end();
});

const workerUrl = () => `http://127.0.0.1:${env['WORKER_PORT']}`;
const stackPids = () => [stack.child.pid!, ...descendantsOf(stack.child.pid!)];

/** What each kind of listener holds data under, or obeys. */
const PATHS = [
  '/json',
  '/json/list',
  '/json/version',
  '/workspaces',
  '/rest/v1/workspaces?select=id',
  '/simulator/tenants',
  '/cdn-cgi/local/explorer/api/workflows',
  '/cdn-cgi/local/scheduled',
  '/cdn-cgi/local/platform-proxy',
];

test('no port of a started stack answers another Host, a foreign Origin or a preflight with data', async () => {
  const ports = listeningPorts(stackPids());
  const own = ['WORKER_PORT', 'SUPABASE_PORT', 'POSTGRES_PORT', 'SERVICETITAN_PORT'].map((name) => Number(env[name]));
  expect(ports.map(({ port }) => port)).toEqual(expect.arrayContaining(own));
  expect(ports.filter(({ isLoopback }) => !isLoopback)).toEqual([]);
  const keys: [string, string][] = [
    ['apikey', kept['SUPABASE_SECRET_KEY']!],
    ['MF-Original-URL', `${workerUrl()}/workspaces`],
    ['MF-Op', 'GET'],
  ];
  for (const { port } of ports) {
    for (const target of PATHS) {
      for (const [name, headers] of foreignCalls(port)) {
        const method = name === 'a preflight' ? 'OPTIONS' : 'GET';
        const answer = await rawCall(port, { method, target, headers: [...keys, ...headers] });
        const asked = `${name} at ${port}${target}`;
        // 0: it hung up, because it does not speak HTTP.
        expect([asked, statusOf(answer)]).toEqual([asked, expect.toSatisfy((status) => status === 0 || status >= 400)]);
        expect([asked, answer]).toEqual([asked, expect.not.stringMatching(/access-control-allow-/i)]);
      }
    }
  }
}, 120_000);

test('no port of a started stack opens a WebSocket, to a debugger or anything else, for a page of another origin', async () => {
  const handshake: [string, string][] = [
    ['Origin', 'http://evil.example'],
    ['Connection', 'Upgrade'],
    ['Upgrade', 'websocket'],
    ['Sec-WebSocket-Version', '13'],
    ['Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ=='],
  ];
  for (const { port } of listeningPorts(stackPids())) {
    for (const target of ['/', '/ws', '/core:user:servicetitan-sync']) {
      const answer = await rawCall(port, { target, headers: handshake, headOnly: true });
      expect([port, target, statusOf(answer)]).not.toEqual([port, target, 101]);
    }
  }
}, 60_000);

test('PostgreSQL asks for a password that is this folder’s own', async () => {
  const login = async (user: string, password: string) => {
    const sql = postgres(`postgresql://${user}:${password}@127.0.0.1:${env['POSTGRES_PORT']}/postgres`, { max: 1 });
    return sql`select 1`
      .then(
        () => 'let in',
        (error: { code?: string }) => error.code,
      )
      .finally(() => sql.end());
  };
  for (const name of ['postgres', 'authenticator']) expect([name, await login(name, name)]).toEqual([name, '28P01']);
  expect(await login('postgres', kept['POSTGRES_PASSWORD']!)).toBe('let in');
});

test('the secrets are this folder’s own, and other users can neither read them nor look around', () => {
  const mode = (path: string) => (statSync(join(checkout, '.local', path)).mode & 0o777).toString(8);
  expect(['.', 'env', 'worker', 'logs'].map((path) => [path, mode(path)])).toEqual([
    ['.', '711'],
    ['env', '600'],
    ['worker', '700'],
    ['logs', '700'],
  ]);
  const secrets = [
    'SUPABASE_SECRET_KEY',
    'SUPABASE_PUBLISHABLE_KEY',
    'API_TOKEN',
    'CREDENTIALS_KEY',
    'JWT_SECRET',
    'POSTGRES_PASSWORD',
    'AUTHENTICATOR_PASSWORD',
  ];
  const values = secrets.map((name) => kept[name]!);
  expect(new Set(values).size).toBe(secrets.length);
  expect(values.filter((value) => value.length < 44)).toEqual([]);
  // On no command line, where every user of the machine could read them, and not on the screen.
  const shown = stackPids().map(
    (pid) => spawnSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8' }).stdout,
  );
  for (const value of values) expect(shown.join('\n') + stack.output).not.toContain(value);
});

test('a second start in the same folder, on whichever ports and with --fresh, is refused before it writes or removes anything', async () => {
  const files = ['.local/env', '.local/postgres/data/postmaster.pid', '.local/serviceTitan.journal'];
  const look = () => files.map((file) => readFileSync(join(checkout, file), 'utf8'));
  const before = look();
  const otherPorts = await stackEnvironment(checkout);
  for (const args of [[], ['--fresh']]) {
    for (const settings of [env, otherPorts]) {
      const second = startInCheckout(checkout, args, settings, undefined, atEnd);
      const code = await second.exited.promise;
      expect({ code, output: second.output }).toEqual({
        code: 1,
        output:
          `A stack runs in ${checkout}/.local already (status page ${workerUrl()}/): ` +
          'end it, or choose another folder with LOCAL_STATE_DIR=<folder>.\n',
      });
    }
  }
  expect(look()).toEqual(before);
  expect(sql('select count(*) > 0 as found from contacts').text).toMatch(/\bt$/m);
}, 60_000);

/** Runs the lines as they stand, in the checkout, and answers the status of each. */
function statusesOf(lines: string[]): [string, string][] {
  return lines.map((line) => {
    const script = line.replace(/^curl -s /, `curl -s -o /dev/null -w '%{http_code}' `);
    const { stdout } = spawnSync('sh', ['-c', `BASE="${workerUrl()}"; ${script}`], { cwd: checkout, encoding: 'utf8' });
    return [line, stdout];
  });
}

const ANSWERED = expect.stringMatching(/^(?:200|404|409)$/);

test('what `npm start` prints begins with the status page and works as it stands, with a custom domain too', async () => {
  const [first, ...rest] = stack.output.trim().split('\n');
  expect(first).toBe(`Status page   ${workerUrl()}/`);
  expect((await fetch(`${workerUrl()}/`)).headers.get('content-type')).toMatch(/html/);
  const lines = rest.flatMap((line) => /(curl -s .*)$/.exec(line)?.[1] ?? []);
  expect(lines).toHaveLength(4);
  const named = lines.map((line) => line.replace('<instanceId>', 'sync-45963-1770520988299'));
  for (const [line, status] of statusesOf(named)) expect([line, status]).toEqual([line, ANSWERED]);
}, 60_000);

test('every curl line of the README works against the local stack as it stands', () => {
  const readme = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8');
  // A line ends where the next command, a comment or the block begins.
  const lines = readme
    .replaceAll(/\\?\n(?= )/g, ' ')
    .split('\n')
    .filter((line) => line.startsWith('curl '));
  expect(lines.length).toBeGreaterThan(12);
  const statuses = statusesOf(lines);
  for (const [line, status] of statuses) expect([line, status]).toEqual([line, ANSWERED]);
  expect(statuses.filter(([, status]) => status === '404').map(([line]) => line)).toEqual([
    // An example's id.
    expect.stringContaining('/status?instanceId=sync-45963-1770520988299'),
  ]);
}, 60_000);

test('a call of the local stack is not refused for coming often', async () => {
  const answers = await Promise.all(Array.from({ length: 610 }, () => fetch(`${workerUrl()}/nope`)));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([404]));
}, 60_000);

/** `npm run sql`, in the checkout. */
function sql(statement: string) {
  const command = ['local/preflight.mjs', 'sql.ts', ...(statement ? [statement] : [])];
  const { stdout, stderr, status } = spawnSync(process.execPath, command, { cwd: checkout, encoding: 'utf8' });
  return { status, text: stdout.trim() || stderr.trim() };
}

test('`npm run sql` shows rows as a table, and says in a sentence why a statement was refused', () => {
  expect(
    sql("select 'a' as short, 'wider' as wide, null as nothing union all select 'bc', 'x', 'y' order by 1"),
  ).toEqual({
    status: 0,
    text: [
      ' short | wide  | nothing',
      '-------+-------+---------',
      ' a     | wider |',
      ' bc    | x     | y',
      '(2 rows)',
    ]
      .join('\n')
      .trim(),
  });
  expect(sql('select count(*) from contacts').text).toMatch(/^count\n-+\n \d+\n\(1 row\)$/);
  expect(sql("update workspaces set name = name where id = 'none'")).toEqual({ status: 0, text: 'UPDATE 0' });
  expect(sql('select nothing')).toEqual({
    status: 1,
    text: 'PostgreSQL refused the statement: column "nothing" does not exist.',
  });
  expect(sql('')).toMatchObject({ status: 1, text: expect.stringMatching(/^Say what to run: npm run sql -- "select/) });
});

test('`npm run sql` shows characters that would steer the terminal as escapes, in values, names and errors', () => {
  const clear = `${String.fromCodePoint(27)}[2J`;
  const codes = [7, 8, 9, 13, 27, 127, 0x85, 0x9b, 0x200b, 0x202e, 0x2066, 0x2028, 0xfeff];
  const chars = codes.map((code) => `chr(${code})`).join(' || ');
  expect(sql(`select ${chars} as steering, 'Zoë 日本' as kept, 1 as "${clear}"`).text.split('\n')).toEqual([
    expect.stringMatching(/\| kept +\| \\x1b\[2J$/),
    expect.any(String),
    expect.stringContaining(
      '\\x07\\x08\\x09\\x0d\\x1b\\x7f\\x85\\x9b\\u200b\\u202e\\u2066\\u2028\\ufeff | Zoë 日本 | 1',
    ),
    '(1 row)',
  ]);
  expect(sql(`select "${clear}"`)).toEqual({
    status: 1,
    text: 'PostgreSQL refused the statement: column "\\x1b[2J" does not exist.',
  });
});

test('`npm run sql` takes one statement at a time, with or without its semicolon', () => {
  for (const two of ['select 1; select 2', "update workspaces set name = name; select ';'"]) {
    expect(sql(two)).toEqual({ status: 1, text: 'One statement at a time.' });
  }
  expect(sql("select ';' as one;").text).toMatch(/\(1 row\)$/);
});
