// R10: a record that breaks every call which would show it harms only itself, and an outage harms nobody's place.
import postgres from 'postgres';
import { describe, expect, inject, onTestFinished, test } from 'vitest';
import { createLedger } from '../../src/supabase/ledger.ts';
import {
  contactsById,
  contactsExport,
  contactsList,
  customersById,
  customersExport,
  customersList,
  type How,
  type PoisonedServiceTitan,
  poisonedServiceTitan,
  shortenCalls,
} from '../support/poison.ts';
import { Crash, type RingOptions, runSync } from '../support/ring.ts';
import { differences, readWorld } from '../support/truth.ts';
import { createWorkspace, type TestWorkspace } from '../support/workspace.ts';
import { quarantined } from './liveRun.ts';

interface Scene {
  workspace: TestWorkspace;
  front: PoisonedServiceTitan;
  ids: number[];
  run: (options?: RingOptions) => ReturnType<typeof runSync>;
}

/** A workspace that is synced, with a ServiceTitan in front of it that a test can poison. */
async function scene(customers: number, switches: Record<string, unknown> = {}, isSynced = true): Promise<Scene> {
  const workspace = await createWorkspace({
    customers,
    switches: { exportLagSeconds: 0, callsPerSecond: null, ...switches },
  });
  if (isSynced) await runSync(workspace);
  const front = await poisonedServiceTitan(workspace);
  const ids = (await readWorld(workspace)).customers.map(({ id }) => id).toSorted((a, b) => a - b);
  const run = (options: RingOptions = {}) =>
    runSync(workspace, { ...options, settings: { SERVICETITAN_API_URL: front.url, ...options.settings } });
  return { workspace, front, ids, run };
}
const rename = ({ workspace }: Scene, id: number, name = `Renamed ${id}`) =>
  workspace.simulator('PATCH', `/customers/${id}`, { name });
const spoil = ({ workspace }: Scene, id: number) =>
  workspace.simulator('PATCH', `/customers/${id}`, { raw: { modifiedOn: 'soon' } });
const mend = ({ workspace }: Scene, id: number) => workspace.simulator('PATCH', `/customers/${id}`, { raw: {} });
const nameOf = async ({ workspace }: Scene, id: number) => (await workspace.contacts()).get(String(id))?.name;
const doubtsOf = async ({ workspace }: Scene, instanceId: string) =>
  (await workspace.supabase.from('servicetitan_sync_runs').select('doubts').eq('instance_id', instanceId)).data![0]!
    .doubts as Record<string, unknown>[];

describe("R10: one customer's contacts", () => {
  test.for<How>([500, 502, 503, 409, 404, 'never', 'garbage', 'reset'])(
    'that always end in %s set that customer aside, and the others are current',
    async (how) => {
      const at = await scene(12);
      shortenCalls();
      for (const id of at.ids) await rename(at, id);
      at.front.poisons = [{ at: contactsById, ids: [at.ids[4]!], how }];
      expect((await at.run()).outcome).toEqual({ status: 'completed' });
      expect(await quarantined(at.workspace)).toEqual([`${at.ids[4]} contacts`]);
      for (const id of at.ids) expect(await nameOf(at, id)).toBe(`Renamed ${id}`);
      at.front.poisons = [];
      await at.run();
      expect(await quarantined(at.workspace)).toEqual([]);
      expect(await differences(at.workspace)).toEqual([]);
    },
  );

  test('of the only one that changed in a quiet tenant set it aside, and the run completes', async () => {
    const at = await scene(12);
    // The first and the last of the tenant too: whatever record the control asks for may be the bad one.
    for (const id of [at.ids[6]!, at.ids[0]!, at.ids.at(-1)!]) {
      await rename(at, id);
      at.front.poisons = [{ at: contactsList, ids: [id], how: 500 }];
      expect((await at.run()).outcome).toEqual({ status: 'completed' });
      expect(await quarantined(at.workspace)).toEqual([`${id} contacts`]);
      at.front.poisons = [];
      await at.run();
      expect(await quarantined(at.workspace)).toEqual([]);
    }
  });

  test('of thirty in a page of fifty set the thirty aside, and the run says so', async () => {
    const at = await scene(50);
    for (const id of at.ids) await rename(at, id);
    const bad = at.ids.slice(10, 40);
    at.front.poisons = [{ at: contactsById, ids: bad, how: 409 }];
    const run = await at.run();
    expect(run.outcome).toEqual({ status: 'completed' });
    expect(await quarantined(at.workspace)).toEqual(bad.map((id) => `${id} contacts`).toSorted());
    for (const id of at.ids) expect(await nameOf(at, id)).toBe(`Renamed ${id}`);
    expect(await doubtsOf(at, run.instanceId)).toMatchObject([{ code: 'most_refused', count: 30, of: 50 }]);
  });

  test('that are known to fail cost the next run no wait', async () => {
    const at = await scene(12);
    for (const id of at.ids) await rename(at, id);
    at.front.poisons = [{ at: contactsById, ids: [at.ids[4]!], how: 500 }];
    await at.run();
    const waits: number[] = [];
    expect((await at.run({ onWait: (ms) => void waits.push(ms) })).outcome).toEqual({ status: 'completed' });
    expect(waits).toEqual([]);
    expect(await quarantined(at.workspace)).toEqual([`${at.ids[4]} contacts`]);
  });
});

