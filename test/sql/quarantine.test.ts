// R10: who is set aside, for how long, and how it is counted.
import { expect, test } from 'vitest';
import type { Row } from '../support/database.ts';
import { contactOf, customer, phone, quarantineOf, sync } from './batches.ts';
import { complete, connect, continueIn, ledgerOf, startRun, stateOf } from './workspaces.ts';

function rejected(crmId: string, feed = 'customers', fields: Row = {}): Row {
  return { crm_id: crmId, feed, reason: 'name: missing', sqlstate: null, ...fields };
}

test('R10: a record set aside is named with its reason, and the others of its batch are written', async () => {
  const run = await startRun(await connect());
  await sync(run, { customers: [customer('1')], rejected: [rejected('2', 'customers', { sqlstate: '22003' })] });
  expect(await quarantineOf(run)).toMatchObject([
    {
      crm_id: '2',
      feed: 'customers',
      reason: 'name: missing',
      sqlstate: '22003',
      source: run.source,
      instance_id: run.instanceId,
      attempts: 1,
    },
  ]);
  expect(await contactOf(run, '1')).toBeDefined();
  expect(await stateOf(run)).toMatchObject({ last_sync_created: 1, last_sync_errors: 1 });
  expect(await ledgerOf(run.instanceId)).toMatchObject({ fetched: 2, created: 1, errors: 1 });
});

test('R10: a customer that passes when it is asked for by id leaves the quarantine, and only that one', async () => {
  const run = await startRun(await connect());
  await sync(run, { rejected: [rejected('1'), rejected('2')] });
  await sync(run, { customers: [customer('1')], retries_quarantined: true, page: 2 });
  expect(await quarantineOf(run)).toMatchObject([{ crm_id: '2' }]);
});

test('R10: a page that shows a readable version of a customer, maybe from before the refused one, frees nobody', async () => {
  const run = await startRun(await connect());
  await sync(run, { rejected: [rejected('1'), rejected('1', 'contacts')] });
  await sync(run, { customers: [customer('1', { methods_reread: true })], page: 2 });
  expect(await quarantineOf(run)).toHaveLength(2);
  expect(await contactOf(run, '1')).toBeDefined();
});

test('R10: a customer set aside for its phones leaves only when they have been read again', async () => {
  const run = await startRun(await connect());
  await sync(run, { customers: [customer('1')], rejected: [rejected('1', 'contacts', { reason: '409' })] });
  expect(await quarantineOf(run)).toMatchObject([{ crm_id: '1', feed: 'contacts' }]);
  const retry = { retries_quarantined: true };
  await sync(run, { customers: [customer('1')], ...retry, page: 2 });
  expect(await quarantineOf(run)).toHaveLength(1);
  await sync(run, { contact_methods: [phone('10', '1', { active: true })], page: 3 });
  expect(await quarantineOf(run)).toHaveLength(1);
  await sync(run, { customers: [customer('1', { methods_reread: true })], ...retry, page: 4 });
  expect(await quarantineOf(run)).toEqual([]);
});

test('R10: a customer that is written but whose phones are refused enters for the phones alone', async () => {
  const run = await startRun(await connect());
  await sync(run, { rejected: [rejected('1')] });
  await sync(run, {
    customers: [customer('1')],
    rejected: [rejected('1', 'contacts')],
    retries_quarantined: true,
    page: 2,
  });
  expect(await quarantineOf(run)).toMatchObject([{ crm_id: '1', feed: 'contacts' }]);
  expect(await ledgerOf(run.instanceId)).toMatchObject({ fetched: 1, created: 1, errors: 1 });
});

test('R10: attempts count runs, not repeated calls, and the last reason stands', async () => {
  const workspace = await connect();
  const first = await startRun(workspace);
  await sync(first, { rejected: [rejected('1')] });
  await sync(first, { rejected: [rejected('1')] });
  expect(await quarantineOf(workspace)).toMatchObject([{ attempts: 1 }]);
  const successor = await continueIn(first, null);
  await complete(successor);
  const second = await startRun(workspace);
  await sync(second, { rejected: [rejected('1', 'customers', { reason: 'address: too long' })] });
  expect(await quarantineOf(workspace)).toMatchObject([
    { attempts: 2, reason: 'address: too long', instance_id: second.instanceId },
  ]);
});

test('R10: a customer refused twice in one call enters once', async () => {
  const run = await startRun(await connect());
  await sync(run, { rejected: [rejected('1'), rejected('1'), rejected('1', 'contacts')] });
  expect(await quarantineOf(run)).toMatchObject([{ feed: 'contacts' }, { feed: 'customers' }]);
});

test('R10: passing here frees nobody of the same id in another workspace or tenant', async () => {
  const workspace = await connect();
  const old = await startRun(workspace);
  await sync(old, { rejected: [rejected('1')] });
  await complete(old);
  const retry = { customers: [customer('1')], retries_quarantined: true };
  const other = await startRun(await connect());
  await sync(other, retry);
  const moved = await startRun(await connect(workspace.workspaceId));
  await sync(moved, retry);
  expect(await quarantineOf(workspace)).toMatchObject([{ crm_id: '1', source: workspace.source }]);
});

test('R10: a row that the database refuses takes its whole call with it, which then may be halved', async () => {
  const run = await startRun(await connect());
  const tooLarge = phone('9999999999999999999', '1');
  await expect(
    sync(run, { customers: [customer('1')], contact_methods: [tooLarge], rejected: [rejected('2')] }),
  ).rejects.toMatchObject({ code: expect.stringMatching(/^22/) });
  expect(await contactOf(run, '1')).toBeUndefined();
  expect(await quarantineOf(run)).toEqual([]);
  expect(await stateOf(run)).toMatchObject({ page: 0, parts: [], last_sync_errors: 0 });
});
