// What read_servicetitan_workspaces says of workspaces and their runs.
import { expect, test } from 'vitest';
import { admin, call, type Row } from '../support/database.ts';
import { customer, phone, sync } from './batches.ts';
import {
  advance,
  claim,
  commit,
  complete,
  connect,
  connectSynced,
  continueIn,
  fail,
  letTimePass,
  startRun,
  type Workspace,
} from './workspaces.ts';

interface Page {
  workspaces: Row[];
  next_after: string | null;
}

type Hours = readonly [number, number];
const ALL_DAY: Hours = [0, 24];

function readPage(after: string | null, limit: number, workspaceId: string | null = null, hours: Hours = ALL_DAY) {
  return call<Page>('read_servicetitan_workspaces', {
    p_workspace_id: workspaceId,
    p_after: after,
    p_limit: limit,
    p_start_hour: hours[0],
    p_end_hour: hours[1],
  });
}

async function read({ workspaceId }: Workspace, hours: Hours = ALL_DAY): Promise<Row> {
  return (await readPage(null, 1, workspaceId, hours)).workspaces[0]!;
}

/** Writes a closed window into the ledger: claimed up to `until`, closed at `closed`, both minutes ago. */
async function closeWindow(
  { workspaceId, source }: Workspace,
  number: number,
  until: number,
  closed: number,
): Promise<void> {
  await admin`
    insert into public.servicetitan_sync_runs (instance_id, workspace_id, fence, trigger, mode, status, source, window_until, window_closed_at)
    values (
      ${`sync-${workspaceId}-${number}`}, ${workspaceId}, ${1000 + number}, 'cron', 'incremental', 'completed', ${source},
      now() - make_interval(mins => ${until}), now() - make_interval(mins => ${closed})
    )
  `;
}

/** A workspace whose ledger has no closed window yet. */
async function connectUnseen(): Promise<Workspace> {
  const workspace = await connectSynced();
  await admin`update public.servicetitan_sync_runs set window_closed_at = null where workspace_id = ${workspace.workspaceId}`;
  return workspace;
}

/** Ages in whole minutes: between two calls of a test seconds go by. */
async function readMinutes(workspace: Workspace, hours: Hours = ALL_DAY): Promise<Row> {
  const row = await read(workspace, hours);
  const minutes = (column: string) => {
    const seconds = row[column];
    return typeof seconds === 'number' ? Math.floor(seconds / 60) : seconds;
  };
  return {
    age: minutes('age_seconds'),
    p50: minutes('p50_seconds'),
    worst: minutes('worst_seconds'),
    opened_at: row['opened_at'],
  };
}

async function setCursor({ workspaceId }: Workspace, minutesAgo: number): Promise<void> {
  await admin`
    update public.servicetitan_sync_state
    set last_modified_cursor = now() - make_interval(mins => ${minutesAgo})
    where workspace_id = ${workspaceId}
  `;
}

test('a workspace that was only connected has no cursor, no age and no run', async () => {
  expect(await read(await connect())).toMatchObject({
    name: 'A workspace',
    environment: 'production',
    time_zone: 'America/Denver',
    enabled: true,
    connected: true,
    initial_sync_completed: false,
    sync_status: 'idle',
    cursor: null,
    age_seconds: null,
    p50_seconds: null,
    worst_seconds: null,
    quarantined: 0,
    run: null,
  });
});

test('what the last complete sync wrote stays while a later one fails, and while one is under way', async () => {
  const workspace = await connectSynced();
  const whole = await startRun(workspace);
  await sync(whole, { customers: [customer('1'), customer('2')] });
  await complete(whole);
  const failed = await startRun(workspace, '2026-11-24T10:15:00Z');
  await sync(failed, { customers: [customer('3'), customer('4'), customer('5')] });
  await fail(failed, 'servicetitan_server');
  const wrote = { last_created: 2, last_updated: 0, last_errors: 0 };
  expect(await read(workspace)).toMatchObject(wrote);

  const running = await startRun(workspace, '2026-11-24T10:30:00Z');
  await sync(running, { page: 1, customers: [customer('1')] });
  await sync(running, { page: 2, contact_methods: [phone('20', '2', { active: true })] });
  expect(await read(workspace)).toMatchObject({ ...wrote, run: { fetched: 1, through_contacts: 1, updated: 1 } });
});

