// What a run has done: the same numbers however often its calls are repeated, in the ledger and in the state row.
import { expect, test } from 'vitest';
import { contactOf, customer, phone, sync, type Batch } from './batches.ts';
import { connect, continueIn, ledgerOf, startRun, stateOf } from './workspaces.ts';

const OLDER = '2026-02-08T10:00:00.1234566Z';

test('created, updated, unchanged and stale are told apart, and a customer counts once by the most of these', async () => {
  const run = await startRun(await connect());
  await sync(run, { customers: ['1', '2', '3'].map((id) => customer(id)) });
  const written = await sync(run, {
    customers: [
      customer('1'),
      customer('2', { name: 'Renamed' }),
      customer('3', { name: 'Old', crm_modified_on: OLDER }),
      customer('4'),
    ],
    page: 2,
  });
  expect(written).toMatchObject({ created: 1, updated: 1, unchanged: 1, stale: 1 });
  expect(await ledgerOf(run.instanceId)).toMatchObject({
    pages: 2,
    fetched: 4,
    created: 4,
    updated: 0,
    unchanged: 0,
    stale: 0,
    errors: 0,
  });
  expect(await stateOf(run)).toMatchObject({ last_sync_created: 4, last_sync_updated: 0, total_customers_synced: 5 });
});

test('R11: a chunk sent again is written again and counted once', async () => {
  const run = await startRun(await connect());
  const chunk: Batch = {
    page: 1,
    part: '0',
    customers: [customer('1'), customer('2', { name: 'Same' })],
    rejected: [{ crm_id: '3', feed: 'customers', reason: 'name: missing' }],
  };
  await sync(run, chunk);
  const counted = await ledgerOf(run.instanceId);
  await sync(run, chunk);
  await sync(run, chunk);
  expect(await ledgerOf(run.instanceId)).toEqual(counted);
  expect(counted).toMatchObject({ fetched: 3, created: 2, unchanged: 0, errors: 1 });
  expect(await stateOf(run)).toMatchObject({ last_sync_created: 2, last_sync_errors: 1, parts: ['0'] });
});

test('chunks of one page are counted apart, and their numbers begin anew with each page', async () => {
  const run = await startRun(await connect());
  for (const page of [1, 2]) {
    for (const part of ['0', '1.0', '1.1']) {
      await sync(run, { page, part, customers: [customer(`${page}${part.replace('.', '')}`)] });
    }
  }
  expect(await ledgerOf(run.instanceId)).toMatchObject({ pages: 2, fetched: 6, created: 6 });
  expect(await stateOf(run)).toMatchObject({ page: 2, parts: ['0', '1.0', '1.1'] });
});

test('a successor counts in a row of its own, and the state goes on from its predecessor', async () => {
  const run = await startRun(await connect());
  await sync(run, { customers: [customer('1')] });
  const successor = await continueIn(run, null);
  await sync(successor, { customers: [customer('2')] });
  expect(await ledgerOf(successor.instanceId)).toMatchObject({ created: 1, fetched: 1 });
  expect(await stateOf(run)).toMatchObject({ last_sync_created: 2, total_customers_synced: 2 });
});

test('R9: a contact that only its phone changed counts as updated, once for the run that created it too', async () => {
  const run = await startRun(await connect());
  await sync(run, { customers: [customer('1')] });
  expect(await sync(run, { contact_methods: [phone('10', '1', { active: true })], page: 2 })).toMatchObject({
    updated: 1,
  });
  expect(await ledgerOf(run.instanceId)).toMatchObject({ created: 1, updated: 0, fetched: 1 });
  expect(await stateOf(run)).toMatchObject({ last_sync_created: 1, last_sync_updated: 0, total_customers_synced: 2 });
  expect(await contactOf(run, '1')).toMatchObject({ phone: '+12085550010' });
});

test('a customer written together with its phones counts once', async () => {
  const run = await startRun(await connect());
  const batch = { customers: [customer('1', { methods_reread: true })], contact_methods: [phone('10', '1')] };
  expect(await sync(run, batch)).toMatchObject({ created: 1, updated: 0 });
});

test('an empty batch does nothing but say that the run is alive', async () => {
  const run = await startRun(await connect());
  expect(await sync(run, { part: '0' })).toEqual({
    created: 0,
    updated: 0,
    unchanged: 0,
    stale: 0,
    set_aside: [],
    renormalize: [],
    committed: false,
  });
});
