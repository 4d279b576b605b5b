// The recheck list (R16): who comes on it, when each is asked again, and what the end of a run takes away.
import { expect, test } from 'vitest';
import { admin, call, SUPERSEDED } from '../support/database.ts';
import { letPass } from '../support/letPass.ts';
import { contactOf, customer, methodOf, phone, rechecksOf, sync } from './batches.ts';
import { complete, connectSynced, startRun, type Run } from './workspaces.ts';

const reread = (id: string) => customer(id, { methods_reread: true });

/** Customers with a phone each, and a re-read that lacked the phones of the first `missing`, 16 minutes ago. */
async function lacking(count: number, missing: number): Promise<Run> {
  const run = await startRun(await connectSynced());
  const ids = Array.from({ length: count }, (_, index) => String(index + 1));
  await sync(run, { customers: ids.map(reread), contact_methods: ids.map((id) => phone(`10${id}`, id)) });
  await sync(run, { customers: ids.slice(0, missing).map(reread) });
  await letPass(run, 16, admin);
  return run;
}

const asked = (run: Run, ids: string[], witness: 'own' | 'list' | null = 'own') =>
  sync(run, { rechecked: ids.map((crm_id) => ({ crm_id, witness })) });
const settle = async (run: Run, failed: string[] = [], isProven = true) => {
  const { unproven: _, ...settled } = await settleWith(run, failed, [], isProven);
  return settled;
};
const settleWith = (run: Run, failed: string[], suspects: string[], isProven: boolean) =>
  call<{ taken: number; held: number; unproven: number }>('settle_servicetitan_rechecks', {
    p_workspace_id: run.workspaceId,
    p_instance_id: run.instanceId,
    p_fence: run.fence,
    p_asked: failed,
    p_suspects: suspects,
    p_is_proven: isProven,
  });
const minutesUntilDue = async (run: Run, crmId = '1') => {
  const row = (await rechecksOf(run)).find(({ crm_id }) => crm_id === crmId)!;
  return Math.max(0, Math.round((Date.parse(String(row['due_at'])) - Date.now()) / 60_000));
};

test('R16: the end of a run takes away what two witnesses lacked, and repeating it changes nothing', async () => {
  const run = await lacking(3, 1);
  await asked(run, ['1']);
  expect(await contactOf(run, '1')).toMatchObject({ phone: expect.any(String) });
  expect(await settle(run)).toEqual({ taken: 1, held: 0 });
  expect(await contactOf(run, '1')).toMatchObject({ phone: null });
  expect(await methodOf(run, '101')).toMatchObject({ listed: false, missing_since: null });
  expect(await rechecksOf(run)).toEqual([]);
  const [before] = await admin`select updated from public.servicetitan_sync_runs where instance_id = ${run.instanceId}`;
  expect(await settle(run)).toEqual({ taken: 0, held: 0 });
  expect(await admin`select updated from public.servicetitan_sync_runs where instance_id = ${run.instanceId}`).toEqual([
    before,
  ]);
});

test.for([
  ['the same way once more', 'list'],
  ['an answer that is not believed', null],
] as const)('R16: %s is no second witness', async ([, witness]) => {
  const run = await lacking(3, 1);
  await asked(run, ['1'], witness);
  expect(await settle(run)).toEqual({ taken: 0, held: 0 });
  expect(await contactOf(run, '1')).toMatchObject({ phone: expect.any(String) });
});

test("R16: what the customer's own list was the first to lack is asked for by the list next, 15 minutes later", async () => {
  const run = await lacking(3, 0);
  await admin`insert into public.servicetitan_rechecks (workspace_id, source, crm_id, why) values (${run.workspaceId}, ${run.source}, '2', 'shared')`;
  await asked(run, ['2']);
  await settle(run);
  expect(await methodOf(run, '102')).toMatchObject({ missing_from: 'own' });
  expect(await minutesUntilDue(run, '2')).toBe(15);
  await complete(run);
  await letPass(run, 16, admin);
  const next = await startRun(run);
  expect(next.begun['rechecks']).toMatchObject({ due: [{ crm_id: '2', ask: 'list', as_customer: false }] });
  await asked(next, ['2'], 'list');
  expect(await settle(next)).toEqual({ taken: 1, held: 0 });
});

