// GET /doctor where a part answers in a way of its own: no line blames another part, none hides behind it, and
// none is well of which nobody knows.
import postgres, { type Sql } from 'postgres';
import { afterAll, beforeAll, expect, inject, onTestFinished, test, vi } from 'vitest';
import { startTestStack, type TestStack } from '../../local/testStack.ts';
import { askDoctor, healthySettings, notWell } from '../support/doctor.ts';
import type { ProvidedStack } from '../support/provided.ts';
import { toProvided } from '../support/toProvided.ts';
import { createWorkspace } from '../support/workspace.ts';
import { type Interference, startFront } from './faults/frontOfSupabase.ts';
import { DATA_API_ANSWERS, FUNCTION_ANSWERS } from './faults/hostedAnswers.ts';

let running: TestStack;
let stack: ProvidedStack;
let sql: Sql;
let workspaceId: string;

beforeAll(async () => {
  running = await startTestStack();
  stack = { ...toProvided(running), credentialsKey: inject('stack').credentialsKey };
  sql = postgres(stack.dbUrl, { max: 1, onnotice: () => {} });
  ({ workspaceId } = await createWorkspace({ customers: 1, stack }));
  await sql`insert into public.servicetitan_ticks (deployment, last_tick_at) values ('production', now())`;
});
afterAll(async () => {
  await sql.end();
  await running.stop();
});

const ask = async (path = '/doctor', settings: Record<string, unknown> = {}) => {
  const { lines } = await askDoctor({ ...healthySettings(stack), ...settings }, path);
  return { lines, found: notWell(lines) };
};

async function behind(dataApi: (name: string) => Interference, ofFunction: () => Interference = () => null) {
  const front = await startFront(stack.supabaseUrl, ofFunction, dataApi);
  onTestFinished(front.stop);
  return ask('/doctor', { SUPABASE_URL: front.url });
}

test('a list of workspaces that comes too late hides neither the key nor the scopes', async () => {
  const { lines, found } = await behind((name) =>
    name === 'read_servicetitan_workspaces' ? { delayMs: 11_000 } : null,
  );
  const results = Object.fromEntries(lines.map(({ check, result }) => [check, result]));
  expect(results['credentials_key']).toBe('ok');
  expect(results[`scopes/${workspaceId}`]).toBe('ok');
  expect(found['business_hours']).not.toMatch(/^fail/);
  expect(found['workspaces']).toMatch(/^fail: .* within 9 seconds/);
});

test('a last tick that is still to come, because a clock went back, is not called well', async () => {
  onTestFinished(async () => void (await sql`update public.servicetitan_ticks set last_tick_at = now()`));
  await sql`update public.servicetitan_ticks set last_tick_at = now() + interval '2 hours'`;
  const { found } = await ask();
  expect(found['last_tick']).toMatch(/^fail: The last one is on record for 7\d{3} seconds from now.* → \S/);
  await sql`update public.servicetitan_ticks set last_tick_at = 'infinity'`;
  expect((await ask()).found['last_tick']).toMatch(/^fail: /);
});

test('a workspace that there is not is not called well', async () => {
  const { lines, found } = await ask('/doctor?workspaceId=nobody-has-it');
  expect(found['workspaces']).toMatch(/^fail: There is no workspace of this id\. → /);
  expect(lines.map(({ message }) => message).join(' ')).not.toMatch(/No workspace is late|no connection to open/);
});

test("a gateway that refuses the key is not taken for the function's own refusal", async () => {
  const { found } = await behind(
    () => null,
    () => FUNCTION_ANSWERS['401 of the gateway'],
  );
  expect(found['function']).toMatch(/^fail: What stands before it refuses the call \(401\).* → .*verify_jwt/);
  expect(found['function_key']).toMatch(/^warn: Not looked at/);
});

test('a page in place of an answer of the database says so, and names no error of ours', async () => {
  const { found } = await behind((name) =>
    name === 'inspect_servicetitan_database' ? DATA_API_ANSWERS['200 HTML'] : null,
  );
  expect(found['database']).toMatch(/^fail: /);
  expect(found['database']).not.toMatch(/was thrown/);
});

test('an empty answer in place of the look at the database is named', async () => {
  const { found } = await behind((name) =>
    name === 'inspect_servicetitan_database' ? { status: 200, body: '' } : null,
  );
  expect(found['database']).not.toMatch(/was thrown/);
});

test('a look at the database that is of another version is a fault of the schema', async () => {
  const [row] = await sql`select pg_get_functiondef('public.inspect_servicetitan_database()'::regprocedure) as text`;
  onTestFinished(async () => void (await sql.unsafe(row!['text'])));
  await sql.unsafe(
    `create or replace function public.inspect_servicetitan_database() returns jsonb language sql as $$select '{"now": "2026-02-09T19:00:00Z"}'::jsonb$$`,
  );
  const { lines, found } = await ask();
  expect(lines.find(({ check }) => check === 'database')?.result).toBe('ok');
  expect(found['schema']).toMatch(/^fail: .*inspect_servicetitan_database.*another version.* → Apply/);
  expect(lines.find(({ check }) => check === 'last_tick')?.result).toBe('ok');
});

test('a function that the look at the database calls is missing: nobody says that the look itself is', async () => {
  const reload = `notify pgrst, 'reload schema'`;
  onTestFinished(async () => {
    await sql.unsafe(`alter function public.find_nothing rename to find_servicetitan_obstacles; ${reload}`);
    await vi.waitFor(async () => expect((await ask()).found).toEqual({}), { timeout: 20_000 });
  });
  await sql.unsafe(`alter function public.find_servicetitan_obstacles rename to find_nothing; ${reload}`);
  const { found } = await ask();
  expect(found['schema']).toMatch(/^fail: .*, or one that it calls, is missing or closed/);
});

test.for(['read_servicetitan_tick', 'list_servicetitan_connections_to_reseal', 'read_servicetitan_workspaces'])(
  'a page in place of the answer of %s costs its own lines alone, in words that tell what it is',
  async (broken) => {
    const { lines } = await behind((name) => (name === broken ? DATA_API_ANSWERS['200 HTML'] : null));
    const failing = lines.filter(({ result }) => result === 'fail');
    expect(failing.map(({ message }) => message).join(' ')).not.toMatch(/was thrown/);
    expect(failing).toHaveLength(1);
  },
);
