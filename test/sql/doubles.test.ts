// R3: one row for a customer of a workspace, and nothing of another tenant that could hold it back.
import { expect, test } from 'vitest';
import { admin, as } from '../support/database.ts';
import { contactOf, customer, methodOf, phone, sync } from './batches.ts';
import { complete, connect, startRun } from './workspaces.ts';

const NEWER = '2026-02-08T10:00:00.1234568Z';

test('R3: a customer twice in one batch is folded to its newest version, wherever that stands', async () => {
  const run = await startRun(await connect());
  const [newer, older] = [customer('1', { name: 'Newer', crm_modified_on: NEWER }), customer('1', { name: 'Older' })];
  expect(await sync(run, { customers: [newer, older, customer('2')] })).toMatchObject({
    created: 2,
    updated: 0,
    stale: 0,
  });
  expect(await contactOf(run, '1')).toMatchObject({ name: 'Newer' });
});

test('R3: of two equal versions in one batch the later one is taken', async () => {
  const run = await startRun(await connect());
  await sync(run, { customers: [customer('1', { name: 'First' }), customer('1', { name: 'Second' })] });
  expect(await contactOf(run, '1')).toMatchObject({ name: 'Second' });
});

test('R3: a phone twice in one batch is folded the same way', async () => {
  const run = await startRun(await connect());
  await sync(run, {
    customers: [customer('1')],
    contact_methods: [
      phone('10', '1', { normalized: '+12085550002', modified_on: NEWER }),
      phone('10', '1', { normalized: '+12085550001' }),
      phone('11', '1', { type: 'Fax', memo: 'first' }),
      phone('11', '1', { type: 'Fax', memo: 'second' }),
    ],
  });
  expect(await contactOf(run, '1')).toMatchObject({ phone: '+12085550002' });
  expect(await methodOf(run, '11')).toMatchObject({ memo: 'second' });
});

test('R3: a customer sent again, in this run and the next, stays one row', async () => {
  const workspace = await connect();
  for (let count = 0; count < 2; count += 1) {
    const run = await startRun(workspace);
    await sync(run, { customers: [customer('1')] });
    await sync(run, { customers: [customer('1', { name: `Run ${count}` })], page: 2 });
    await complete(run);
  }
  const rows = await admin`select name from public.contacts where workspace_id = ${workspace.workspaceId}`;
  expect(rows).toEqual([{ name: 'Run 1' }]);
});

test('R3: the same customer id in two workspaces is two contacts', async () => {
  const [one, other] = [await startRun(await connect()), await startRun(await connect())];
  await sync(one, { customers: [customer('1', { name: 'Here' })], contact_methods: [phone('10', '1')] });
  await sync(other, { customers: [customer('1', { name: 'There' })] });
  expect(await contactOf(one, '1')).toMatchObject({ name: 'Here', phone: '+12085550010' });
  expect(await contactOf(other, '1')).toMatchObject({ name: 'There', phone: null });
});

test('R3: a row that another tenant left guards nothing, and its phones are not lent', async () => {
  const workspace = await connect();
  const old = await startRun(workspace);
  await sync(old, {
    customers: [customer('1', { name: 'Theirs', crm_modified_on: NEWER }), customer('2')],
    contact_methods: [phone('10', '1'), phone('20', '2')],
  });
  await complete(old);

  const moved = await connect(workspace.workspaceId);
  const run = await startRun(moved);
  expect(await sync(run, { customers: [customer('1', { name: 'Ours' })] })).toMatchObject({
    created: 0,
    updated: 1,
    stale: 0,
  });
  expect(await contactOf(moved, '1')).toMatchObject({ name: 'Ours', crm_source: moved.source, phone: null });
  // What the other tenant has left alone stays as it was.
  expect(await contactOf(moved, '2')).toMatchObject({ crm_source: workspace.source, phone: '+12085550020' });
});

test("R3: a feed row of this tenant does not touch another tenant's contact of the same id", async () => {
  const workspace = await connect();
  const old = await startRun(workspace);
  await sync(old, { customers: [customer('1')], contact_methods: [phone('10', '1')] });
  await complete(old);
  const moved = await connect(workspace.workspaceId);
  await sync(await startRun(moved), {
    contact_methods: [phone('10', '1', { normalized: '+12085559999', active: true })],
  });
  expect(await contactOf(moved, '1')).toMatchObject({ phone: '+12085550010' });
});

test('R3: a contact of the product that has no crm_id is not taken for a customer', async () => {
  const run = await startRun(await connect());
  await as(
    'service_role',
    (sql) => sql`insert into public.contacts (workspace_id, name) values (${run.workspaceId}, 'Customer 1')`,
  );
  expect(await sync(run, { customers: [customer('1')] })).toMatchObject({ created: 1 });
  const [row] = await admin`select count(*)::integer from public.contacts where workspace_id = ${run.workspaceId}`;
  expect(row).toEqual({ count: 2 });
});

test('R3: a contact of the product with the crm_id, but never synced, becomes the customer', async () => {
  const run = await startRun(await connect());
  await as(
    'service_role',
    (sql) => sql`insert into public.contacts (workspace_id, crm_id, name) values (${run.workspaceId}, '1', 'By hand')`,
  );
  expect(await sync(run, { customers: [customer('1')] })).toMatchObject({ created: 0, updated: 1 });
  expect(await contactOf(run, '1')).toMatchObject({ name: 'Customer 1', crm_source: run.source });
});
