import { expect, onTestFinished, test } from 'vitest';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSettings } from '../../local/settings.ts';

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

test('a shell that has read the built-in Supabase’s own keys does not mean a Supabase of one’s own', () => {
  const folder = mkdtempSync(join(tmpdir(), 'state-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(
    join(folder, 'env'),
    'SUPABASE_URL=http://127.0.0.1:54321\nSUPABASE_SECRET_KEY=the-key-of-this-folder\n',
  );
  const env = { LOCAL_STATE_DIR: folder, SUPABASE_URL: 'http://127.0.0.1:54321' };
  expect(read([], { ...env, SUPABASE_SECRET_KEY: 'the-key-of-this-folder' }).ownSupabase).toBeUndefined();
  expect(read([], { ...env, SUPABASE_SECRET_KEY: 'another' }).ownSupabase).toMatchObject({ secretKey: 'another' });
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