test('a page names every workspace once, in the order of their ids', async () => {
  const made = [await connect(), await connect(), await connect()].map(({ workspaceId }) => workspaceId);
  const seen: string[] = [];
  let after: string | null = null;
  do {
    const page: Page = await readPage(after, 40);
    expect(page.workspaces.length).toBeLessThanOrEqual(40);
    seen.push(...page.workspaces.map(({ workspace_id }) => String(workspace_id)));
    after = page.next_after;
  } while (after !== null);
  expect(seen).toEqual([...new Set(seen)].toSorted((one, other) => (one < other ? -1 : 1)));
  expect(seen).toEqual(expect.arrayContaining(made));
});

test('a workspace whose connection is gone is still there, disconnected', async () => {
  const workspace = await connectSynced();
  await admin`delete from public.servicetitan_connections where workspace_id = ${workspace.workspaceId}`;
  expect(await read(workspace)).toMatchObject({ connected: false, enabled: false, initial_sync_completed: true });
});

test('R3: what the state knows of another tenant is not told of this one', async () => {
  const workspace = await connectSynced();
  expect(await read(workspace)).toMatchObject({ initial_sync_completed: true, age_seconds: expect.any(Number) });
  const another = await connect(workspace.workspaceId);
  expect(await read(another)).toMatchObject({
    source: null,
    initial_sync_completed: false,
    customers_synced: 0,
    cursor: null,
    age_seconds: null,
    last_completed_at: null,
  });
});

test.for(['infinity', '-infinity', '290000-01-01', '4000-01-01 BC'])(
  'R8: a workspace with %s in each of its times is told, and so are the others',
  async (time) => {
    const workspace = await connectSynced();
    await startRun(workspace);
    const columns = await admin<{ table_name: string; column_name: string }[]>`
      select table_name, column_name
      from information_schema.columns
      where table_name in ('servicetitan_sync_state', 'servicetitan_sync_runs')
        and data_type = 'timestamp with time zone'
    `;
    for (const { table_name, column_name } of columns) {
      await admin`
        update ${admin(`public.${table_name}`)} set ${admin(column_name)} = (${time}::text)::timestamptz where workspace_id = ${workspace.workspaceId}
      `;
    }
    expect(await read(workspace)).toMatchObject({
      workspace_id: workspace.workspaceId,
      age_seconds: expect.any(Number),
    });
  },
);

test('freshness: data ages from the claim before until the window closes, and until now', async () => {
  const workspace = await connectUnseen();
  await closeWindow(workspace, 1, 101, 100);
  await closeWindow(workspace, 2, 81, 80); // closed at an age of 21 minutes
  await closeWindow(workspace, 3, 71, 70); // 11
  await setCursor(workspace, 71); // now: 71
  expect(await readMinutes(workspace)).toMatchObject({ age: 71, p50: 21, worst: 71 });
});

test('freshness: a window that closed more than a day ago counts as the claim before alone', async () => {
  const workspace = await connectUnseen();
  await closeWindow(workspace, 1, 2000, 1900);
  await closeWindow(workspace, 2, 1460, 1450);
  await closeWindow(workspace, 3, 1401, 1400); // closed at an age of 60 minutes
  await setCursor(workspace, 5);
  expect(await readMinutes(workspace)).toMatchObject({ p50: 5, worst: 60 });
});

test('freshness: midnight makes nothing young where the business hours are the whole day', async () => {
  const workspace = await connectUnseen();
  await setCursor(workspace, 2000);
  expect(await readMinutes(workspace)).toMatchObject({ age: 2000, worst: 2000, opened_at: null });
});

