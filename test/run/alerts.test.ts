// Alerts end to end: the real incidents of a real database, told to a real receiver. The database is shared with other
// tests, whose workspaces have incidents too, so each test looks at its own workspace's messages.
import { createHmac, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { sendAlerts } from '../../src/alerts/sendAlerts.ts';
import { readConfig } from '../../src/config.ts';
import { createAlerts } from '../../src/supabase/alerts.ts';
import { createSupabase } from '../../src/supabase/client.ts';
import { admin, call, type Row } from '../support/database.ts';
import { complete, connectSynced, fail, startRun, type Workspace } from '../sql/workspaces.ts';

interface Received {
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

const SECRET = `whsec_${randomBytes(24).toString('base64')}`;
let received: Received[] = [];
let status = 200;
let delay: Promise<void> | null = null;
const receiver = createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  received.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
  await delay;
  response.writeHead(status).end();
});
await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
afterAll(() => receiver.close());

const stack = inject('stack');
const alerts = createAlerts(createSupabase({ SUPABASE_URL: stack.supabaseUrl, SUPABASE_SECRET_KEY: stack.secretKey }));
let logged: Record<string, unknown>[] = [];

const SETTINGS = {
  SUPABASE_URL: stack.supabaseUrl,
  SUPABASE_SECRET_KEY: stack.secretKey,
  CREDENTIALS_KEY: stack.credentialsKey,
  BUSINESS_HOURS_START: '0',
  BUSINESS_HOURS_END: '24',
  ALERT_WEBHOOK_URL: url,
  ALERT_WEBHOOK_SECRET: SECRET,
};

/** What the end of a tick does. */
async function tick(settings: Record<string, string> = {}): Promise<void> {
  const config = readConfig({ ...SETTINGS, ...settings });
  await sendAlerts({ config, alerts, log: (entry) => logged.push(entry as never), now: () => Date.now() });
}

/** Ticks until nothing more is told: other tests' incidents share the messages of a tick. */
async function ticks(settings: Record<string, string> = {}): Promise<void> {
  for (let before = -1; before !== received.length;) {
    before = received.length;
    await tick(settings);
  }
}

const messagesOf = ({ workspaceId }: Workspace) =>
  received.filter(({ body }) => body.includes(`"${workspaceId}"`)).map(({ body }) => JSON.parse(body));
const kindsOf = (workspace: Workspace) => messagesOf(workspace).map(({ type, data }) => `${type} ${data.kind}`);

/** Fails a run of the workspace. */
async function failOnce(workspace: Workspace, code = 'server_error'): Promise<void> {
  await fail(await startRun(workspace), code);
}

async function update({ workspaceId }: Workspace, assignments: string): Promise<void> {
  await admin.unsafe(`update public.servicetitan_sync_state set ${assignments} where workspace_id = $1`, [workspaceId]);
}

async function silentFor(workspace: Workspace, minutes: number): Promise<void> {
  await admin`
    update public.servicetitan_connections set updated_at = now() - interval '2 days' where workspace_id = ${workspace.workspaceId}
  `;
  await update(workspace, `settled_until = now(), last_completed_at = now() - interval '${minutes} minutes'`);
}

beforeEach(() => {
  received = [];
  logged = [];
  status = 200;
  delay = null;
});

test('refused credentials are told once, however many ticks come, and once when they are accepted again', async () => {
  const workspace = await connectSynced();
  await failOnce(workspace, 'credentials_refused');
  await ticks();
  await ticks();
  expect(kindsOf(workspace)).toEqual(['alert.opened credentials_refused']);
  expect(messagesOf(workspace)[0]).toMatchObject({
    timestamp: expect.stringMatching(/Z$/),
    data: {
      workspaceName: 'A workspace',
      message: expect.stringContaining('connect the workspace again'),
      closedAt: null,
    },
  });

  await complete(await startRun(workspace));
  await ticks();
  await ticks();
  expect(kindsOf(workspace)).toEqual(['alert.opened credentials_refused', 'alert.closed credentials_refused']);
});

