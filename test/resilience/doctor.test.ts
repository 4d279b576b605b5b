// GET /doctor on a stack of its own, each part of it broken in turn: the line of that part says so, and no
// other line does.
import postgres, { type Sql } from 'postgres';
import { afterAll, beforeAll, expect, inject, onTestFinished, test, vi } from 'vitest';
import { startTestStack, type TestStack } from '../../local/testStack.ts';
import { askDoctor, healthySettings, notWell } from '../support/doctor.ts';
import { randomCredentialsKey, randomSecretKey } from '../support/credentialsKey.ts';
import type { ProvidedStack } from '../support/provided.ts';
import { runSync } from '../support/ring.ts';
import { toProvided } from '../support/toProvided.ts';
import { createWorkspace, type TestWorkspace, type WorkspaceOptions } from '../support/workspace.ts';
import { startFront } from './faults/frontOfSupabase.ts';
import { FUNCTION_ANSWERS, type HostedAnswer } from './faults/hostedAnswers.ts';

let running: TestStack;
let stack: ProvidedStack;
let sql: Sql;
let workspace: TestWorkspace;

beforeAll(async () => {
  running = await startTestStack();
  stack = { ...toProvided(running), credentialsKey: inject('stack').credentialsKey };
  sql = postgres(stack.dbUrl, { max: 1, onnotice: () => {} });
  workspace = await synced();
  await sql`insert into public.servicetitan_ticks (deployment, last_tick_at) values ('production', now())`;
});
afterAll(async () => {
  await sql.end();
  await running.stop();
});

/** A workspace whose first sync is done; it ends with the test unless it is the one of all tests. */
async function synced(options: WorkspaceOptions = {}): Promise<TestWorkspace> {
  const made = await createWorkspace({ customers: 2, stack, ...options });
  await runSync(made, { settings: { SUPABASE_URL: stack.supabaseUrl, SUPABASE_SECRET_KEY: stack.secretKey } });
  return made;
}

const gone = async ({ workspaceId }: TestWorkspace) => {
  await sql`delete from public.servicetitan_connections where workspace_id = ${workspaceId}`;
  await sql`delete from public.servicetitan_sync_state where workspace_id = ${workspaceId}`;
  await sql`delete from public.contacts where workspace_id = ${workspaceId}`;
};

/** Changes the database until the test is over. */
async function untilTheEnd(change: string, back: string): Promise<void> {
  onTestFinished(async () => void (await sql.unsafe(back)));
  await sql.unsafe(change);
}

const faults = async (settings: Record<string, unknown> = {}) =>
  notWell((await askDoctor({ ...healthySettings(stack), ...settings })).lines);
const NOT_LOOKED_AT = expect.stringMatching(/^warn: Not looked at, because .* → $/);
const all = (checks: string[]) => Object.fromEntries(checks.map((check) => [check, NOT_LOOKED_AT]));
const BEHIND_THE_DATABASE =
  'schema tables clocks/database last_tick workspaces business_hours oldest_data last_runs credentials_key scopes clocks/servicetitan'.split(
    ' ',
  );
const BEHIND_THE_FUNCTION = ['function_key', 'function_contract', 'function_region'];

test('of a healthy deployment every line is ok, and says what was found', async () => {
  const { result, lines } = await askDoctor(healthySettings(stack));
  expect(notWell(lines)).toEqual({});
  expect(result).toBe('ok');
  expect(new Set(lines.map(({ check }) => check)).size).toBe(lines.length);
  expect(lines.map(({ check }) => check)).toEqual(
    expect.arrayContaining([
      'settings/SUPABASE_URL',
      'settings/API_TOKEN_PREVIOUS',
      'alerts',
      'heartbeat',
      'database',
      'function',
      `scopes/${workspace.workspaceId}`,
      ...BEHIND_THE_DATABASE.filter((check) => check !== 'scopes'),
      ...BEHIND_THE_FUNCTION,
    ]),
  );
  expect(lines.every(({ message, advice }) => message.length > 5 && advice === null)).toBe(true);
});