test('R15: time outside of business hours ages nothing', async () => {
  const workspace = await connectUnseen();
  const [{ hour } = { hour: 0 }] = await admin<{ hour: number }[]>`
    select extract(hour from now() at time zone 'America/Denver')::integer as hour
  `;
  await setCursor(workspace, 600);
  // They began with this hour, so no more of the 600 minutes counts than have gone by since.
  const open = await readMinutes(workspace, [hour, hour === 0 ? 23 : 24]);
  expect(open).toMatchObject({ age: 600, opened_at: expect.any(String) });
  expect(open['worst']).toBeLessThan(60);
  // They have not begun, or are over.
  const closed = await readMinutes(workspace, hour < 12 ? [hour + 2, 24] : [0, hour - 2]);
  expect(closed).toMatchObject({ age: 600, opened_at: null, worst: null });
});

test('R15: a zone that does not exist has no hours and breaks no answer', async () => {
  const workspace = await connectUnseen();
  await admin`update public.workspaces set time_zone = 'Mars/Olympus' where id = ${workspace.workspaceId}`;
  await setCursor(workspace, 10);
  expect(await readMinutes(workspace, [3, 4])).toMatchObject({ worst: 10, opened_at: null });
});

test('R4: a closed window tells the run the cursor, so that its age can be told later', async () => {
  const workspace = await connectSynced();
  const run = await startRun(workspace, '2026-11-24T10:30:00Z');
  await advance(run, '2026-11-24T10:30:00Z');
  await complete(run);
  const [row] =
    await admin`select window_until, window_closed_at from public.servicetitan_sync_runs where instance_id = ${run.instanceId}`;
  expect(row).toMatchObject({ window_until: new Date('2026-11-24T10:30:00Z'), window_closed_at: expect.any(Date) });
});

test('the run under way is shown with the numbers of its window, predecessors included', async () => {
  const workspace = await connectSynced();
  const run = await startRun(workspace);
  await sync(run, { customers: [customer('1'), customer('2')] });
  const checkpoint = {
    modified_on_or_after: '2026-11-24T09:00:00Z',
    page_size: 50,
    next_page: 101,
    started_at: '2026-11-24T10:00:00+00:00',
  };
  const successor = await continueIn(run, checkpoint);
  await sync(successor, { customers: [customer('3')] });
  expect((await read(workspace))['run']).toMatchObject({
    instance_id: successor.instanceId,
    mode: 'incremental',
    status: 'running',
    phase: null,
    fetched: 3,
    created: 3,
  });
});

test('an initial sync shows its phase, and counts what earlier tries of it have read', async () => {
  const workspace = await connect();
  const first = await startRun(workspace);
  expect((await read(workspace))['run']).toMatchObject({ mode: 'initial', phase: 'contacts', fetched: 0 });
  await commit(first, { feed: 'initial_contacts', continue_from: 'a', done: true, read_at: '2026-11-24T09:59:00Z' });
  await sync(first, { page: 2, customers: [customer('1'), customer('2')] });
  await fail(first, 'unexpected');

  const second = await startRun(workspace, '2026-11-24T11:00:00Z');
  await sync(second, { customers: [customer('3')] });
  expect((await read(workspace))['run']).toMatchObject({
    instance_id: second.instanceId,
    phase: 'customers',
    fetched: 3,
  });
});

test('R8: a run past its lease is told as such', async () => {
  const workspace = await connectSynced();
  await claim(workspace);
  expect(await read(workspace)).toMatchObject({ stalled: false, run: { status: 'queued', mode: null } });
  await letTimePass(workspace, '1 hour');
  expect(await read(workspace)).toMatchObject({ stalled: true });
});

test('R10: the quarantine is counted by customer', async () => {
  const workspace = await connectSynced();
  const run = await startRun(workspace);
  const reason = { reason: 'Not readable.', sqlstate: null };
  await sync(run, {
    rejected: [
      { crm_id: '1', feed: 'customers', ...reason },
      { crm_id: '1', feed: 'contacts', ...reason },
      { crm_id: '2', feed: 'contacts', ...reason },
    ],
  });
  expect(await read(workspace)).toMatchObject({ quarantined: 2 });
});
