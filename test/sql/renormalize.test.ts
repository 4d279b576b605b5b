// Phones of customers in another country than the one they were normalised for: the batch's second half.
import { expect, test } from 'vitest';
import { admin, call, type Row } from '../support/database.ts';
import { contactOf, customer, methodOf, phone, sync, type Written } from './batches.ts';
import { connect, ledgerOf, startRun, stateOf, type Run } from './workspaces.ts';

const COMMIT = { feed: 'initial_contacts', continue_from: 'c-2', done: false, read_at: null };
const british = (crmId: string, fields: Row = {}) =>
  customer(crmId, { address_country: 'UK', address_country_code: 'GB', ...fields });
/** From the feed, which knows no country of the customer's: no number of the firm's own one. */
const fromFeed = (id: string, crmId: string, fields: Row = {}) =>
  phone(id, crmId, {
    value: '020 7946 0958',
    usability: 'unusable',
    normalized: null,
    country_code: 'US',
    active: true,
    ...fields,
  });
const E164 = '+442079460958';

/** What the Edge Function does with the answer of a batch. */
function renormalize(run: Run, { renormalize: phones }: Written, commit: Row | null = null, page = 1): Promise<Row> {
  return call('renormalize_servicetitan_phones', {
    p_run: { workspace_id: run.workspaceId, instance_id: run.instanceId, fence: run.fence, page },
    p_phones: phones.map(({ id, crm_id, country_code }) => ({
      id,
      crm_id,
      country_code,
      home_country: 'US',
      usability: 'valid',
      normalized: E164,
      extension: null,
    })),
    p_commit: commit,
  });
}

async function withBritishPhone(): Promise<Run> {
  const run = await startRun(await connect());
  await sync(run, { contact_methods: [fromFeed('10', '1')] });
  await renormalize(run, await sync(run, { customers: [british('1')] }));
  expect(await contactOf(run, '1')).toMatchObject({ phone: E164 });
  return run;
}

test('phones that came before their customer are named with its country, and its contact shows them made right', async () => {
  const run = await startRun(await connect());
  await sync(run, { contact_methods: [fromFeed('10', '1'), phone('11', '2', { active: true })] });
  const written = await sync(run, { customers: [british('1'), customer('2')] });
  expect(written.renormalize).toEqual([{ id: '10', crm_id: '1', value: '020 7946 0958', country_code: 'GB' }]);
  expect(await renormalize(run, written)).toEqual({ updated: 1, set_aside: [] });
  expect(await contactOf(run, '1')).toMatchObject({ phone: E164 });
  expect(await methodOf(run, '10')).toMatchObject({ normalized: E164, country_code: 'GB' });
  expect(await contactOf(run, '2')).toMatchObject({ phone: '+12085550011' });
});

test('R12: the commit waits for the second half, so that a crash in between repeats the page', async () => {
  const run = await startRun(await connect());
  await sync(run, { contact_methods: [fromFeed('10', '1')] });
  const page = { customers: [british('1')], commit: COMMIT, part: 'last' };
  expect(await sync(run, page)).toMatchObject({ committed: false });
  expect(await stateOf(run)).toMatchObject({ last_continue_from: null });

  const again = await sync(run, page);
  expect(again).toMatchObject({ committed: false, unchanged: 1, renormalize: [{ id: '10' }] });
  await renormalize(run, again, COMMIT);
  expect(await stateOf(run)).toMatchObject({ last_continue_from: 'c-2' });
  expect(await contactOf(run, '1')).toMatchObject({ phone: E164 });
});

test('R12: a batch without such phones commits at once', async () => {
  const run = await startRun(await connect());
  const batch = { customers: [customer('1')], contact_methods: [phone('10', '1', { active: true })], commit: COMMIT };
  expect(await sync(run, batch)).toMatchObject({ committed: true, renormalize: [] });
  expect(await stateOf(run)).toMatchObject({ last_continue_from: 'c-2' });
});

test('R9: a number that the feed repeats keeps how it was made right, and is not written', async () => {
  const run = await withBritishPhone();
  const before =
    await admin`select xmin::text, ctid::text from public.contacts where workspace_id = ${run.workspaceId}`;
  expect(await sync(run, { contact_methods: [fromFeed('10', '1')] })).toMatchObject({ updated: 0, renormalize: [] });
  const newer = fromFeed('10', '1', { modified_on: '2026-02-08T10:00:00.1234568Z', memo: 'desk' });
  expect(await sync(run, { contact_methods: [newer] })).toMatchObject({ updated: 0, renormalize: [] });
  expect(await methodOf(run, '10')).toMatchObject({ memo: 'desk', normalized: E164, country_code: 'GB' });
  expect(
    await admin`select xmin::text, ctid::text from public.contacts where workspace_id = ${run.workspaceId}`,
  ).toEqual(before);
});