test('two ticks at once tell an incident once', async () => {
  const workspace = await connectSynced();
  await failOnce(workspace, 'credentials_refused');
  const gate = Promise.withResolvers<void>();
  delay = gate.promise;
  const both = Promise.all([tick(), tick(), tick()]);
  await expect.poll(() => kindsOf(workspace)).toEqual(['alert.opened credentials_refused']);
  gate.resolve();
  await both;
  await ticks();
  expect(kindsOf(workspace)).toEqual(['alert.opened credentials_refused']);
});

test('a message is signed as the Standard Webhooks say', async () => {
  const workspace = await connectSynced();
  await failOnce(workspace, 'credentials_refused');
  await ticks();
  const { headers, body } = received.find((message) => message.body.includes(workspace.workspaceId))!;
  const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
  const key = Buffer.from(SECRET.slice('whsec_'.length), 'base64');
  expect(headers['webhook-signature']).toBe(`v1,${createHmac('sha256', key).update(signed).digest('base64')}`);
  expect(headers['webhook-id']).toBe(`${JSON.parse(body).data.id}_opened`);
  expect(Number(headers['webhook-timestamp'])).toBeGreaterThan(Date.now() / 1000 - 600);
});

test('a receiver that fails, hangs up or is not there harms no tick, and gets the message with the next one', async () => {
  const workspace = await connectSynced();
  await failOnce(workspace, 'credentials_refused');
  status = 500;
  await tick();
  await tick({ ALERT_WEBHOOK_URL: 'http://127.0.0.1:9/hook' });
  expect(logged).toContainEqual(
    expect.objectContaining({
      event: 'alert_not_told',
      reason: 'the receiver answered 500',
      workspaceId: workspace.workspaceId,
    }),
  );
  expect(JSON.stringify(logged)).not.toContain('127.0.0.1');
  const ids = () => new Set(messagesOf(workspace).map(({ data }) => data.id));
  status = 200;
  await ticks();
  await ticks();
  // Sent again under the same id, and told once it was taken.
  expect(ids().size).toBe(1);
  expect(
    logged.filter(({ event, workspaceId }) => event === 'alert_told' && workspaceId === workspace.workspaceId),
  ).toHaveLength(1);
});

test("Slack's form is a text that mentions nobody", async () => {
  const workspace = await connectSynced();
  await admin`update public.workspaces set name = '<!channel> & Sons' where id = ${workspace.workspaceId}`;
  await failOnce(workspace, 'credentials_refused');
  await ticks({ ALERT_WEBHOOK_FORMAT: 'slack', ALERT_WEBHOOK_SECRET: '' });
  const texts = received
    .map(({ body }) => JSON.parse(body))
    .filter(({ text }) => text?.includes(workspace.workspaceId));
  expect(texts).toEqual([
    {
      text: `:red_circle: *&lt;!channel&gt; &amp; Sons* (${workspace.workspaceId}): ServiceTitan refuses the credentials, so nothing is synced: connect the workspace again.`,
    },
  ]);
  expect(received[0]!.headers['webhook-signature']).toBeUndefined();
});

test('no complete run in three ticks is told, and over with the next complete run', async () => {
  const workspace = await connectSynced();
  await silentFor(workspace, 44);
  await ticks();
  expect(kindsOf(workspace)).toEqual([]);
  await silentFor(workspace, 51);
  await ticks();
  expect(kindsOf(workspace)).toEqual(['alert.opened no_complete_run']);
  await complete(await startRun(workspace));
  await ticks();
  expect(kindsOf(workspace)).toEqual(['alert.opened no_complete_run', 'alert.closed no_complete_run']);
});

test('R15: silence outside of business hours is none, and neither ends an incident', async () => {
  const workspace = await connectSynced();
  const [{ hour } = { hour: 0 }] = await admin<{ hour: number }[]>`
    select extract(hour from now() at time zone 'America/Denver')::integer as hour
  `;
  const closed: Record<string, string> =
    hour < 12
      ? { BUSINESS_HOURS_START: '20', BUSINESS_HOURS_END: '22' }
      : { BUSINESS_HOURS_START: '2', BUSINESS_HOURS_END: '4' };
  await silentFor(workspace, 300);
  await ticks(closed);
  expect(kindsOf(workspace)).toEqual([]);
  await ticks();
  await ticks(closed);
  expect(kindsOf(workspace)).toEqual(['alert.opened no_complete_run']);
});

