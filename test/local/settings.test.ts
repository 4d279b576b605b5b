import { expect, onTestFinished, test } from 'vitest';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { readSettings } from '../../local/settings.ts';
import { keepStateSecrets } from '../../local/stateSecrets.ts';

const read = (args: string[], env: Record<string, string>) => readSettings(args, env, '/project');

test('an empty environment gives the ports, the state folder and the workspace of the documentation', () => {
  const settings = read([], {});
  expect(settings).toMatchObject({
    once: false,
    fresh: false,
    stateFolder: '/project/.local',
    ports: {
      worker: { port: 8787 },
      supabase: { port: 54321 },
      postgres: { port: 54322 },
      serviceTitan: { port: 8790 },
    },
    ownSupabase: undefined,
    otherServiceTitan: undefined,
    workspace: { workspaceId: '45963', tenantId: '410387862' },
    workerVariables: { BUSINESS_HOURS_START: '0', BUSINESS_HOURS_END: '24' },
  });
  expect(settings.credentialsKey).toBeUndefined();
});

test('--once keeps its state apart from that of the stack in the foreground', () => {
  expect(read(['--once'], {}).stateFolder).toBe('/project/.local/once');
});

test('a relative LOCAL_STATE_DIR counts from where the person stands, also under npm', () => {
  expect(read([], { LOCAL_STATE_DIR: 'state', INIT_CWD: '/home/someone' }).stateFolder).toBe('/home/someone/state');
});

test('settings of the Worker in the environment reach it, empty ones do not', () => {
  const { workerVariables } = read([], {
    BUSINESS_HOURS_START: '6',
    INCREMENTAL_PAGE_SIZE: '5000',
    INITIAL_CHUNK_SIZE: '',
  });
  expect(workerVariables).toEqual({
    BUSINESS_HOURS_START: '6',
    BUSINESS_HOURS_END: '24',
    INCREMENTAL_PAGE_SIZE: '5000',
  });
});

test('a Supabase of one’s own takes the place of the built-in one', () => {
  const { ownSupabase } = read([], { SUPABASE_URL: 'https://a.example/', SUPABASE_SECRET_KEY: 'key' });
  expect(ownSupabase).toEqual({ url: 'https://a.example', secretKey: 'key', dbUrl: undefined });
});