test('it looks and changes nothing, and asks ServiceTitan for a token and for one record of each scope once a minute', async () => {
  const made = await synced();
  onTestFinished(() => gone(made));
  const before = (await made.calls()).length;
  const state = await made.state();
  await askDoctor(healthySettings(stack));
  await askDoctor(healthySettings(stack));
  const calls = (await made.calls()).slice(before);
  expect(calls.map(({ path }) => path.replace(/.*\/(\D)/, '$1'))).toEqual(
    expect.arrayContaining(['token', 'customers', 'contacts', 'tag-types']),
  );
  expect(calls).toHaveLength(4);
  expect(calls.every(({ query }) => query.pageSize === undefined || query.pageSize === '1')).toBe(true);
  expect(await made.state()).toEqual(state);
});

test('a stopped database is named, and what needs it was not looked at', async () => {
  await running.postgres.stop();
  onTestFinished(async () => {
    await running.postgres.start();
    await vi.waitFor(() => workspace.state(), { timeout: 40_000, interval: 50 });
  });
  expect(await faults()).toEqual({
    database: expect.stringMatching(/^fail: Supabase could not answer .* → \S/),
    ...all(BEHIND_THE_DATABASE),
  });
});

test('a database that answers too late is named, and the function is looked at meanwhile', async () => {
  const front = await startFront(
    stack.supabaseUrl,
    () => null,
    () => ({ delayMs: 11_000 }),
  );
  onTestFinished(front.stop);
  expect(await faults({ SUPABASE_URL: front.url })).toEqual({
    database: expect.stringMatching(/^fail: It gave no answer within 9 seconds\. → Ask again/),
    ...all(BEHIND_THE_DATABASE),
  });
});

test.for([
  [
    'a function that is missing',
    'alter function public.claim_servicetitan_alerts rename to claim_no_alerts',
    'alter function public.claim_no_alerts rename to claim_servicetitan_alerts',
    /the function claim_servicetitan_alerts is missing/,
  ],
  [
    'a function of another version',
    `create or replace function public.is_servicetitan_outage(p_sqlstate text, p_message text) returns boolean language sql as 'select false'`,
    null,
    /the function is_servicetitan_outage is of another version/,
  ],
  [
    'a function of two signatures',
    'create function public.save_servicetitan_connection(p_one integer) returns integer language sql as $$select 1$$',
    'drop function public.save_servicetitan_connection(integer)',
    /the function save_servicetitan_connection is of another version/,
  ],
  [
    'a function that service_role may not call',
    'revoke execute on function public.prune_servicetitan_history from service_role',
    'grant execute on function public.prune_servicetitan_history to service_role',
    /service_role may not call prune_servicetitan_history/,
  ],
  [
    'a column that is missing',
    'alter table public.servicetitan_alerts rename column opening_told_at to was_told_at',
    'alter table public.servicetitan_alerts rename column was_told_at to opening_told_at',
    /the column servicetitan_alerts\.opening_told_at is missing/,
  ],
  [
    'a column of another type',
    'alter table public.servicetitan_sync_errors alter column reason type varchar(900)',
    'alter table public.servicetitan_sync_errors alter column reason type text',
    /the column servicetitan_sync_errors\.reason is not text/,
  ],
  [
    'a table that is missing',
    'alter table public.servicetitan_tag_types rename to tag_types_gone',
    'alter table public.tag_types_gone rename to servicetitan_tag_types',
    /servicetitan_tag_types is missing/,
  ],
  [
    'a table without its key',
    'alter table public.servicetitan_alerts drop constraint servicetitan_alerts_pkey',
    'alter table public.servicetitan_alerts add primary key (id)',
    /servicetitan_alerts lacks a key or a unique index/,
  ],
  [
    'a right that is missing',
    'revoke update on public.servicetitan_alerts from service_role',
    'grant update on public.servicetitan_alerts to service_role',
    /service_role may not update in servicetitan_alerts/,
  ],
  [
    'row level security that is off',
    'alter table public.servicetitan_alerts disable row level security',
    'alter table public.servicetitan_alerts enable row level security',
    /row level security of servicetitan_alerts is off/,
  ],
] as [string, string, string | null, RegExp][])('the schema line names %s', async ([, change, back, named]) => {
  await untilTheEnd(change, back ?? (await definitionOf('is_servicetitan_outage')));
  const found = await faults();
  expect(found['schema']).toMatch(named);
  expect(found['schema']).toMatch(/^fail: .* → Apply supabase\/migrations/);
  expect(Object.keys(found)).toEqual(['schema']);
});

