// R9: the re-read of a customer's phones, and the export feed that alone knows one switched off.
import { expect, test } from 'vitest';
import { admin } from '../support/database.ts';
import { connectSynced, startRun, type Run } from './workspaces.ts';
import { contactOf, customer, methodOf, phone, rechecksOf, sync } from './batches.ts';

const NEWER = '2026-02-08T10:00:00.1234568Z';
const OLDER = '2026-02-08T10:00:00.1234566Z';
const reread = (fields = {}) => customer('1', { methods_reread: true, ...fields });
/** As the feed shows a phone: with the word whether it is active. */
const feed = (id: string, crmId: string, fields = {}) => phone(id, crmId, { active: true, ...fields });

/** An incremental run in which customer 1 has the phone 10. */
async function withPhone(): Promise<Run> {
  const run = await startRun(await connectSynced());
  await sync(run, { customers: [reread()], contact_methods: [phone('10', '1')] });
  expect(await contactOf(run, '1')).toMatchObject({ phone: '+12085550010' });
  return run;
}
const phoneOf = async (run: Run, crmId = '1') => (await contactOf(run, crmId))!['phone'];

test('R16: a whole re-read that lacks a phone notes it and takes nothing, until it is shown again', async () => {
  const run = await withPhone();
  await sync(run, { customers: [reread()], contact_methods: [] });
  expect(await phoneOf(run)).toBe('+12085550010');
  expect(await methodOf(run, '10')).toMatchObject({
    listed: true,
    missing_since: expect.any(String),
    missing_from: 'list',
  });
  await sync(run, { customers: [reread()], contact_methods: [phone('10', '1')] });
  expect(await methodOf(run, '10')).toMatchObject({ missing_since: null, missing_from: null });
});

test('R16: a newer row of the feed shows a phone that a re-read lacked; one at the same stamp does not', async () => {
  const run = await withPhone();
  await sync(run, { customers: [reread()], contact_methods: [] });
  await sync(run, { contact_methods: [feed('10', '1')] });
  expect(await methodOf(run, '10')).toMatchObject({ missing_since: expect.any(String) });
  await sync(run, { contact_methods: [feed('10', '1', { modified_on: NEWER })] });
  expect(await methodOf(run, '10')).toMatchObject({ missing_since: null });
});

test('R9: a customer that was not re-read keeps what it had', async () => {
  const run = await withPhone();
  await sync(run, { customers: [customer('1', { name: 'Renamed' })] });
  expect(await contactOf(run, '1')).toMatchObject({ name: 'Renamed', phone: '+12085550010' });
});

test("R9: a re-read removes nobody else's phone", async () => {
  const run = await withPhone();
  await sync(run, { customers: [customer('2', { methods_reread: true })], contact_methods: [] });
  expect(await phoneOf(run)).toBe('+12085550010');
});

test('R9: the feed switches a phone off at an equal modifiedOn, and the list cannot bring it back', async () => {
  const run = await withPhone();
  await sync(run, { contact_methods: [feed('10', '1', { active: false })] });
  expect(await phoneOf(run)).toBeNull();
  await sync(run, { customers: [reread()], contact_methods: [phone('10', '1')] });
  expect(await phoneOf(run)).toBeNull();
});

test('R9: a newer row brings it back, of the list or of the feed', async () => {
  for (const row of [phone('10', '1', { modified_on: NEWER }), feed('10', '1', { modified_on: NEWER })]) {
    const run = await withPhone();
    await sync(run, { contact_methods: [feed('10', '1', { active: false })] });
    await sync(run, { contact_methods: [row] });
    expect(await phoneOf(run)).toBe('+12085550010');
  }
});

test('R2: an older row of the feed or of the list changes nothing, and is noted as refused', async () => {
  const run = await withPhone();
  const before = await methodOf(run, '10');
  for (const active of [false, null]) {
    await sync(run, {
      contact_methods: [phone('10', '1', { active, normalized: '+12085559999', modified_on: OLDER })],
    });
  }
  expect(await methodOf(run, '10')).toEqual({ ...before, refused_modified_on: OLDER, refused_at: expect.any(String) });
});

test('R16: the feed does not list again what is held as gone, unless it is newer: the customer is rechecked', async () => {
  const run = await withPhone();
  await admin`update public.servicetitan_contact_methods set listed = false where workspace_id = ${run.workspaceId}`;
  await sync(run, { customers: [customer('1', { name: 'Renamed' })], contact_methods: [feed('10', '1')] });
  expect(await phoneOf(run)).toBeNull();
  expect(await rechecksOf(run)).toMatchObject([{ crm_id: '1', why: 'unlisted' }]);
  await sync(run, { contact_methods: [feed('10', '1', { modified_on: NEWER })] });
  expect(await phoneOf(run)).toBe('+12085550010');
});

test('R9: a contact that is shown under a second customer takes nothing from the first, and both are rechecked', async () => {
  for (const row of [
    feed('10', '2', { modified_on: NEWER }),
    feed('10', '2'),
    phone('10', '2', { modified_on: OLDER }),
  ]) {
    const run = await withPhone();
    await sync(run, { customers: [customer('2', { methods_reread: true })], contact_methods: [row] });
    expect([await phoneOf(run), await phoneOf(run, '2')]).toEqual(['+12085550010', '+12085550010']);
    expect(await rechecksOf(run)).toMatchObject([
      { crm_id: '1', why: 'shared' },
      { crm_id: '2', why: 'shared' },
    ]);
  }
});

test('R9: a customer whose contacts were shared from the start is not rechecked for it again', async () => {
  const run = await withPhone();
  await sync(run, { customers: [customer('2')], contact_methods: [feed('10', '2')] });
  await admin`delete from public.servicetitan_rechecks where workspace_id = ${run.workspaceId}`;
  await sync(run, { contact_methods: [feed('10', '1'), feed('10', '2', { modified_on: NEWER })] });
  expect(await rechecksOf(run)).toEqual([]);
});

test('R9: a changed number shows, from the feed and from the list', async () => {
  const run = await withPhone();
  const second = { value: '2085550222', normalized: '+12085550222' };
  await sync(run, { contact_methods: [feed('10', '1', { ...second, modified_on: NEWER })] });
  expect(await phoneOf(run)).toBe('+12085550222');
  const third = { value: '2085550333', normalized: '+12085550333', modified_on: '2026-03-01T00:00:00.0000000Z' };
  await sync(run, { customers: [reread()], contact_methods: [phone('10', '1', third)] });
  expect(await phoneOf(run)).toBe('+12085550333');
});

test('R9: the feed does not make a contact of a customer that is not known', async () => {
  const run = await withPhone();
  expect(await sync(run, { contact_methods: [feed('20', '2')] })).toMatchObject({ created: 0, updated: 0 });
  expect(await contactOf(run, '2')).toBeUndefined();
  await sync(run, { customers: [customer('2')] });
  expect(await phoneOf(run, '2')).toBe('+12085550020');
});
