// Hostile requests: each is refused with the right status, starts nothing, tells nothing, and leaves a Worker that answers.
import { env } from 'cloudflare:workers';
import { afterAll, expect, test, vi } from 'vitest';
import worker from '../../src/index.ts';
import { createLedger } from '../../src/supabase/ledger.ts';
import { createWorkspace, type TestWorkspace } from '../support/workspace.ts';
import { base, call, TOKEN, waitForRun } from './call.ts';
import { type Hostile, hostileRequests, MARK } from './hostileRequests.ts';

const [mine, other] = [await createWorkspace({ customers: 3 }), await createWorkspace({ customers: 3, seed: 2 })];
const finished = await call({
  method: 'POST',
  path: '/trigger',
  body: { workspaceId: mine.workspaceId, tenantId: mine.tenantId },
});
await waitForRun(finished.body.instanceId);

const requests = await hostileRequests({
  workspaceId: mine.workspaceId,
  tenantId: mine.tenantId,
  otherWorkspaceId: other.workspaceId,
  otherTenantId: other.tenantId,
  otherCustomerId: '999999999999',
  finishedInstanceId: finished.body.instanceId,
  secretKey: mine.stack.secretKey,
  credentialsKey: mine.stack.credentialsKey,
});

const said: string[] = [];
for (const level of ['log', 'warn', 'error'] as const) {
  vi.spyOn(console, level).mockImplementation((line: unknown) => void said.push(String(line)));
}
afterAll(() => vi.restoreAllMocks());

/** What the requests could have changed or started: rows of both workspaces, all runs, calls of ServiceTitan, instances. */
let instances = 0;
const engine = new Proxy(env.SERVICETITAN_SYNC, {
  get(target, name) {
    if (name === 'create' || name === 'createBatch') instances += 1;
    const member: unknown = Reflect.get(target, name);
    return typeof member === 'function' ? member.bind(target) : member;
  },
});
async function world() {
  const tables = ['servicetitan_connections', 'servicetitan_sync_state', 'servicetitan_sync_errors', 'contacts'];
  const [runs, ...rows] = await Promise.all([
    mine.supabase.from('servicetitan_sync_runs').select('instance_id', { count: 'exact', head: true }),
    ...tables.map((table) =>
      mine.supabase
        .from(table)
        .select()
        .in('workspace_id', [mine.workspaceId, other.workspaceId])
        .order('workspace_id'),
    ),
  ]);
  const seen = ({ workspaceId, ...rest }: TestWorkspace) =>
    rest.calls().then((calls) => `${workspaceId}: ${calls.length}`);
  return {
    // Sorted here: rows of one workspace come in whatever order the plan of the moment has.
    state: JSON.stringify([runs.count, rows.map(({ data }) => data!.map((row) => JSON.stringify(row)).toSorted())]),
    calls: await Promise.all([mine, other].map(seen)),
    instances,
  };
}

const SECRETS = [
  TOKEN,
  mine.stack.secretKey,
  mine.stack.credentialsKey,
  `secret-${mine.tenantId}`,
  `app-${mine.tenantId}`,
];
/** Words of a stack, of SQL, of the Data API and of this program's own making. */
const INNARDS =
  /\n\s*at |\.ts:\d|node_modules|\bselect\b.*\bfrom\b|relation "|syntax error|SQLSTATE|PGRST|ZodError|TypeError/i;

async function send({ request, settings }: Hostile) {
  const given = { ...env, SERVICETITAN_SYNC: engine, ...settings };
  const response = await worker.fetch(request() as never, given, {} as never);
  return { status: response.status, headers: response.headers, text: await response.text() };
}

/** What the Worker says to whoever shows no right token, whatever was asked. */
const strangers = await send({ name: '', request: () => new Request(`${base}/status`), status: 401 });

test('there are at least 360 of them, each of a name of its own', () => {
  expect(requests.length).toBeGreaterThanOrEqual(360);
  const names = requests.map(({ name }) => name);
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
});

let before = await world();

test.for(requests.map((hostile) => [hostile.name, hostile] as const))('refused: %s', async ([, hostile]) => {
  said.length = 0;
  const { status, headers, text } = await send(hostile);

  const { error } = (text === '' ? {} : JSON.parse(text)) as { error?: { code: string } };
  expect([status, error?.code]).toEqual([hostile.status, hostile.code]);

  // A stranger learns the same from all of them.
  if (hostile.status === 401) {
    expect([...headers].toSorted()).toEqual([...strangers.headers].toSorted());
    expect(text).toBe(strangers.text);
  }

  // Nothing leaks: neither into the answer nor into the log.
  const told = text + JSON.stringify([...headers]);
  for (const secret of SECRETS) expect(told + said.join()).not.toContain(secret);
  expect(told).not.toMatch(INNARDS);
  expect(told + said.join()).not.toContain(MARK);
  expect([...headers.keys()].filter((name) => /^access-control-|^set-cookie$/.test(name))).toEqual([]);
  expect(headers.get('cache-control')).toBe('no-store');
  for (const line of said) expect(Object.keys(JSON.parse(line))).toContain('event');

  // Nothing starts.
  const was = before;
  before = await world();
  // What is asked of ServiceTitan is asked of the caller's own tenant.
  if (hostile.reachesServiceTitan) was.calls[0] = before.calls[0]!;
  expect(before).toEqual(was);

  // And the Worker still answers.
  expect((await worker.fetch(new Request(`${base}/health`) as never, env, {} as never)).status).toBe(200);
});

test('a finished instance id starts nothing again, neither in the ledger nor in the engine', async () => {
  const claim = { workspace_id: mine.workspaceId, instance_id: finished.body.instanceId as string };
  expect(await createLedger(mine.supabase).claim('manual', [claim])).toMatchObject([{ outcome: 'already_started' }]);
  await expect(env.SERVICETITAN_SYNC.create({ id: claim.instance_id })).rejects.toThrow('already');
  expect(await world()).toEqual(before);
});
