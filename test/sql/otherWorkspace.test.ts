// R8: a run writes the rows of its own workspace and of no other, whatever its batch says.
import { expect, test } from 'vitest';
import { rowsOf, SUPERSEDED } from '../support/database.ts';
import { customer, phone, sync } from './batches.ts';
import { connect, startRun } from './workspaces.ts';

const contactsOf = (workspaceId: string) => rowsOf('contacts', { workspace_id: workspaceId }, 'crm_id');
const methodsOf = (workspaceId: string) => rowsOf('servicetitan_contact_methods', { workspace_id: workspaceId }, 'id');

test("R8: a batch under another workspace's id is refused, also where that has a live run of the same fence", async () => {
  const mine = await startRun(await connect());
  const other = await startRun(await connect());
  expect(mine.fence).toBe(other.fence);
  const forged = { ...mine, workspaceId: other.workspaceId };
  await expect(sync(forged, { customers: [customer('1')], contact_methods: [phone('7', '1')] })).rejects.toMatchObject(
    SUPERSEDED,
  );
  expect([...(await contactsOf(other.workspaceId)), ...(await methodsOf(other.workspaceId))]).toEqual([]);
});

test('R8: a workspace named in a row of the batch counts for nothing', async () => {
  const mine = await startRun(await connect());
  const other = await startRun(await connect());
  const elsewhere = { workspace_id: other.workspaceId, source: other.source };
  await sync(mine, {
    customers: [customer('1', elsewhere)],
    contact_methods: [phone('7', '1', elsewhere)],
    rejected: [{ crm_id: '2', feed: 'customers', reason: 'bad', sqlstate: null, ...elsewhere }],
  });
  const rows = async (workspaceId: string) => [
    ...(await contactsOf(workspaceId)),
    ...(await methodsOf(workspaceId)),
    ...(await rowsOf('servicetitan_sync_errors', { workspace_id: workspaceId }, 'crm_id')),
  ];
  expect(await rows(other.workspaceId)).toEqual([]);
  expect(await rows(mine.workspaceId)).toHaveLength(3);
});