describe('R10: an outage', () => {
  test.for<How>([500, 409, 'never'])(
    'of the contacts list alone (%s), with thirty customers changed, sets nobody aside and moves no cursor',
    async (how) => {
      const at = await scene(40);
      shortenCalls();
      for (const id of at.ids.slice(0, 30)) await rename(at, id);
      const before = await at.workspace.state();
      at.front.poisons = [{ at: contactsList, how }];
      expect((await at.run()).outcome).toBeInstanceOf(Error);
      expect(await quarantined(at.workspace)).toEqual([]);
      expect((await at.workspace.state()).last_modified_cursor).toBe(before.last_modified_cursor);
      at.front.poisons = [];
      expect((await at.run()).outcome).toEqual({ status: 'completed' });
      expect(await differences(at.workspace)).toEqual([]);
    },
  );

  test('that begins while ids are asked one by one sets nobody aside', async () => {
    const at = await scene(20);
    for (const id of at.ids) await rename(at, id);
    at.front.poisons = [
      {
        how: 500,
        at: (url) => {
          if (!contactsList(url)) return false;
          const ids = url.searchParams.get('customerIds')?.split(',') ?? [];
          // From the first that is asked alone on, all are refused; before, those with the bad one.
          if (ids.length === 1 && ids[0] === String(at.ids[3])) at.front.poisons = [{ at: contactsList, how: 500 }];
          return ids.includes(String(at.ids[3]));
        },
      },
    ];
    expect((await at.run()).outcome).toBeInstanceOf(Error);
    expect(await quarantined(at.workspace)).toEqual([]);
  });

  test('of the customers list keeps its page whole', async () => {
    const at = await scene(12);
    for (const id of at.ids) await rename(at, id);
    at.front.poisons = [{ at: customersList, how: 500 }];
    const run = await at.run({ settings: { INCREMENTAL_PAGE_SIZE: '4' } });
    expect(run.outcome).toBeInstanceOf(Error);
    expect(await doubtsOf(at, run.instanceId)).toEqual([]);
    expect(run.steps.filter((name) => name.includes('fetch'))).toEqual(['incremental-fetch']);
  });

  test('of the export passes nothing over', async () => {
    const at = await scene(12);
    const { contacts_continue_from } = await at.workspace.state();
    at.front.poisons = [{ at: contactsExport, how: 500 }];
    expect((await at.run()).outcome).toBeInstanceOf(Error);
    expect((await at.workspace.state()).contacts_continue_from).toBe(contacts_continue_from);
  });
});