test('R16: a method that is switched off is lacked by nobody, and keeps no other one waiting for its second witness', async () => {
  const run = await startRun(await connectSynced());
  await sync(run, { customers: [reread('1')], contact_methods: [phone('10', '1'), phone('11', '1')] });
  await sync(run, { customers: [reread('1')], contact_methods: [phone('11', '1')] });
  await sync(run, {
    contact_methods: [phone('11', '1', { active: false, modified_on: '2026-03-01T00:00:00.0000000Z' })],
  });
  await asked(run, ['1']);
  await settle(run, ['1']);
  expect(await methodOf(run, '11')).toMatchObject({ listed: true, missing_since: null });
  await letPass(run, 16, admin);
  await asked(run, ['1']);
  expect(await settle(run, ['1'])).toEqual({ taken: 1, held: 0 });
  expect(await rechecksOf(run)).toEqual([]);
});

test('R16: both customers of a contact are asked once more a day later, because a list may be late', async () => {
  const run = await lacking(3, 0);
  await sync(run, { contact_methods: [phone('101', '2', { active: true })] });
  const shown = ['1', '2'].map((id) => phone('101', id));
  const own = [phone('102', '2')];
  const recheck = () =>
    sync(run, {
      contact_methods: [...shown, ...own],
      rechecked: ['1', '2'].map((crm_id) => ({ crm_id, witness: 'own' })),
    });
  await recheck();
  await settle(run, ['1', '2']);
  expect([await minutesUntilDue(run, '1'), await minutesUntilDue(run, '2')]).toEqual([24 * 60, 24 * 60]);
  await letPass(run, 24 * 60, admin);
  await recheck();
  await settle(run, ['1', '2']);
  expect(await rechecksOf(run)).toEqual([]);
});

test('R16: nine that lose all are no reason to wait, ten are', async () => {
  for (const [count, taken] of [
    [9, 9],
    [10, 0],
  ] as const) {
    const run = await lacking(30, count);
    await asked(
      run,
      Array.from({ length: count }, (_, index) => String(index + 1)),
    );
    expect(await settle(run)).toEqual({ taken, held: count - taken });
  }
});

test('R16: many on the list that lack something hold back the few that were asked', async () => {
  const run = await lacking(30, 20);
  await asked(run, ['1', '2']);
  expect(await settle(run)).toEqual({ taken: 0, held: 2 });
  expect(await minutesUntilDue(run)).toBe(24 * 60);
});

test('R16: a reading that fails is repeated in three runs, then hourly, then daily', async () => {
  const waits: number[] = [];
  let run = await lacking(2, 1);
  for (let times = 0; times < 30; times += 1) {
    await settle(run, ['1']);
    // A repeated call counts once.
    await settle(run, ['1']);
    waits.push(await minutesUntilDue(run));
    await complete(run);
    run = await startRun(run);
  }
  expect(waits).toEqual([0, 0, 0, ...Array.from({ length: 24 }, () => 60), 1440, 1440, 1440]);
  expect(await contactOf(run, '1')).toMatchObject({ phone: expect.any(String) });
});

test('R16: nobody is left to prove an answer: the two witnesses have to be a day apart', async () => {
  const run = await lacking(1, 1);
  await asked(run, ['1']);
  expect(await settle(run, [], false)).toEqual({ taken: 0, held: 0 });
  await letPass(run, 24 * 60, admin);
  await asked(run, ['1']);
  expect(await settle(run, [], false)).toEqual({ taken: 1, held: 0 });
});