async function definitionOf(name: string): Promise<string> {
  const [row] = await sql`select pg_get_functiondef(oid) as text from pg_proc where proname = ${name}`;
  return row!['text'];
}

test('what a product adds to the tables and the functions is no fault', async () => {
  await untilTheEnd(
    `alter table public.servicetitan_alerts add column owner text;
     create function public.tell_servicetitan_owner() returns integer language sql as $$select 1$$;
     grant delete on public.servicetitan_tag_types to service_role`,
    `alter table public.servicetitan_alerts drop column owner;
     drop function public.tell_servicetitan_owner();
     revoke delete on public.servicetitan_tag_types from service_role`,
  );
  expect(await faults()).toEqual({});
});

test('a database without the migrations is told from one that does not answer', async () => {
  const reload = `notify pgrst, 'reload schema'`;
  const says = (expected: object) =>
    vi.waitFor(async () => expect(await faults()).toEqual(expected), { timeout: 30_000 });
  onTestFinished(async () => {
    await sql.unsafe(`alter function public.inspect_nothing rename to inspect_servicetitan_database; ${reload}`);
    await says({});
  });
  await sql.unsafe(`alter function public.inspect_servicetitan_database rename to inspect_nothing; ${reload}`);
  await says({
    schema: expect.stringMatching(/^fail: .*inspect_servicetitan_database is missing.* → Apply supabase\/migrations/),
    ...all(['tables', 'clocks/database']),
  });
});

test("R23: what no write of the sync could pass in the product's tables is named with its statement", async () => {
  await untilTheEnd(
    'create unique index one_firm on public.contacts (crm_id) where crm_id is not null',
    'drop index public.one_firm',
  );
  expect(await faults()).toEqual({
    tables: expect.stringMatching(/^fail: .*unique without the workspace.*drop index/),
  });
});

const withFunction = async (answer: HostedAnswer) => {
  const front = await startFront(stack.supabaseUrl, () => answer);
  onTestFinished(front.stop);
  return faults({ SUPABASE_URL: front.url });
};

test('an Edge Function that is not deployed is named', async () => {
  expect(await withFunction(FUNCTION_ANSWERS['404 while it is deployed'])).toEqual({
    function: expect.stringMatching(/^fail: There is none .* → Deploy it: /),
    ...all(BEHIND_THE_FUNCTION),
  });
});

test('an Edge Function that fails is named', async () => {
  expect(await withFunction(FUNCTION_ANSWERS['503 BOOT_ERROR'])).toEqual({
    function: expect.stringMatching(/^fail: The Edge Function .* answered 503\. → /),
    ...all(BEHIND_THE_FUNCTION),
  });
});

const refusal = (status: number, code: string) => ({ status, body: { error: { code, message: '', details: {} } } });

test.for([
  ['that knows another contract', { status: 200, body: { contract: 'f'.repeat(64) } }],
  ['from before it was asked for its contract', refusal(400, 'bad_batch')],
] as const)('an Edge Function %s is named', async ([, answer]) => {
  expect(await withFunction(answer)).toEqual({
    function_contract: expect.stringMatching(/^fail: It is of another version .* → Deploy it: /),
  });
});

test('an Edge Function that expects another key is named', async () => {
  expect(await withFunction(refusal(401, 'unauthorized'))).toEqual({
    function_key: expect.stringMatching(/^fail: It does not take .* → Put the secret key that it expects/),
    function_contract: NOT_LOOKED_AT,
  });
});

test('an Edge Function that refuses a right key once is asked again', async () => {
  const front = await startFront(stack.supabaseUrl, (call) =>
    call === 1 ? FUNCTION_ANSWERS['401 of the gateway'] : null,
  );
  onTestFinished(front.stop);
  expect(await faults({ SUPABASE_URL: front.url })).toEqual({});
});

test('an Edge Function that runs far from where it should is named', async () => {
  const answer = (region: string) => ({ ...refusal(400, 'bad_batch'), headers: { 'x-sb-edge-region': region } });
  const found = await withFunction(answer('eu-central-1'));
  expect(found['function_region']).toMatch(/^warn: It ran in eu-central-1, near the Worker.* → Set SUPABASE_REGION/);
  const front = await startFront(stack.supabaseUrl, () => answer('eu-central-1'));
  onTestFinished(front.stop);
  const settings = { SUPABASE_URL: front.url, SUPABASE_REGION: 'us-east-1' };
  expect((await faults(settings))['function_region']).toMatch(/^warn: .*not where SUPABASE_REGION says/);
  expect((await faults({ ...settings, SUPABASE_REGION: 'eu-central-1' }))['function_region']).toBeUndefined();
});