describe('R10: a record that breaks its list page', () => {
  test.for<How>([500, 409, 'never', 'garbage'])(
    'with %s is gone around: the others are current, and its place is a doubt',
    async (how) => {
      const at = await scene(24);
      shortenCalls();
      for (const id of at.ids) await rename(at, id);
      const bad = at.ids[9]!;
      at.front.poisons = [{ at: (url) => customersList(url) && !url.searchParams.has('ids'), ids: [bad], how }];
      const before = at.front.asked.length;
      const run = await at.run({ settings: { INCREMENTAL_PAGE_SIZE: '12' } });
      expect(run.outcome).toEqual({ status: 'completed' });
      for (const id of at.ids)
        expect(await nameOf(at, id)).toEqual(id === bad ? expect.not.stringMatching(/^Renamed/) : `Renamed ${id}`);
      expect(await doubtsOf(at, run.instanceId)).toMatchObject([
        { code: 'place_unread', feed: 'customers', position: 10 },
      ]);
      // Down to one, and back to the old size at the old page's end.
      const sizes = at.front.asked
        .slice(before)
        .filter((url) => customersList(url) && url.searchParams.has('modifiedOnOrAfter'));
      expect(sizes.at(-1)!.searchParams.get('pageSize')).toBe('12');
    },
  );

  test('keeps the cursor where so many do that nobody could say whom it would leave behind', async () => {
    const at = await scene(120);
    await at.workspace.simulator(
      'POST',
      '/operations',
      at.ids.map((customerId) => ({
        operation: 'changeCustomer',
        customerId,
        changes: { name: `Renamed ${customerId}` },
      })),
    );
    const before = await at.workspace.state();
    const windowed = (url: URL) => customersList(url) && url.searchParams.has('modifiedOnOrAfter');
    at.front.poisons = [{ at: windowed, ids: at.ids, how: 409 }];
    expect((await at.run()).outcome).toBeInstanceOf(Error);
    expect(await at.workspace.state()).toMatchObject({
      last_modified_cursor: before.last_modified_cursor,
      last_error: expect.stringContaining('more than 100 customers of this window'),
    });
  });

  test('does not keep a window from going on in a successor (R6)', async () => {
    const at = await scene(24);
    for (const id of at.ids) await rename(at, id);
    const bad = at.ids[9]!;
    at.front.poisons = [{ at: customersList, ids: [bad], how: 500 }];
    const run = await at.run({ settings: { INCREMENTAL_PAGE_SIZE: '4', INCREMENTAL_MAX_PAGES: '3' } });
    expect(run.outcome).toEqual({ status: 'completed' });
    expect(run.steps).toContain('hand-over');
    // Said by the last run of the chain too.
    expect(await doubtsOf(at, run.instanceId)).toMatchObject([{ code: 'place_unread', position: 10 }]);
    for (const id of at.ids) if (id !== bad) expect(await nameOf(at, id)).toBe(`Renamed ${id}`);
  });
});