test('a workspace that is paused has no incidents', async () => {
  const workspace = await connectSynced();
  await failOnce(workspace, 'credentials_refused');
  await silentFor(workspace, 300);
  await ticks();
  await admin`update public.servicetitan_connections set enabled = false where workspace_id = ${workspace.workspaceId}`;
  await ticks();
  expect(kindsOf(workspace)).toEqual(['alert.opened credentials_refused', 'alert.closed credentials_refused']);
});

test('the same failure three times in a row is told, a mixture is not', async () => {
  const [workspace, mixed] = [await connectSynced(), await connectSynced()];
  for (const code of ['server_error', 'server_error', 'server_error']) await failOnce(workspace, code);
  for (const code of ['server_error', 'timeout', 'server_error']) await failOnce(mixed, code);
  await ticks();
  expect(kindsOf(workspace)).toEqual(['alert.opened errors_persist']);
  expect(kindsOf(mixed)).toEqual([]);
});

test('R10: customers that stay in the quarantine are told', async () => {
  const workspace = await connectSynced();
  const setAside = async (crmId: string, attempts: number) => admin`
    insert into public.servicetitan_sync_errors (workspace_id, source, crm_id, feed, reason, instance_id, attempts)
    values (${workspace.workspaceId}, ${workspace.source}, ${crmId}, 'customers', 'Not readable.', 'sync-x-1', ${attempts})
  `;
  await setAside('1', 2);
  await ticks();
  expect(kindsOf(workspace)).toEqual([]);
  await setAside('2', 3);
  await ticks();
  expect(messagesOf(workspace)).toMatchObject([
    { data: { kind: 'errors_persist', message: expect.stringMatching(/^1 customer is set aside/) } },
  ]);
});

test('a run that changes far more than is usual is told, the first of the day is measured by its night', async () => {
  const [usual, night, bulk] = [await connectSynced(), await connectSynced(), await connectSynced()];
  const ran = async ({ workspaceId, source }: Workspace, number: number, changes: number, minutes = 30) => admin`
    insert into public.servicetitan_sync_runs (instance_id, workspace_id, fence, trigger, mode, status, source, updated, window_from, window_until)
    values (
      ${`sync-${workspaceId}-${number}`}, ${workspaceId}, ${1000 + number}, 'cron', 'incremental', 'completed', ${source}, ${changes},
      now() - make_interval(mins => ${minutes}), now()
    )
  `;
  for (const workspace of [usual, night, bulk]) {
    for (const number of [1, 2, 3, 4, 5, 6]) await ran(workspace, number, 20);
  }
  await ran(usual, 7, 199);
  await ran(night, 7, 400, 600);
  await ran(bulk, 7, 400);
  await ticks();
  expect([kindsOf(usual), kindsOf(night)]).toEqual([[], []]);
  expect(messagesOf(bulk)).toMatchObject([
    {
      data: {
        kind: 'unusual_changes',
        message: expect.stringContaining('changed 400 contacts where about 20 are usual'),
      },
    },
  ]);
  await ran(bulk, 8, 20);
  await ticks();
  expect(kindsOf(bulk)).toEqual(['alert.opened unusual_changes', 'alert.closed unusual_changes']);
});

test('without an address nothing is looked at, neither without a secret for JSON', async () => {
  const workspace = await connectSynced();
  await failOnce(workspace, 'credentials_refused');
  await tick({ ALERT_WEBHOOK_URL: '' });
  expect([received, logged]).toEqual([[], []]);
  await tick({ ALERT_WEBHOOK_SECRET: '' });
  expect([received, logged]).toEqual([[], []]);
  const rows = await admin`select id from public.servicetitan_alerts where workspace_id = ${workspace.workspaceId}`;
  expect(rows).toEqual([]);
});

