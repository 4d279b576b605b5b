// A whole life of a workspace with marked secrets and marked persons, then a search of everything that is left of it.
import { randomBytes } from 'node:crypto';
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { gzipSync } from 'node:zlib';
import postgres from 'postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort } from '../../../local/ports.ts';
import { createProcesses } from '../../../local/processes.ts';
import { fireTick } from '../../../local/runs.ts';
import { startServiceTitan, type SimulatedServiceTitan, type World } from '../../../local/serviceTitan/server.ts';
import { startTestStack, type TestStack } from '../../../local/testStack.ts';
import { startWorker, type Worker } from '../../../local/worker.ts';
import { findMarked, type Marks } from './findMarked.ts';
import { startLeaky, type LeakyServiceTitan } from './leakyServiceTitan.ts';
import { type LeakySupabase, startLeakyReceiver, startLeakySupabase } from './leakySupabase.ts';
import { searchDatabase, searchFiles } from './places.ts';

// Of its own, because a tick of its Worker goes through all workspaces.
const stack: TestStack = await startTestStack();
const admin = postgres(stack.dbUrl, { onnotice: () => {} });
const stateFolder = mkdtempSync(join(tmpdir(), 'leaks-'));
const tenantId = String(Date.now());
const workspaceId = `leaks${tenantId}`;

// Characters of one byte in UTF-8, which the search looks for, in front of what is none, without which it would be no key.
const CREDENTIALS_KEY_MARK = `key-${tenantId}`;
const CREDENTIALS_KEY = Buffer.concat([Buffer.from(CREDENTIALS_KEY_MARK), Buffer.of(0xff), randomBytes(32)])
  .subarray(0, 32)
  .toString('base64');
const secrets: Marks = {
  'client secret': `cs1.marked${tenantId}`,
  'app key': `ak1.marked${tenantId}`,
  'API token': `api-token-marked-${tenantId}-${randomBytes(16).toString('hex')}`,
  'Supabase secret key': stack.secretKey,
  'credentials key': CREDENTIALS_KEY,
  'credentials key, decoded': CREDENTIALS_KEY_MARK,
  'webhook secret': `whsec_${btoa(`marked${tenantId}-${randomBytes(8).toString('hex')}`)}`,
};
const persons: Marks = {
  name: `Markedname${tenantId}`,
  street: `${tenantId} Markedstreet`,
  phone: '2025550143',
  email: `marked${tenantId}@example.com`,
  memo: `Markedmemo${tenantId}`,
  'custom field': `Markedfield${tenantId}`,
};

let serviceTitan: SimulatedServiceTitan;
let leaky: LeakyServiceTitan;
let supabase: LeakySupabase;
let receiver: Awaited<ReturnType<typeof startLeakyReceiver>>;
let world: World;
let worker: Worker;
const processes = createProcesses((message) => {
  throw new Error(message);
});
const responses: string[] = [];
const instanceIds: string[] = [];