describe('R10: a record that breaks its export batch', () => {
  test.for(['customers', 'contacts'] as const)(
    'of the %s is passed over at the very beginning of the feed too',
    async (feed) => {
      const workspace = await createWorkspace({
        customers: 12,
        switches: { exportLagSeconds: 0, callsPerSecond: null },
      });
      const front = await poisonedServiceTitan(workspace);
      const { customers, contacts } = await readWorld(workspace);
      const bad = feed === 'customers' ? customers[5]! : contacts[5]!;
      front.poisons = [{ at: feed === 'customers' ? customersExport : contactsExport, ids: [bad.id], how: 500 }];
      const run = await runSync(workspace, { settings: { SERVICETITAN_API_URL: front.url } });
      expect(run.outcome).toEqual({ status: 'completed' });
      expect(await differences(workspace)).toEqual([]);
    },
  );

  test('is passed over by days where the feed takes nothing finer', async () => {
    const switches = { exportLagSeconds: 0, exportBatchSize: 7, callsPerSecond: null, fromTakesTime: false };
    const workspace = await createWorkspace({ customers: 30, switches });
    const front = await poisonedServiceTitan(workspace);
    const { customers } = await readWorld(workspace);
    front.poisons = [{ at: customersExport, ids: [customers[11]!.id], how: 500 }];
    const run = await runSync(workspace, { settings: { SERVICETITAN_API_URL: front.url } });
    expect(run.outcome).toEqual({ status: 'completed' });
    expect(await differences(workspace)).toEqual([]);
  });

  test('of the live contacts feed is passed over by date, and the lists bring the others', async () => {
    const at = await scene(30, { exportBatchSize: 4 });
    const { contacts } = await readWorld(at.workspace);
    const emails = contacts.filter(({ active, type }) => active && type === 'Email').slice(0, 12);
    for (const { id } of emails)
      await at.workspace.simulator('PATCH', `/contacts/${id}`, { value: `new-${id}@example.com` });
    const bad = emails[5]!;
    at.front.poisons = [{ at: contactsExport, ids: [bad.id], how: 500 }];
    const run = await at.run();
    expect(run.outcome).toEqual({ status: 'completed' });
    expect(await doubtsOf(at, run.instanceId)).toMatchObject([{ code: 'passed_over', feed: 'contacts' }]);
    expect(await differences(at.workspace)).toEqual([]);
    // The next run goes on behind it.
    at.front.asked.length = 0;
    expect((await at.run()).steps.filter((name) => name.startsWith('contacts-'))).toEqual(['contacts-fetch']);
  });

  test.for([
    ['live contacts feed', 'update-completed', true],
    ['first sync', 'export-fetch', false],
  ] as const)('of the %s is told though the run dies right behind it', async ([, dies, isSynced]) => {
    const at = await scene(30, { exportBatchSize: 4 }, isSynced);
    const { contacts } = await readWorld(at.workspace);
    const changed = contacts.filter(({ active, type }) => active && type === 'Email').slice(0, 12);
    for (const { id } of changed) {
      await at.workspace.simulator('PATCH', `/contacts/${id}`, { value: `new-${id}@example.com` });
    }
    at.front.poisons = [{ at: contactsExport, ids: [changed[5]!.id], how: 500 }];
    const crashed = await at.run({
      beforeStep: (name) => {
        if (name === dies) throw new Crash();
      },
    });
    expect(crashed.outcome).toBeInstanceOf(Crash);
    expect(await doubtsOf(at, crashed.instanceId)).toMatchObject([{ code: 'passed_over', feed: 'contacts' }]);
  });

  test.for([
    ['customers', customersExport, customersList],
    ['contacts', contactsExport, contactsList],
  ] as const)('of the %s does not keep a first sync from its end', async ([feed, exported, listed]) => {
    const workspace = await createWorkspace({
      customers: 30,
      switches: { exportLagSeconds: 0, exportBatchSize: 7, callsPerSecond: null },
    });
    const front = await poisonedServiceTitan(workspace);
    const { customers, contacts } = await readWorld(workspace);
    const bad = feed === 'customers' ? customers[11]! : contacts[11]!;
    front.poisons = [{ at: exported, ids: [bad.id], how: 500 }];
    const settings = { SERVICETITAN_API_URL: front.url };
    const run = await runSync(workspace, { settings });
    expect(run.outcome).toEqual({ status: 'completed' });
    expect(await differences(workspace)).toEqual([]);

    // What the list does not show either is left out, with its two times.
    const other = await createWorkspace({
      customers: 30,
      switches: { exportLagSeconds: 0, exportBatchSize: 7, callsPerSecond: null },
    });
    const otherFront = await poisonedServiceTitan(other);
    const world = await readWorld(other);
    const gone = feed === 'customers' ? world.customers[11]! : world.contacts[11]!;
    otherFront.poisons = [{ at: (url) => exported(url) || listed(url), ids: [gone.id], how: 500 }];
    const poisoned = await runSync(other, { settings: { SERVICETITAN_API_URL: otherFront.url } });
    expect(poisoned.outcome).toEqual({ status: 'completed' });
    const { data } = await other.supabase
      .from('servicetitan_sync_runs')
      .select('doubts')
      .eq('instance_id', poisoned.instanceId);
    expect(data![0]!.doubts).toContainEqual(
      expect.objectContaining({ code: 'span_unread', feed, at: expect.any(String), until: expect.any(String) }),
    );
    const left = (await differences(other)).filter(
      (line) => !JSON.stringify(line).includes(String('customerId' in gone ? gone.customerId : gone.id)),
    );
    expect(left).toEqual([]);
  });
});

