// R1 and R2: which version of a customer stays.
import { expect, test } from 'vitest';
import { contactOf, customer, MODIFIED_ON, sync } from './batches.ts';
import { complete, connect, continueIn, startRun, stateOf } from './workspaces.ts';

const OUT_OF_ORDER = { code: 'PT409', message: 'page_out_of_order' };
/** By the last of the seven digits, which timestamptz would round away. */
const ONE_TICK_EARLIER = '2026-02-08T10:00:00.1234566Z';
const ONE_TICK_LATER = '2026-02-08T10:00:00.1234568Z';

test('R1: a new version replaces every field of the old one', async () => {
  const run = await startRun(await connect());
  await sync(run, { customers: [customer('1')] });
  const fields = {
    name: 'Renamed',
    active: false,
    merged_to_crm_id: '9',
    crm_modified_on: ONE_TICK_LATER,
    address_street: null,
    address_unit: '4',
    address_city: 'Nampa',
    address_state: 'OR',
    address_zip: '97201',
    address_country: 'United States',
    address_country_code: null,
    address_latitude: null,
    address_longitude: 1.25,
  };
  expect(await sync(run, { customers: [customer('1', fields)] })).toMatchObject({ created: 0, updated: 1, stale: 0 });
  expect(await contactOf(run, '1')).toMatchObject({ ...fields, crm_source: run.source });
});

test('R2: an older modifiedOn never replaces a newer one, to the seventh digit', async () => {
  const run = await startRun(await connect());
  await sync(run, { customers: [customer('1', { name: 'Newest' })] });
  const before = await contactOf(run, '1');
  const older = customer('1', { name: 'Older', crm_modified_on: ONE_TICK_EARLIER });
  expect(await sync(run, { customers: [older] })).toMatchObject({ created: 0, updated: 0, unchanged: 0, stale: 1 });
  expect(await contactOf(run, '1')).toEqual(before);
});

test('R2: a newer modifiedOn replaces an older one, to the seventh digit', async () => {
  const run = await startRun(await connect());
  await sync(run, { customers: [customer('1')] });
  await sync(run, { customers: [customer('1', { name: 'Newer', crm_modified_on: ONE_TICK_LATER })] });
  expect(await contactOf(run, '1')).toMatchObject({ name: 'Newer', crm_modified_on: ONE_TICK_LATER });
});

test('R2: the order holds over runs, and from year 1 on', async () => {
  const workspace = await connect();
  const first = await startRun(workspace);
  await sync(first, { customers: [customer('1', { crm_modified_on: '0001-01-01T00:00:00.0000000Z' })] });
  await complete(first);
  const second = await startRun(workspace);
  await sync(second, { customers: [customer('1', { name: 'Known' })] });
  await complete(second);
  const third = await startRun(workspace);
  const older = customer('1', { name: 'Late', crm_modified_on: '1999-12-31T23:59:59.9999999Z' });
  expect(await sync(third, { customers: [older] })).toMatchObject({ stale: 1 });
  expect(await contactOf(workspace, '1')).toMatchObject({ name: 'Known' });
});

test('R2: at an equal modifiedOn the later read wins, so a balance that moved alone is taken', async () => {
  const run = await startRun(await connect());
  await sync(run, { customers: [customer('1')] });
  const paid = customer('1', { custom_fields: { customer_type: 'Residential', balance: 0 } });
  expect(await sync(run, { customers: [paid], page: 2 })).toMatchObject({ updated: 1, unchanged: 0 });
  expect(await contactOf(run, '1')).toMatchObject({
    crm_modified_on: MODIFIED_ON,
    metadata: { custom_fields: { balance: 0 } },
  });
});

test('R2: a page earlier than the last one applied is refused, and nothing of it is written', async () => {
  const run = await startRun(await connect());
  await sync(run, { customers: [customer('1')], page: 3 });
  await expect(
    sync(run, { customers: [customer('1', { name: 'Late' }), customer('2')], page: 2 }),
  ).rejects.toMatchObject(OUT_OF_ORDER);
  expect(await contactOf(run, '1')).toMatchObject({ name: 'Customer 1' });
  expect(await contactOf(run, '2')).toBeUndefined();
  expect(await stateOf(run)).toMatchObject({ page: 3 });
});

test('R2: an earlier page is refused its second half too', async () => {
  const run = await startRun(await connect());
  await sync(run, { customers: [customer('1')], page: 3 });
  await expect(
    sync(run, { page: 2, commit: { feed: 'initial_contacts', continue_from: 'old' } }),
  ).rejects.toMatchObject(OUT_OF_ORDER);
  expect(await stateOf(run)).toMatchObject({ last_continue_from: null });
});

test('R2: chunks of the page at hand come in any order, and a successor counts its pages anew', async () => {
  const run = await startRun(await connect());
  await sync(run, { customers: [customer('1')], page: 7, part: '1' });
  await sync(run, { customers: [customer('2')], page: 7, part: '0' });
  const successor = await continueIn(run, null);
  await sync(successor, { customers: [customer('3')], page: 1 });
  expect(await contactOf(run, '3')).toMatchObject({ name: 'Customer 3' });
});