test('R8: a run that lost its lease takes nothing away', async () => {
  const run = await lacking(3, 1);
  await asked(run, ['1']);
  await expect(settle({ ...run, fence: run.fence - 1 })).rejects.toMatchObject(SUPERSEDED);
  await expect(settle({ ...run, instanceId: `${run.instanceId}0` })).rejects.toMatchObject(SUPERSEDED);
  expect(await contactOf(run, '1')).toMatchObject({ phone: expect.any(String) });
});

test('R16: canaries are others in each run, though all ids begin alike, and nobody of whom nothing can be expected', async () => {
  const ids = Array.from({ length: 20 }, (_, index) => String(229472000 + 3 * index));
  const [asked, merged, inactive, unlisted, refused] = ids;
  let run = await startRun(await connectSynced());
  await sync(run, {
    customers: ids.map((id) =>
      customer(id, { methods_reread: true, merged_to_crm_id: id === merged ? ids[9] : null, active: id !== inactive }),
    ),
    contact_methods: ids.map((id) => phone(`1${id}`, id)),
    rejected: [{ crm_id: refused, feed: 'contacts', reason: 'It failed.' }],
  });
  await sync(run, { customers: [reread(asked!)] });
  await admin`update public.servicetitan_contact_methods set listed = false where workspace_id = ${run.workspaceId} and crm_id = ${unlisted!}`;
  await letPass(run, 16, admin);
  const seen = new Set<string>();
  for (let times = 0; times < 12; times += 1) {
    await complete(run);
    run = await startRun(run);
    const { canaries } = run.begun['rechecks'] as { canaries: string[] };
    expect(new Set(canaries).size).toBe(3);
    for (const id of canaries) seen.add(id);
  }
  for (const id of [asked, merged, inactive, unlisted, refused]) expect(seen.has(id!)).toBe(false);
  expect(seen.size).toBeGreaterThan(8);
});

test('R16: what an earlier run lacked is no evidence in one that could not read it, or not believe what it read', async () => {
  const run = await lacking(3, 1);
  await asked(run, ['1']);
  await settle(run, ['1'], false);
  await complete(run);
  await letPass(run, 25 * 60, admin);
  const failing = await startRun(run);
  expect(await settle(failing, ['1'])).toEqual({ taken: 0, held: 0 });
  await complete(failing);
  const unbelieved = await startRun(run);
  await asked(unbelieved, ['1'], null);
  expect(await settle(unbelieved, ['1'], false)).toEqual({ taken: 0, held: 0 });
  expect(await contactOf(run, '1')).toMatchObject({ phone: expect.any(String) });
  await asked(unbelieved, ['1']);
  expect(await settle(unbelieved, ['1'])).toEqual({ taken: 1, held: 0 });
});

test('R16: a suspected canary is asked itself, and removals that wait for a proof for two hours are told', async () => {
  const run = await lacking(3, 1);
  await asked(run, ['1'], null);
  expect(await settleWith(run, ['1'], ['2'], false)).toEqual({ taken: 0, held: 0, unproven: 0 });
  expect(await rechecksOf(run)).toMatchObject([{ crm_id: '1' }, { crm_id: '2', why: 'missing' }]);
  await letPass(run, 120, admin);
  expect(await settleWith(run, ['1'], ['2'], false)).toEqual({ taken: 0, held: 0, unproven: 1 });
});

test('R10: a run is told who could not be read for a day or more', async () => {
  const run = await lacking(2, 1);
  await settle(run, ['1']);
  await complete(run);
  const next = await startRun(run);
  expect(next.begun['rechecks']).toMatchObject({ failing: null });
  await complete(next);
  await letPass(run, 24 * 60, admin);
  const told = await startRun(run);
  expect(told.begun['rechecks']).toMatchObject({ failing: { count: 1, id: '1' } });
  await asked(told, ['1']);
  await complete(told);
  expect((await startRun(run)).begun['rechecks']).toMatchObject({ failing: null });
});
