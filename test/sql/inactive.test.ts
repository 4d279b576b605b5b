// R13: deactivated, merged, merged back.
import { expect, test } from 'vitest';
import { contactOf, customer, phone, sync } from './batches.ts';
import { connect, startRun } from './workspaces.ts';

const at = (digit: number) => `2026-02-08T10:00:0${digit}.0000000Z`;

test('R13: a customer that is merged into another stays, inactive and pointing to it, with its phone', async () => {
  const run = await startRun(await connect());
  await sync(run, {
    customers: [customer('1', { crm_modified_on: at(1) }), customer('2', { crm_modified_on: at(1) })],
    contact_methods: [phone('10', '1')],
  });
  await sync(run, { customers: [customer('1', { active: false, merged_to_crm_id: '2', crm_modified_on: at(2) })] });
  expect(await contactOf(run, '1')).toMatchObject({ active: false, merged_to_crm_id: '2', phone: '+12085550010' });
  expect(await contactOf(run, '2')).toMatchObject({ active: true, merged_to_crm_id: null });
});

test('R13: merged back, it is active and points nowhere', async () => {
  const run = await startRun(await connect());
  await sync(run, { customers: [customer('1', { active: false, merged_to_crm_id: '2', crm_modified_on: at(1) })] });
  await sync(run, { customers: [customer('1', { crm_modified_on: at(2) })] });
  expect(await contactOf(run, '1')).toMatchObject({ active: true, merged_to_crm_id: null });
});

test('R13: an older version does not merge it again', async () => {
  const run = await startRun(await connect());
  await sync(run, { customers: [customer('1', { crm_modified_on: at(2) })] });
  await sync(run, { customers: [customer('1', { active: false, merged_to_crm_id: '2', crm_modified_on: at(1) })] });
  expect(await contactOf(run, '1')).toMatchObject({ active: true, merged_to_crm_id: null });
});

test('R13: a customer that no longer comes stays as it was', async () => {
  const run = await startRun(await connect());
  await sync(run, { customers: [customer('1'), customer('2', { active: false })] });
  await sync(run, { customers: [customer('3')], page: 2 });
  expect(await contactOf(run, '1')).toMatchObject({ active: true });
  expect(await contactOf(run, '2')).toMatchObject({ active: false });
});