test('R9: another number of the feed is made right before it shows', async () => {
  const run = await withBritishPhone();
  const other = fromFeed('10', '1', {
    value: '020 7946 0000',
    modified_on: '2026-03-01T00:00:00.0000000Z',
  });
  const written = await sync(run, { contact_methods: [other] });
  expect(written.renormalize).toMatchObject([{ id: '10', value: '020 7946 0000', country_code: 'GB' }]);
  expect(await contactOf(run, '1')).toMatchObject({ phone: E164 });
});

test('a contact whose phone changes in the second half is one write more, of a customer that counts once', async () => {
  const run = await withBritishPhone();
  const before = await stateOf(run);
  const other = fromFeed('11', '1', { type: 'MobilePhone', modified_on: '2026-03-01T00:00:00.0000000Z' });
  await sync(run, { contact_methods: [fromFeed('10', '1', { active: false })] });
  expect(await contactOf(run, '1')).toMatchObject({ phone: null });
  await renormalize(run, await sync(run, { contact_methods: [other] }));
  expect(await contactOf(run, '1')).toMatchObject({ phone: E164 });
  const after = await stateOf(run);
  expect(Number(after['total_customers_synced']) - Number(before['total_customers_synced'])).toBe(2);
  expect(await ledgerOf(run.instanceId)).toMatchObject({ created: 1, updated: 0 });
  expect(after).toMatchObject({ last_sync_created: 1, last_sync_updated: 0 });
});

test('a customer that moves to another country has its phones made right for that one', async () => {
  const run = await withBritishPhone();
  const written = await sync(run, { customers: [customer('1', { name: 'Moved' })] });
  expect(written.renormalize).toEqual([{ id: '10', crm_id: '1', value: '020 7946 0958', country_code: 'US' }]);
});

test('a customer without a country counts as one of the United States, and an e-mail needs no country', async () => {
  const run = await startRun(await connect());
  const nowhere = customer('1', { address_country: null, address_country_code: null });
  const methods = [phone('10', '1'), phone('11', '1', { type: 'Email', country_code: 'GB' })];
  expect(await sync(run, { customers: [nowhere], contact_methods: methods })).toMatchObject({ renormalize: [] });
});

test('R2: the second half of a page earlier than the last one applied is refused', async () => {
  const run = await startRun(await connect());
  await sync(run, { contact_methods: [fromFeed('10', '1')] });
  const written = await sync(run, { customers: [british('1')], page: 2 });
  await sync(run, { page: 3 });
  await expect(renormalize(run, written, COMMIT, 2)).rejects.toMatchObject({
    code: 'PT409',
    message: 'page_out_of_order',
  });
  expect(await stateOf(run)).toMatchObject({ last_continue_from: null });
});

test('R25: a contact that customers of two countries share is graded for each of them', async () => {
  const run = await startRun(await connect());
  await sync(run, { contact_methods: [fromFeed('10', '1'), fromFeed('10', '2')] });
  const written = await sync(run, { customers: [british('1'), customer('2')] });
  expect(written.renormalize).toMatchObject([{ id: '10', crm_id: '1', country_code: 'GB' }]);
  await renormalize(run, written);
  expect(await contactOf(run, '1')).toMatchObject({ phone: E164 });
  expect(await contactOf(run, '2')).toMatchObject({ phone: null });
  expect(await sync(run, { customers: [british('1'), customer('2')] })).toMatchObject({ renormalize: [] });
});

test('R25: a number that no country could read in another way is graded once, wherever its customer lives', async () => {
  const run = await startRun(await connect());
  await sync(run, { contact_methods: [phone('10', '1', { active: true })] });
  expect(await sync(run, { customers: [british('1')] })).toMatchObject({ renormalize: [] });
  expect(await contactOf(run, '1')).toMatchObject({ phone: '+12085550010' });
});

test("R25: where the firm's own country is another one, what is read again is graded anew", async () => {
  const run = await startRun(await connect());
  const method = phone('10', '1', { active: true });
  await sync(run, { customers: [customer('1', { address_country_code: null })], contact_methods: [method] });
  const written = await sync(run, { customers: [customer('1', { address_country_code: null })], country: 'GB' });
  expect(written.renormalize).toMatchObject([{ id: '10', country_code: 'GB' }]);
  const graded = { home_country: 'GB', usability: 'unusable', normalized: null };
  await sync(run, { contact_methods: [{ ...method, ...graded }], country: 'GB' });
  expect(await contactOf(run, '1')).toMatchObject({ phone: null });
});