/** A folder in which a stack has been started, and what a shell has that reads its `env`. */
function startedFolder(port = 54321): { folder: string; shell: Record<string, string> } {
  const folder = mkdtempSync(join(tmpdir(), 'state-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  keepStateSecrets(folder, { databasePort: port + 1, supabaseUrl: `http://127.0.0.1:${port}` });
  return { folder, shell: parseEnv(readFileSync(join(folder, 'env'), 'utf8')) as Record<string, string> };
}

const TAKEN_BY_START = ['SUPABASE_URL', 'SUPABASE_SECRET_KEY', 'CREDENTIALS_KEY'];

test('what a shell has from the `env` of a local stack is no setting of one’s own, in the same folder or another, and that is said', () => {
  const { folder, shell } = startedFolder();
  for (const state of [folder, startedFolder().folder, '/nowhere/yet']) {
    for (const args of [[], ['--fresh'], ['--once']]) {
      const settings = read(args, { ...shell, LOCAL_STATE_DIR: state });
      expect(settings).toMatchObject({ ownSupabase: undefined, credentialsKey: undefined, ignored: TAKEN_BY_START });
    }
  }
});

test('the shell’s values are known as those of a stack also after that has begun anew, on other ports', () => {
  const { folder, shell } = startedFolder();
  rmSync(join(folder, 'env'));
  keepStateSecrets(folder, { databasePort: 7, supabaseUrl: 'http://127.0.0.1:8' });
  expect(read([], { ...shell, LOCAL_STATE_DIR: folder })).toMatchObject({
    ownSupabase: undefined,
    credentialsKey: undefined,
  });
});

test('single values that were taken from the folder’s file are known without the rest of it', () => {
  const { folder, shell } = startedFolder();
  const { SUPABASE_URL = '', SUPABASE_SECRET_KEY = '' } = shell;
  const settings = read([], { LOCAL_STATE_DIR: folder, SUPABASE_URL, SUPABASE_SECRET_KEY });
  expect(settings).toMatchObject({ ownSupabase: undefined, ignored: ['SUPABASE_URL', 'SUPABASE_SECRET_KEY'] });
});

test('settings of one’s own count beside what the shell has of a local stack, on this machine too', () => {
  const { shell } = startedFolder();
  for (const url of ['https://a.example', 'http://127.0.0.1:54321', 'http://127.0.0.1:54399']) {
    const own = { SUPABASE_URL: url, SUPABASE_SECRET_KEY: 'key' };
    const settings = read([], { ...shell, ...own });
    expect(settings).toMatchObject({
      ownSupabase: { url, secretKey: 'key' },
      credentialsKey: undefined,
      ignored: ['CREDENTIALS_KEY'],
    });
    expect(read([], { ...shell, ...own, CREDENTIALS_KEY: 'own' })).toMatchObject({
      credentialsKey: 'own',
      ignored: [],
    });
    // The stack's key is none to keep real credentials under.
    const real = { ...shell, ...own, SERVICETITAN_CLIENT_SECRET: 'secret' };
    expect(() => read([], real)).toThrow(
      /^CREDENTIALS_KEY is missing.* Ignored CREDENTIALS_KEY of this shell, because a local stack's `env` set it\.$/,
    );
  }
  expect(() => read([], { ...shell, SUPABASE_URL: 'https://a.example' })).toThrow(
    /SUPABASE_SECRET_KEY is missing.* Ignored SUPABASE_SECRET_KEY, CREDENTIALS_KEY of this shell/,
  );
});

test('the mark in the shell tells nobody a value', () => {
  const { shell } = startedFolder();
  const { LOCAL_STACK = '', ...values } = shell;
  expect(LOCAL_STACK).toMatch(/^[\w,]+$/);
  expect(Object.values(values).filter((value) => LOCAL_STACK.includes(value.slice(0, 12)))).toEqual([]);
});

test('--once on a Supabase of one’s own connects another tenant each time, so that the first sync is an initial one', () => {
  const env = { SUPABASE_URL: 'https://a.example/', SUPABASE_SECRET_KEY: 'key' };
  expect(read(['--once'], env).workspace.tenantId).toMatch(/^\d{13}$/);
});

test.for([
  ['an unknown argument', ['--twice'], {}, "Unknown option '--twice'"],
  ['a port that is no number', [], { WORKER_PORT: 'http' }, 'WORKER_PORT has to be a whole number from 1 to 65535.'],
  ['a port out of range', [], { POSTGRES_PORT: '70000' }, 'POSTGRES_PORT has to be'],
  ['a key without its Supabase', [], { SUPABASE_SECRET_KEY: 'key' }, 'SUPABASE_URL is missing'],
  ['a Supabase without its key', [], { SUPABASE_URL: 'https://a.example' }, 'SUPABASE_SECRET_KEY is missing'],
  ['half a ServiceTitan', [], { SERVICETITAN_API_URL: 'https://a.example' }, 'SERVICETITAN_AUTH_URL is missing'],
  ['something else than a URL', [], { SUPABASE_URL: 'a.example' }, 'SUPABASE_URL has to be a URL'],
  [
    '--once with another ServiceTitan',
    ['--once'],
    { SERVICETITAN_AUTH_URL: 'https://a.example', SERVICETITAN_API_URL: 'https://a.example' },
    '--once compares with what the built-in ServiceTitan holds',
  ],
  [
    'real credentials in a Supabase of one’s own without a key of one’s own',
    [],
    { SUPABASE_URL: 'https://a.example', SUPABASE_SECRET_KEY: 'key', SERVICETITAN_CLIENT_SECRET: 'secret' },
    'CREDENTIALS_KEY is missing',
  ],
] as const)('%s is refused by name', ([, args, env, message]) => {
  expect(() => read([...args], { ...env })).toThrow(message);
});
