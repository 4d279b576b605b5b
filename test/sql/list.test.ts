// The schedule's view of all workspaces, through the real Data API, which cuts a set at 1,000 rows without saying so.
import { createClient } from '@supabase/supabase-js';
import { expect, inject, onTestFinished, test } from 'vitest';
import { isTimeZone } from '../../src/schedule/businessHours.ts';
import { admin, call } from '../support/database.ts';
import { claim, connectSynced, connect, fail, letTimePass, randomId, startRun } from './workspaces.ts';

interface Page {
  workspaces: { workspace_id: string; [field: string]: unknown }[];
  next_after: string | null;
}

const { supabaseUrl, secretKey } = inject('stack');
const supabase = createClient(supabaseUrl, secretKey, { auth: { persistSession: false } });

async function list(after: string | null, limit: number): Promise<Page> {
  const { data, error } = await supabase.rpc('list_servicetitan_workspaces', { p_after: after, p_limit: limit });
  if (error) throw error;
  return data;
}

/** The list's word on one workspace. */
async function entryOf(workspaceId: string) {
  const before = `${workspaceId.slice(0, -1)}${String.fromCharCode(workspaceId.charCodeAt(workspaceId.length - 1) - 1)}~`;
  const { workspaces } = await list(before, 50);
  return workspaces.find((workspace) => workspace.workspace_id === workspaceId);
}

test('pages beyond 1,000 workspaces: each once, in order, in pages of any size', async () => {
  const prefix = `many${randomId()}`;
  await admin`
    insert into public.servicetitan_connections (workspace_id, environment, tenant_id, client_id, credentials_id, client_secret_sealed, app_key_sealed)
    select ${prefix} || '-' || number, 'production', number::text, 'client', gen_random_uuid(), 'sealed', 'sealed'
    from generate_series(1, 1200) as number
  `;
  onTestFinished(async () => {
    await admin`delete from public.servicetitan_connections where workspace_id like ${`${prefix}-%`}`;
  });
  const expected = Array.from({ length: 1200 }, (_, index) => `${prefix}-${index + 1}`).toSorted();
  for (const limit of [5000, 1000, 500]) {
    const seen: string[] = [];
    for (let after: string | null = null, more = true; more; more = after !== null) {
      const page: Page = await list(after, limit);
      expect(page.workspaces.length).toBeLessThanOrEqual(limit);
      seen.push(...page.workspaces.map((workspace) => workspace.workspace_id));
      after = page.next_after;
    }
    expect(seen).toEqual([...new Set(seen)].toSorted());
    expect(seen.filter((id) => id.startsWith(prefix))).toEqual(expected);
  }
});

test('next_after is the last id of a full page, and null when nothing is left', async () => {
  const { workspaceId } = await connect();
  const { workspaces, next_after: after } = await list(null, 1);
  expect(after).toBe(workspaces[0]!.workspace_id);
  // No id sorts behind tildes: they are not allowed in one.
  expect(await list('~', 10)).toEqual({ workspaces: [], next_after: null });
  expect(await entryOf(workspaceId)).toBeDefined();
});

test('a workspace is listed with its zone and its tenant, idle at first', async () => {
  const { workspaceId, tenantId } = await connect();
  expect(await entryOf(workspaceId)).toEqual({
    workspace_id: workspaceId,
    tenant_id: tenantId,
    time_zone: 'America/Denver',
    time_zone_known: true,
    enabled: true,
    running: false,
    stalled: false,
    backing_off: false,
  });
});

test('R8: a run that is alive is listed as running, one past its lease as stalled', async () => {
  const run = await startRun(await connect());
  expect(await entryOf(run.workspaceId)).toMatchObject({ running: true, stalled: false });
  await letTimePass(run, '1 hour');
  expect(await entryOf(run.workspaceId)).toMatchObject({ running: false, stalled: true });
});

test('a workspace whose credentials were refused is listed as backing off until its time has come', async () => {
  const workspace = await connect();
  await fail(await startRun(workspace), 'credentials_refused');
  expect(await entryOf(workspace.workspaceId)).toMatchObject({ running: false, backing_off: true });
  await letTimePass(workspace, '16 minutes');
  expect(await entryOf(workspace.workspaceId)).toMatchObject({ backing_off: false });
});

test('a connection switched off is not listed', async () => {
  const workspace = await connectSynced();
  await admin`update public.servicetitan_connections set enabled = false where workspace_id = ${workspace.workspaceId}`;
  expect(await entryOf(workspace.workspaceId)).toBeUndefined();
});

test('R8: a run that died is listed until it is ended, though its connection was switched off', async () => {
  const run = await startRun(await connect());
  await admin`update public.servicetitan_connections set enabled = false where workspace_id = ${run.workspaceId}`;
  await letTimePass(run, '1 hour');
  expect(await entryOf(run.workspaceId)).toMatchObject({ enabled: false, stalled: true });
  await claim(run);
  expect(await entryOf(run.workspaceId)).toBeUndefined();
});

test('a connection without a row in workspaces is listed without a zone', async () => {
  const { workspaceId } = await connect();
  await admin`delete from public.workspaces where id = ${workspaceId}`;
  expect(await entryOf(workspaceId)).toMatchObject({ time_zone: null });
  expect(await call('list_servicetitan_workspaces', { p_after: '~', p_limit: 1 })).toMatchObject({ workspaces: [] });
});

const ZONES: Record<string, boolean> = {
  'America/Denver': true,
  'america/denver': true,
  'America/Argentina/Buenos_Aires': true,
  'America/Port-au-Prince': true,
  'Etc/GMT+5': true,
  'Etc/GMT-14': true,
  UTC: true,
  PST8PDT: true,
  '': false,
  'US/Pacific-New': false,
  'America/Atlantis': false,
  '+05:00': false,
  '-5': false,
  'UTC+5': false,
  'GMT+5': false,
  FOO5BAR: false,
  'Mars/Phobos+3': false,
  'Etc/GMT+13': false,
  'Etc/GMT+99': false,
  CET: false,
  PST: false,
  'posix/America/Denver': false,
  'right/America/Denver': false,
  'America/Denver ': false,
};

test.for(Object.entries(ZONES))('R15: the zone %j is known to both sides: %s', async ([zone, isKnown]) => {
  const { workspaceId } = await connect();
  await admin`update public.workspaces set time_zone = ${zone} where id = ${workspaceId}`;
  expect(await entryOf(workspaceId)).toMatchObject({ time_zone: zone, time_zone_known: isKnown });
  expect(isTimeZone(zone)).toBe(isKnown);
  const days = await admin`select opens_at from public.list_servicetitan_business_hours(${zone}, 6, 20)`;
  expect(days).toHaveLength(isKnown ? 2 : 1);
});

test('R15: Postgres knows every zone that the Worker does, but for those named here', async () => {
  const names = Intl.supportedValuesOf('timeZone').filter(isTimeZone);
  const unknown = await admin<{ name: string }[]>`
    select name from unnest(${names}::text[]) as zone (name) where not public.is_servicetitan_time_zone(name)
  `;
  expect(unknown.map(({ name }) => name)).toEqual([]);
});