test('a key that the project does not know is named for database and function', async () => {
  const found = await faults({ SUPABASE_SECRET_KEY: randomSecretKey() });
  expect(found).toMatchObject({
    database: expect.stringMatching(/^fail: .*status 401.* → Put a secret key of this project/),
    function_key: expect.stringMatching(/^fail: /),
  });
});

test('the connection that the credentials key does not open is named, and the others are tried', async () => {
  const sealed = await createWorkspace({ stack, customers: 1, credentialsKey: randomCredentialsKey() });
  onTestFinished(() => gone(sealed));
  const { lines } = await askDoctor(healthySettings(stack));
  expect(notWell(lines)).toEqual({
    credentials_key: expect.stringMatching(
      new RegExp(
        `^fail: It does not open 1 of 2 connections, .*: ${sealed.workspaceId}\\. → Put the key that sealed them`,
      ),
    ),
  });
  expect(lines.find(({ check }) => check === `scopes/${workspace.workspaceId}`)?.result).toBe('ok');
});

test.for([
  [
    'a scope that the sync needs',
    '/customers',
    403,
    /^fail: ServiceTitan refuses .* needs: tn\.crm\.customers:r\. → \S/,
  ],
  ['a scope that the sync does without', '/tag-types', 403, /^warn: .*tn\.stt\.tagtypes:r.*does without\. → \S/],
  ['the credentials', '/connect/token', 401, /^fail: ServiceTitan refuses the credentials\. → .*copy both again/],
  ['too many calls', '/customers', 429, /^warn: ServiceTitan refused the call .* with 429.*\. → Too many calls/],
  [
    'the API as a whole',
    '/customers',
    503,
    /^fail: ServiceTitan failed on GET .* with 503.*\. → The fault is on its side/,
  ],
] as [string, string, number, RegExp][])(
  '%s that ServiceTitan refuses is named with its workspace',
  async ([, pathIncludes, status, named]) => {
    const refused = await synced();
    onTestFinished(() => gone(refused));
    const fault = { status, body: 'problem' };
    await refused.simulator('POST', '/faults', { match: { pathIncludes }, times: 10, fault });
    expect(await faults()).toEqual({ [`scopes/${refused.workspaceId}`]: expect.stringMatching(named) });
  },
);

test('a scope that ServiceTitan refuses once is asked for again, and a limit that was passed is not', async () => {
  const [once, limited] = [await synced(), await synced()];
  onTestFinished(async () => void (await Promise.all([once, limited].map(gone))));
  const fails = (one: TestWorkspace, times: number, status: number) =>
    one.simulator('POST', '/faults', {
      match: { pathIncludes: '/tag-types' },
      times,
      fault: { status, body: 'problem' },
    });
  await fails(once, 1, 403);
  await limited.simulator('POST', '/faults', {
    match: { pathIncludes: '/connect/token' },
    times: 10,
    fault: { status: 429, body: 'problem' },
  });
  const before = (await limited.calls()).length;
  expect(await faults()).toEqual({ [`scopes/${limited.workspaceId}`]: expect.stringMatching(/^warn: /) });
  await faults();
  expect((await limited.calls()).length - before).toBe(1);
});

