// The reads log: what became of each customer of a chunk, noted with the chunk.
import { expect, test } from 'vitest';
import { rowsOf, SUPERSEDED, type Row } from '../support/database.ts';
import { contactOf, customer, phone, sync } from './batches.ts';
import { connectSynced, ledgerOf, letDie, startRun, type Run } from './workspaces.ts';

const reads = ({ instanceId }: Run): Promise<Row[]> =>
  rowsOf('servicetitan_sync_reads', { instance_id: instanceId }, 'page, part');
const NEWER = '2026-02-08T11:00:00.0000000Z';

test('a chunk is one row, its customers by what became of them', async () => {
  const workspace = await connectSynced();
  const before = await startRun(workspace);
  await sync(before, { customers: ['1', '2', '3'].map((id) => customer(id, { crm_modified_on: NEWER })) });
  const [written] = await reads(before);
  expect(written).toMatchObject({ feed: 'customers', created: [1, 2, 3], updated: null, unchanged: null, stale: null });

  await sync(before, {
    page: 2,
    part: '0',
    customers: [
      customer('1', { crm_modified_on: NEWER }),
      customer('2', { crm_modified_on: NEWER, name: 'Renamed' }),
      customer('3'),
      customer('4'),
    ],
    rejected: [{ crm_id: '9', feed: 'customers', reason: 'Not readable.', sqlstate: null }],
  });
  expect((await reads(before))[1]).toMatchObject({
    workspace_id: workspace.workspaceId,
    source: workspace.source,
    page: 2,
    part: '0',
    created: [4],
    updated: [2],
    unchanged: [1],
    stale: [3],
    set_aside: [9],
  });
});

test('a chunk that is sent again keeps the row of its first time', async () => {
  const run = await startRun(await connectSynced());
  await sync(run, { part: '0', customers: [customer('1')] });
  await sync(run, { part: '0', customers: [customer('1')] });
  expect(await reads(run)).toMatchObject([{ created: [1], unchanged: null }]);
});

test('the contacts export is noted by whose phone or e-mail changed, and who was read without a change', async () => {
  const run = await startRun(await connectSynced());
  await sync(run, { customers: [customer('1'), customer('2')], contact_methods: [phone('20', '2', { active: true })] });
  await sync(run, {
    page: 2,
    contact_methods: [phone('10', '1', { active: true }), phone('20', '2', { active: true })],
  });
  expect((await reads(run))[1]).toMatchObject({ feed: 'contacts', created: null, updated: [1], unchanged: [2] });
  expect(await contactOf(run, '1')).toMatchObject({ phone: phone('10', '1')['normalized'] });
  expect(await ledgerOf(run.instanceId)).toMatchObject({ contact_methods: 3 });
});

test('a chunk that holds a commit alone leaves no row', async () => {
  const run = await startRun(await connectSynced());
  await sync(run, { commit: { feed: 'contacts', continue_from: 'next', done: true, read_at: null } });
  expect(await reads(run)).toEqual([]);
});

test('R8: a chunk that is refused leaves no row', async () => {
  const run = await startRun(await connectSynced());
  await letDie(run);
  await startRun(run);
  await expect(sync(run, { customers: [customer('1')] })).rejects.toMatchObject(SUPERSEDED);
  expect(await reads(run)).toEqual([]);
});

test('R10: a customer whose id is no int64 stops no chunk', async () => {
  const run = await startRun(await connectSynced());
  await sync(run, { customers: [customer('9223372036854775807'), customer('9999999999999999999')] });
  expect(await rowsOf('contacts', { workspace_id: run.workspaceId }, 'crm_id')).toHaveLength(2);
  expect(await reads(run)).toHaveLength(1);
});
