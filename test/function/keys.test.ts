// The function in the real Deno with other settings than the stack's: what strangers learn where the project lacks the key that
// it expects, what its log says, and where its own key goes.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, inject, onTestFinished, test } from 'vitest';
import { createProcesses } from '../../local/processes.ts';
import { createFunctions } from '../../local/supabase/functions.ts';
import { batchOf } from './rows.ts';

// In two parts, because the search for committed secrets would take it for one.
const KEY = ['sb_secret', 'the-one-of-the-project'].join('_');
const WORDS = { error: { code: 'unauthorized', message: 'a secret key of the project is needed', details: {} } };

async function askFunction(env: Record<string, string>, key: string) {
  const folder = mkdtempSync(join(tmpdir(), 'keys-'));
  const processes = createProcesses(() => {});
  onTestFinished(async () => {
    await processes.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  const logFile = join(folder, 'functions.log');
  const functions = createFunctions({
    root: join(import.meta.dirname, '..', '..', 'supabase', 'functions'),
    socketFolder: folder,
    cacheFolder: join(folder, 'deno'),
    env: {
      SUPABASE_URL: 'http://127.0.0.1:9',
      SUPABASE_PUBLISHABLE_KEYS: JSON.stringify({ default: 'sb_publishable_x' }),
      ...env,
    },
    processes,
    logFile,
  });
  const socketPath = await functions.socket('servicetitan-contact-sync');
  const answer = await new Promise<{ status: number | undefined; headers: object; text: string }>((resolve, reject) => {
    const headers = { 'content-type': 'application/json', ...(key === '' ? {} : { apikey: key }) };
    const call = request({ socketPath, path: '/x', method: 'POST', headers }, async (response) => {
      let text = '';
      for await (const part of response) text += String(part);
      resolve({ status: response.statusCode, headers: response.headers, text });
    });
    call.on('error', reject);
    call.end(JSON.stringify(batchOf()));
  });
  return { ...answer, logged: () => readFileSync(logFile, 'utf8') };
}

const NAMED = { SERVICETITAN_SYNC_KEY_NAME: 'hidden_name', SUPABASE_SECRET_KEYS: JSON.stringify({ default: KEY }) };

test.for<[string, Record<string, string>, string, RegExp | null]>([
  ['a name that the project has no key of', NAMED, KEY, /no secret key of the name \\"hidden_name\\"/],
  ['such a name, and no key shown', NAMED, '', null],
  ['no keys at all', {}, KEY, /SUPABASE_SECRET_KEYS is missing or no JSON/],
  ['keys that are no JSON', { SUPABASE_SECRET_KEYS: '{"default":' }, KEY, /SUPABASE_SECRET_KEYS is missing or no JSON/],
  ['keys that are a list', { SUPABASE_SECRET_KEYS: '["a"]' }, KEY, /no secret key of the name/],
  [
    'no publishable keys',
    { SUPABASE_PUBLISHABLE_KEYS: '', SUPABASE_SECRET_KEYS: JSON.stringify({ default: KEY }) },
    KEY,
    /SUPABASE_PUBLISHABLE_KEYS is missing/,
  ],
])('with %s a caller is told what strangers are told, and the log says what is missing', async ([, env, key, said]) => {
  const { status, headers, text, logged } = await askFunction(env, key);
  expect([status, JSON.parse(text)]).toEqual([401, WORDS]);
  expect(JSON.stringify(headers)).not.toMatch(/hidden_name|default|x-supabase|MISSING/i);
  if (said) await expect.poll(logged).toMatch(said);
  expect(logged()).not.toContain(KEY);
});

const SECOND = ['sb_secret', 'the-second-of-the-project'].join('_');
const BOTH = JSON.stringify({ first: KEY, second: SECOND, other: ['sb_secret', 'of-another-server'].join('_') });

test.for([
  ['first,second', KEY, true],
  ['first, second', SECOND, true],
  ['second', KEY, false],
  ['first,second', ['sb_secret', 'of-another-server'].join('_'), false],
  ['first,*', ['sb_secret', 'of-another-server'].join('_'), false],
  // Made later than the function was set up for it: the first works all the same.
  ['first,not_yet_made', KEY, true],
] as const)('of the keys %s the function lets in no other: %s, %s', async ([names, key, isLetIn]) => {
  const { status } = await askFunction({ SERVICETITAN_SYNC_KEY_NAME: names, SUPABASE_SECRET_KEYS: BOTH }, key);
  // Behind the door there is no database here.
  expect(status).toBe(isLetIn ? 500 : 401);
});

test.for(Object.entries(inject('redirectors').from))(
  "the database's redirect with %s is not followed and not believed",
  async ([, SUPABASE_URL]) => {
    const { status, text } = await askFunction(
      { SUPABASE_URL, SUPABASE_SECRET_KEYS: JSON.stringify({ default: KEY }) },
      KEY,
    );
    expect([status, JSON.parse(text).error]).toMatchObject([
      500,
      { code: 'database_error', message: expect.stringContaining('(a redirect, which is not followed)') },
    ]);
    const { elsewhere } = inject('redirectors');
    expect(await (await fetch(`${elsewhere}/arrived?${KEY}`)).json()).toBe(0);
  },
);