test('the last tick of long ago is named', async () => {
  const ago = (minutes: number) =>
    sql`update public.servicetitan_ticks set last_tick_at = now() - make_interval(mins => ${minutes})`;
  onTestFinished(async () => void (await ago(0)));
  await ago(30);
  expect(await faults()).toEqual({ last_tick: expect.stringMatching(/^warn: .*so one is missing.* → Look at .*cron/) });
  await ago(60);
  expect(await faults()).toEqual({ last_tick: expect.stringMatching(/^fail: .* → Look at the Worker's cron trigger/) });
  expect(await faults({ DEPLOYMENT: 'another' })).toMatchObject({
    last_tick: expect.stringMatching(/^warn: None has come/),
  });
});

test('R15: business hours into which no tick falls are named', async () => {
  expect(await faults({ BUSINESS_HOURS_START: '9', BUSINESS_HOURS_END: '9' })).toMatchObject({
    business_hours: expect.stringMatching(/^fail: They are empty .* → Correct BUSINESS_HOURS_START/),
    'settings/BUSINESS_HOURS_START': expect.stringMatching(/^fail: /),
  });
  // A tick a day, at midnight of UTC, which is the afternoon in Denver.
  const seldom = { BUSINESS_HOURS_START: '1', BUSINESS_HOURS_END: '2', TICK_SECONDS: '86400' };
  expect((await faults(seldom))['business_hours']).toMatch(
    new RegExp(`^fail: No tick .* of 1 workspace: ${workspace.workspaceId}\\. → Widen`),
  );
});

test('R15: a time zone that nobody knows is named', async () => {
  const { workspaceId } = workspace;
  await untilTheEnd(
    `update public.workspaces set time_zone = 'Mars/Olympus' where id = '${workspaceId}'`,
    `update public.workspaces set time_zone = 'America/Denver' where id = '${workspaceId}'`,
  );
  expect(await faults()).toEqual({ business_hours: expect.stringMatching(/^warn: The time zone of 1 .* → Connect/) });
});

test.for([
  ['alerts', { ALERT_WEBHOOK_URL: '' }],
  ['heartbeat', { HEARTBEAT_URL: '' }],
] as const)('%s that are not set are a warning', async ([check, settings]) => {
  expect(await faults(settings)).toEqual({ [check]: expect.stringMatching(/^warn: None .* → Set /) });
});

test.for([
  ['alerts', { ALERT_WEBHOOK_FORMAT: 'pigeon' }, 'settings/ALERT_WEBHOOK_FORMAT'],
  ['alerts', { ALERT_WEBHOOK_FORMAT: 'json' }, 'settings/ALERT_WEBHOOK_SECRET'],
  ['heartbeat', { HEARTBEAT_URL: 'http://heartbeat.example/' }, 'settings/HEARTBEAT_URL'],
] as const)('%s whose settings are at fault fail, and the setting is named', async ([check, settings, setting]) => {
  expect(await faults(settings)).toEqual({
    [check]: expect.stringMatching(/^fail: /),
    [setting]: expect.stringMatching(/^fail: It .* → Correct /),
  });
});

test('a ServiceTitan that gives no answer is named in time, and hides nothing of the key', async () => {
  const silent = await synced();
  const sealed = await createWorkspace({ stack, customers: 1, credentialsKey: randomCredentialsKey() });
  onTestFinished(async () => void (await Promise.all([silent, sealed].map(gone))));
  await silent.simulator('POST', '/faults', {
    match: { pathIncludes: '/customers' },
    times: 10,
    fault: { noAnswer: true },
  });
  expect(await faults()).toEqual({
    credentials_key: expect.stringMatching(/^fail: It does not open 1 of 3 connections/),
    [`scopes/${silent.workspaceId}`]: expect.stringMatching(/^fail: ServiceTitan gave no answer in time to GET /),
  });
});

test('a secret that repeats another while it is being changed is a warning', async () => {
  const { API_TOKEN } = healthySettings(stack);
  expect(await faults({ API_TOKEN_PREVIOUS: API_TOKEN })).toEqual({
    'settings/API_TOKEN_PREVIOUS': expect.stringMatching(
      /^warn: It has to be another secret .* → It is ignored: delete/,
    ),
  });
});

test('a setting that everything needs is named, and nothing else was looked at', async () => {
  const { lines, text } = await askDoctor({ ...healthySettings(stack), CREDENTIALS_KEY: 'too-short-to-be-told' });
  const found = notWell(lines);
  expect(found).toEqual({
    'settings/CREDENTIALS_KEY': expect.stringMatching(/^fail: It has to be 32 random bytes/),
    ...all(['database', 'function', ...BEHIND_THE_FUNCTION, ...BEHIND_THE_DATABASE]),
  });
  expect(text).not.toContain('too-short-to-be-told');
});

test('old data and a run that failed are named with their workspace', async () => {
  const { workspaceId } = workspace;
  await untilTheEnd(
    `update public.servicetitan_sync_state set last_modified_cursor = now() - interval '3 hours' where workspace_id = '${workspaceId}'`,
    `update public.servicetitan_sync_state set last_modified_cursor = now(), last_error = null where workspace_id = '${workspaceId}'`,
  );
  expect(await faults()).toEqual({
    oldest_data: expect.stringMatching(new RegExp(`^fail: That of 1 workspace is late: ${workspaceId}\\. → GET`)),
  });
  await sql`update public.servicetitan_sync_state set last_error = 'x' where workspace_id = ${workspaceId}`;
  // What fails hides nothing of how old it has become.
  const failed = expect.stringMatching(
    new RegExp(`^fail: The last run of 1 workspace failed: ${workspaceId}\\. → GET`),
  );
  expect(await faults()).toEqual({ oldest_data: expect.stringMatching(/^fail: /), last_runs: failed });
  await sql`update public.servicetitan_sync_state set last_modified_cursor = now() where workspace_id = ${workspaceId}`;
  expect(await faults()).toEqual({ last_runs: failed });
});

test('R4: a clock that differs is named', async () => {
  const skewed = await synced();
  onTestFinished(() => gone(skewed));
  await skewed.simulator('POST', '/clock', { skewSeconds: 300 });
  const { lines } = await askDoctor(healthySettings(stack), `/doctor?workspaceId=${skewed.workspaceId}`);
  expect(notWell(lines)).toEqual({
    'clocks/servicetitan': expect.stringMatching(/^fail: The clock of ServiceTitan is (?:299|300|301) seconds ahead/),
  });
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 30_000 });
  onTestFinished(() => void vi.useRealTimers());
  expect(await faults()).toMatchObject({
    'clocks/database': expect.stringMatching(/^warn: The clock of the database is (?:29|30|31) seconds behind/),
  });
});

test('of many workspaces five are asked of ServiceTitan, the failing ones first, and one that is named', async () => {
  const made = await Promise.all(Array.from({ length: 6 }, () => createWorkspace({ stack, customers: 1 })));
  onTestFinished(async () => void (await Promise.all(made.map(gone))));
  const last = made
    .map(({ workspaceId }) => workspaceId)
    .toSorted()
    .at(-1)!;
  await sql`insert into public.servicetitan_sync_state (workspace_id, source, last_error) values (${last}, 'production/1', 'x')
    on conflict (workspace_id) do update set last_error = 'x'`;
  const { lines } = await askDoctor(healthySettings(stack));
  const tried = lines.filter(({ check }) => check.startsWith('scopes/')).map(({ check }) => check);
  expect(tried).toHaveLength(5);
  expect(tried[0]).toBe(`scopes/${last}`);
  expect(lines.find(({ check }) => check === 'scopes')?.message).toMatch(/^2 workspaces more could be tried/);
  const untried = made.find(({ workspaceId }) => !tried.includes(`scopes/${workspaceId}`))!;
  const named = await askDoctor(healthySettings(stack), `/doctor?workspaceId=${untried.workspaceId}`);
  expect(named.lines.filter(({ check }) => check.startsWith('scopes')).map(({ check }) => check)).toEqual([
    `scopes/${untried.workspaceId}`,
  ]);
});

test('no line holds a secret, an address, a customer or the text of another system', async () => {
  const sealed = await createWorkspace({ stack, customers: 1, credentialsKey: randomCredentialsKey() });
  onTestFinished(() => gone(sealed));
  await sealed.simulator('POST', '/faults', {
    match: { pathIncludes: '/customers' },
    times: 10,
    fault: { status: 403, body: 'problem' },
  });
  const settings = healthySettings(stack);
  const front = await startFront(
    stack.supabaseUrl,
    () => FUNCTION_ANSWERS['522 HTML'],
    () => ({ status: 500, body: { code: 'XX000', message: 'Lucia Ortega', details: null, hint: null } }),
  );
  onTestFinished(front.stop);
  for (const { text } of [await askDoctor(settings), await askDoctor({ ...settings, SUPABASE_URL: front.url })]) {
    const secrets = [
      stack.secretKey,
      stack.credentialsKey,
      String(settings['API_TOKEN']),
      'alerts.example',
      'heartbeat.example',
    ];
    for (const secret of [...secrets, 'Ortega', `secret-${sealed.tenantId}`, `client-${sealed.tenantId}`])
      expect(text).not.toContain(secret);
  }
});
