// R9: the re-read of a customer's phones, and the export feed that alone knows one switched off.
import { expect, test } from 'vitest';
import { connect, connectSynced, startRun, type Run } from './workspaces.ts';
import { contactOf, customer, methodOf, phone, sync } from './batches.ts';

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

test('R9: a whole re-read removes what it does not show, and keeps the row for the day it comes back', async () => {
  const run = await withPhone();
  await sync(run, { customers: [reread()], contact_methods: [] });
  expect(await phoneOf(run)).toBeNull();
  expect(await methodOf(run, '10')).toMatchObject({ listed: false });
  await sync(run, { customers: [reread()], contact_methods: [phone('10', '1')] });
  expect(await phoneOf(run)).toBe('+12085550010');
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

test('R2: an older row of the feed or of the list changes nothing', async () => {
  const run = await withPhone();
  const before = await methodOf(run, '10');
  for (const active of [false, null]) {
    await sync(run, {
      contact_methods: [phone('10', '1', { active, normalized: '+12085559999', modified_on: OLDER })],
    });
  }
  expect(await methodOf(run, '10')).toEqual(before);
});

test('R9: in an incremental run the feed does not list again what a re-read no longer shows', async () => {
  const run = await withPhone();
  await sync(run, { customers: [reread()], contact_methods: [] });
  await sync(run, { contact_methods: [feed('10', '1')] });
  expect(await phoneOf(run)).toBeNull();
  await sync(run, { contact_methods: [feed('10', '1', { modified_on: NEWER })] });
  expect(await phoneOf(run)).toBe('+12085550010');
});

test('R9: a full sync lists again what the feed shows', async () => {
  const run = await startRun(await connect());
  await sync(run, { customers: [reread()], contact_methods: [phone('10', '1')] });
  await sync(run, { customers: [reread()], contact_methods: [] });
  expect(await phoneOf(run)).toBeNull();
  await sync(run, { contact_methods: [feed('10', '1')] });
  expect(await phoneOf(run)).toBe('+12085550010');
});

test('R9: a phone that moved to another customer refreshes both', async () => {
  const run = await withPhone();
  await sync(run, { customers: [customer('2', { methods_reread: true })], contact_methods: [] });
  expect(await sync(run, { contact_methods: [feed('10', '2', { modified_on: NEWER })] })).toMatchObject({ updated: 2 });
  expect([await phoneOf(run), await phoneOf(run, '2')]).toEqual([null, '+12085550010']);
});

test('R9: a phone that a re-read no longer showed here is listed with the customer it moved to', async () => {
  const run = await withPhone();
  await sync(run, { customers: [reread(), customer('2')], contact_methods: [] });
  await sync(run, { contact_methods: [feed('10', '2')] });
  expect([await phoneOf(run), await phoneOf(run, '2')]).toEqual([null, '+12085550010']);
});

test('R9: a re-read that shows a phone with its new owner takes it from the old one', async () => {
  const run = await withPhone();
  const owner = customer('2', { methods_reread: true });
  await sync(run, { customers: [owner], contact_methods: [phone('10', '2', { modified_on: NEWER })] });
  expect([await phoneOf(run), await phoneOf(run, '2')]).toEqual([null, '+12085550010']);
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