async function call(method: string, path: string, body?: unknown, token = secrets['API token']): Promise<any> {
  const response = await fetch(`${worker.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  responses.push(JSON.stringify([...response.headers]), text);
  return { ...JSON.parse(text), httpStatus: response.status };
}

async function runToItsEnd(instanceId: string): Promise<any> {
  instanceIds.push(instanceId);
  for (;;) {
    const { status, progress } = await call('GET', `/status?instanceId=${instanceId}`);
    if (progress?.finishedAt && ['complete', 'errored'].includes(status.status)) return progress;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
/** For a run that leaves the ledger without a word. */
async function runToItsEndInTheEngine(instanceId: string): Promise<void> {
  instanceIds.push(instanceId);
  for (;;) {
    const { status } = await call('GET', `/status?instanceId=${instanceId}`);
    if (['complete', 'errored'].includes(status?.status)) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
const sync = async () => runToItsEnd((await call('POST', '/trigger', { workspaceId, tenantId })).instanceId);

const person = (contacts = true) => ({
  name: persons.name!,
  address: { street: persons.street!, country: 'USA' },
  customFields: [{ typeId: 1, name: 'Gate', value: persons['custom field']! }],
  ...(contacts
    ? {
        contacts: [
          { type: 'MobilePhone', value: persons.phone!, memo: persons.memo! },
          { type: 'Email', value: persons.email! },
        ],
      }
    : {}),
});

beforeAll(async () => {
  serviceTitan = await startServiceTitan();
  leaky = await startLeaky(serviceTitan.url);
  supabase = await startLeakySupabase(stack.supabaseUrl, Object.values(persons).join(' '));
  receiver = await startLeakyReceiver();
  const credentials = {
    clientId: `cid.${tenantId}`,
    clientSecret: secrets['client secret']!,
    appKey: secrets['app key']!,
  };
  world = serviceTitan.createTenant({ tenantId, customers: 30, ...credentials, switches: { exportLagSeconds: 0 } });
  for (let count = 0; count < 5; count += 1) world.createCustomer(person());
  worker = await startWorker({
    projectFolder: join(import.meta.dirname, '..', '..', '..'),
    stateFolder,
    port: await freePort(),
    secrets: {
      SUPABASE_URL: supabase.url,
      SUPABASE_SECRET_KEY: stack.secretKey,
      API_TOKEN: secrets['API token']!,
      CREDENTIALS_KEY,
    },
    variables: {
      ALERT_WEBHOOK_URL: receiver.url,
      ALERT_WEBHOOK_SECRET: secrets['webhook secret']!,
      DEBUG_ENDPOINTS: 'false',
      SERVICETITAN_AUTH_URL: leaky.url,
      SERVICETITAN_API_URL: leaky.url,
    },
    processes,
  });

  const everybody = Object.values(persons).join(' ');
  const connection = { tenantId, ...credentials, timeZone: 'America/Denver', name: 'A workspace' };
  const path = `/connections/${workspaceId}`;
  // Refused at the token, at a scope, in the form; then connected.
  leaky.refuse(/connect\/token/, 400, everybody);
  expect(await call('PUT', path, connection)).toMatchObject({ httpStatus: 422 });
  leaky.refuse(/\/customers\?/, 403, everybody, 2);
  expect(await call('PUT', path, connection)).toMatchObject({ httpStatus: 422 });
  expect(await call('PUT', path, { ...connection, timeZone: persons.name, tenantId: persons.email })).toMatchObject({
    httpStatus: 400,
  });
  // The tenant that a token claims is told where it is a number: here it is a secret.
  leaky.claim(secrets['client secret']!);
  leaky.refuse(/\/customers\?/, 403, everybody, 2);
  expect(await call('PUT', path, connection)).toMatchObject({ httpStatus: 422 });
  leaky.claim(null);
  const connected = await call('PUT', path, connection);
  expect(await runToItsEnd(connected.sync.instanceId)).toMatchObject({
    status: 'completed',
    mode: 'initial',
    created: 35,
  });

  // An incremental run with two that are unreadable, and somebody whose contacts are refused.
  world.createCustomer({ ...person(), raw: { modifiedOn: persons.name, active: persons.name } });
  world.createCustomer({ ...person(), raw: { modifiedOn: `${persons.name}\u0000` } });
  const refusedContacts = world.createCustomer(person()).id;
  leaky.refuse(new RegExp(`customers/contacts\\?.*${refusedContacts}`), 409, everybody, 20);
  expect(await sync()).toMatchObject({ status: 'completed', mode: 'incremental', errors: 3 });

  // One that fails, with answers that repeat everything, to the page and to its controls.
  leaky.refuse(/modifiedOnOrAfter/, 400, everybody, 3);
  expect(await sync()).toMatchObject({ status: 'failed' });

  // A page that is none, whose type is the app key; the step asks again.
  leaky.refuse(/modifiedOnOrAfter/, 200, everybody);
  // The Data API and the function each refuse once what is asked again, then for good what is not.
  supabase.refuseData(/begin_servicetitan_run/, 400, (said) => said);
  supabase.refuseBatch(500, () => 'unexpected');
  world.createCustomer(person());
  expect(await sync()).toMatchObject({ status: 'completed' });
  // Nor is it the function's own word which is not in its contract.
  supabase.refuseBatch(422, (said) => said);
  world.createCustomer(person());
  expect(await sync()).toMatchObject({ status: 'completed' });
  for (const code of [() => 'batch_refused', () => 'bad_batch']) {
    supabase.refuseBatch(422, code);
    world.createCustomer(person());
    expect(await sync()).toMatchObject({ status: 'failed' });
  }
  supabase.refuseData(/read_servicetitan_credentials/, 409, () => 'PT409');
  await runToItsEndInTheEngine((await call('POST', '/trigger', { workspaceId, tenantId })).instanceId);
  for (const code of [(said: string) => said, () => 'PT409', () => '23505', () => '42501']) {
    supabase.refuseData(/read_servicetitan_workspaces/, 400, code);
    expect((await call('GET', '/workspaces')).httpStatus).toBeGreaterThanOrEqual(500);
  }
  expect(supabase.left()).toBe(0);

  for (const asked of [
    path,
    '/health',
    '/workspaces',
    `/workspaces/${workspaceId}`,
    `/workspaces/${workspaceId}/runs`,
  ]) {
    expect(await call('GET', asked)).toMatchObject({ httpStatus: 200 });
  }
  const of = `workspaceId=${workspaceId}&tenantId=${tenantId}`;
  expect(await call('GET', `/debug/raw-customer?${of}`)).toMatchObject({ httpStatus: 403 });
  expect(await call('POST', '/debug/add-note', { ...persons })).toMatchObject({ httpStatus: 403 });
  expect(await call('GET', `/why?workspaceId=${workspaceId}&customerId=${refusedContacts}`)).toMatchObject({
    httpStatus: 200,
  });
  expect(await call('POST', '/trigger', { ...secrets, ...persons })).toMatchObject({ httpStatus: 400 });
  expect(await call('GET', path, undefined, secrets['client secret'])).toMatchObject({ httpStatus: 401 });
  // Credentials that are refused are told at once, to a receiver that repeats what it is told.
  leaky.refuse(/modifiedOnOrAfter/, 401, everybody);
  leaky.refuse(/connect\/token/, 401, everybody);
  await runToItsEndInTheEngine((await call('POST', '/trigger', { workspaceId, tenantId })).instanceId);
  for (const _ of [1, 2]) {
    supabase.refuseData(/prune_servicetitan_history/, 409, () => 'PT409');
    await fireTick(worker.url, workspaceId, Date.now());
  }
  // Now it can be read whole.
  await worker.stop();
  for (const [index, token] of leaky.tokens.entries()) secrets[`access token ${index + 1}`] = token;
}, 120_000);

afterAll(async () => {
  await processes.stop();
  await leaky.stop();
  await supabase.stop();
  await receiver.stop();
  await admin.end();
  await stack.stop();
  await serviceTitan.stop();
  rmSync(stateFolder, { recursive: true, force: true });
});

test('the database holds no secret, and persons in the tables made for them alone', async () => {
  expect(leaky.tokens.length).toBeGreaterThan(0);
  expect(await searchDatabase(admin, { ...secrets, ...persons })).toEqual({
    'public.contacts': Object.keys(persons)
      .filter((name) => name !== 'memo')
      .sort(),
    'public.servicetitan_contact_methods': ['email', 'memo', 'phone'],
  });
});

test("the engine's state holds neither", () => {
  expect(searchFiles(join(stateFolder, 'worker'), { ...secrets, ...persons })).toEqual({});
});

test('an unsealed page in a copy of that state is found by the same search', async () => {
  const copy = mkdtempSync(join(tmpdir(), 'leaks-copy-'));
  try {
    cpSync(join(stateFolder, 'worker'), copy, { recursive: true });
    const isRun = (file: string) => /workflows\/.*\/[0-9a-f]{64}\.sqlite$/.test(file);
    const [run] = readdirSync(copy, { recursive: true, encoding: 'utf8' }).filter(isRun);
    const page = gzipSync(JSON.stringify({ customers: [{ name: persons.name, memo: 'x'.repeat(5000) }], ...secrets }));
    const database = new DatabaseSync(join(copy, run!));
    const write = database.prepare('insert into streaming_step_chunks values (?, 1, ?, ?)');
    // In pieces, as the engine keeps a page.
    for (const [index, at] of [0, 50].entries())
      write.run('unsealed', index, page.subarray(at, at === 0 ? 50 : undefined));
    database.close();
    expect(searchFiles(copy, { ...secrets, ...persons })).toEqual({ [run!]: [...Object.keys(secrets), 'name'].sort() });
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
});

test('the logs hold neither', () => {
  expect(searchFiles(join(stateFolder, 'logs'), { ...secrets, ...persons })).toEqual({});
  expect(searchFiles(stack.logsFolder, { ...secrets, ...persons })).toEqual({});
});

test('the answers of the Worker hold neither', () => {
  expect(responses.length).toBeGreaterThan(20);
  expect(findMarked({ ...secrets, ...persons }, Buffer.from(responses.join('\n')))).toEqual([]);
});

test('the alerts hold neither', () => {
  expect(receiver.received.join('\n')).toContain('credentials_refused');
  expect(findMarked({ ...secrets, ...persons }, Buffer.from(receiver.received.join('\n')))).toEqual([]);
});