describe('R10: the quarantine', () => {
  test('frees those that are well when one of them breaks its batch', async () => {
    const at = await scene(20);
    const nine = at.ids.slice(0, 9);
    for (const id of nine) await spoil(at, id);
    await at.run();
    expect(await quarantined(at.workspace)).toHaveLength(9);
    for (const id of nine) await mend(at, id);
    await at.workspace.simulator('POST', '/restamp', { customerIds: nine, modifiedOn: '2020-01-01T00:00:00Z' });
    at.front.poisons = [{ at: customersById, ids: [nine[7]!], how: 500 }];
    expect((await at.run()).outcome).toEqual({ status: 'completed' });
    expect(await quarantined(at.workspace)).toEqual([`${nine[7]} customers`]);
  });

  test('asks at most twenty known to fail in a run, after all others, those longest unasked first', async () => {
    const at = await scene(60);
    const poisoned = at.ids.slice(0, 50);
    await at.workspace.supabase.from('servicetitan_sync_errors').insert(
      at.ids.slice(0, 55).map((id) => ({
        workspace_id: at.workspace.workspaceId,
        source: `production/${at.workspace.tenantId}`,
        crm_id: String(id),
        feed: 'contacts',
        reason: 'no answer',
        instance_id: 'before',
        call_failed: poisoned.includes(id),
        last_seen_at: new Date(Date.now() - 60_000).toISOString(),
      })),
    );
    shortenCalls();
    at.front.poisons = [{ at: contactsById, ids: poisoned, how: 'never' }];
    const asked = async () => {
      at.front.asked.length = 0;
      expect((await at.run()).outcome).toEqual({ status: 'completed' });
      const alone = at.front.asked.filter(contactsById).map((url) => url.searchParams.get('customerIds')!);
      return new Set(alone.filter((id) => poisoned.includes(Number(id))));
    };
    const first = await asked();
    expect(first.size).toBe(20);
    expect(await quarantined(at.workspace)).toHaveLength(50);
    const second = await asked();
    expect([second.size, first.intersection(second).size]).toEqual([20, 0]);
  });

  test('has an outage end its part with a doubt, and the run completes', async () => {
    const at = await scene(12);
    await spoil(at, at.ids[0]!);
    await at.run();
    at.front.poisons = [
      { at: customersById, how: 500 },
      { at: (url) => customersList(url) && !url.searchParams.has('modifiedOnOrAfter'), how: 500 },
    ];
    const waits: number[] = [];
    const run = await at.run({ onWait: (ms) => void waits.push(ms) });
    expect(run.outcome).toEqual({ status: 'completed' });
    expect(waits).toHaveLength(2);
    expect(await doubtsOf(at, run.instanceId)).toMatchObject([{ code: 'part_unfinished', part: 'quarantine' }]);
    expect(await quarantined(at.workspace)).toEqual([`${at.ids[0]} customers`]);
  });
});

test('R10: five hundred customers that break one check of the product are set aside, the rest is written, and the run says so', async () => {
  const at = await scene(520);
  const sql = postgres(inject('stack').dbUrl, { max: 1, onnotice: () => {} });
  const name = `check_${at.workspace.workspaceId}`;
  await sql.unsafe(
    `alter table public.contacts add constraint ${name} check (workspace_id <> '${at.workspace.workspaceId}' or name not like 'Import %') not valid`,
  );
  onTestFinished(async () => {
    await sql.unsafe(`alter table public.contacts drop constraint ${name}`);
    await sql.end();
  });
  const operations = at.ids.map((customerId, index) => ({
    operation: 'changeCustomer',
    customerId,
    changes: { name: index < 500 ? `Import ${customerId}` : `Renamed ${customerId}` },
  }));
  await at.workspace.simulator('POST', '/operations', operations);
  const run = await at.run({ settings: { INCREMENTAL_PAGE_SIZE: '520', EDGE_FUNCTION_CHUNK_SIZE: '520' } });
  expect(run.outcome).toEqual({ status: 'completed' });
  expect(await quarantined(at.workspace)).toHaveLength(500);
  for (const id of at.ids.slice(500)) expect(await nameOf(at, id)).toBe(`Renamed ${id}`);
  expect(await doubtsOf(at, run.instanceId)).toMatchObject([{ code: 'most_refused', count: 500, of: 520 }]);
  expect(await createLedger(at.workspace.supabase).readRun(run.instanceId)).toMatchObject({ errors: 500 });
});