test('a database that fails harms no tick', async () => {
  const broken = createAlerts(
    createSupabase({ SUPABASE_URL: stack.supabaseUrl, SUPABASE_SECRET_KEY: stack.publishableKey }),
  );
  const config = readConfig(SETTINGS);
  await sendAlerts({ config, alerts: broken, log: (entry) => logged.push(entry as never), now: () => 0 });
  expect(logged).toMatchObject([{ event: 'alerts_failed' }]);
  expect(
    await call<Row[]>('claim_servicetitan_alerts', {
      p_after_ticks: 3,
      p_tick_seconds: 900,
      p_start_hour: 0,
      p_end_hour: 24,
      p_limit: 0,
    }),
  ).toEqual([]);
});

describe('what a run that completes could not make sure of', () => {
  /** A run that completes with these doubts. */
  async function completeIn(workspace: Workspace, codes: string[], misses = 0): Promise<void> {
    const run = await startRun(workspace);
    await complete(run);
    const doubts = admin.json(codes.map((code) => ({ code })));
    await admin`
      update public.servicetitan_sync_runs set doubts = ${doubts}, misses = ${misses} where instance_id = ${run.instanceId}
    `;
  }

  test('three runs in a row in doubt are told, and over with one that is in none', async () => {
    const workspace = await connectSynced();
    await completeIn(workspace, ['place_unread']);
    await completeIn(workspace, ['span_unread', 'removals_held']);
    await ticks();
    expect(kindsOf(workspace)).not.toContain('alert.opened doubts_persist');
    await completeIn(workspace, ['place_unread']);
    await ticks();
    const persist = () => messagesOf(workspace).filter(({ data }) => data.kind === 'doubts_persist');
    expect(persist().map(({ data }) => data.message)).toEqual([expect.stringContaining('(place_unread, span_unread)')]);
    await completeIn(workspace, []);
    await ticks();
    expect(persist().map(({ type }) => type)).toEqual(['alert.opened', 'alert.closed']);
  });

  test('removals that are held back are told at once, and are no doubt in a row', async () => {
    const workspace = await connectSynced();
    for (let runs = 0; runs < 3; runs += 1) await completeIn(workspace, ['removals_held']);
    await ticks();
    expect(kindsOf(workspace)).toEqual(['alert.opened removals_held']);
    await completeIn(workspace, []);
    await ticks();
    expect(kindsOf(workspace)).toEqual(['alert.opened removals_held', 'alert.closed removals_held']);
  });

  test('R17: a miss is told when it repeats, not the first time', async () => {
    const workspace = await connectSynced();
    await completeIn(workspace, [], 3);
    await completeIn(workspace, [], 0);
    await ticks();
    expect(kindsOf(workspace)).toEqual([]);
    await completeIn(workspace, [], 4);
    await ticks();
    expect(messagesOf(workspace).at(-1).data).toMatchObject({
      kind: 'misses_repeat',
      message: expect.stringContaining('2 runs brought 7 changes'),
    });
  });

  test.for([
    ['two and a half hours', '150 minutes', {}, []],
    ['more than three hours', '190 minutes', {}, ['alert.opened not_confirmed']],
    ['a night', '11 hours', nightUntilNow(), []],
  ] as const)('R17: what was read twice lies %s back', async ([, back, settings, told], { expect }) => {
    const workspace = await connectSynced();
    await admin`update public.servicetitan_connections set updated_at = now() - interval '2 days' where workspace_id = ${workspace.workspaceId}`;
    await update(workspace, `settled_until = now() - interval '${back}'`);
    await ticks(settings);
    expect(kindsOf(workspace)).toEqual(told);
  });
});

/** Business hours that have begun within the hour, and had not for ten hours before. */
function nightUntilNow(): Record<string, string> {
  const hour = Number(
    new Intl.DateTimeFormat('en', { hour: 'numeric', hourCycle: 'h23', timeZone: 'America/Denver' }).format(),
  );
  return { BUSINESS_HOURS_START: String(hour), BUSINESS_HOURS_END: String(hour + 1) };
}
