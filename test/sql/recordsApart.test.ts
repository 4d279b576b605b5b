// R10: the records of a chunk that was refused, each for itself.
import { expect, test } from 'vitest';
import { call, type Row } from '../support/database.ts';
import { contactOf, customer, phone } from './batches.ts';
import { connect, ledgerOf, type Run, startRun, stateOf } from './workspaces.ts';

interface Apart {
  created: number;
  updated: number;
  unchanged: number;
  stale: number;
  renormalize: Row[];
  refused: { at: number; sqlstate: string; message: string }[];
}

const apart = (run: Run, items: Row[]) =>
  call<Apart>('sync_servicetitan_records_apart', {
    p_batch: {
      run: {
        workspace_id: run.workspaceId,
        instance_id: run.instanceId,
        fence: run.fence,
        page: 1,
        country: 'US',
        part: '0.0',
      },
      customers: [],
      contact_methods: [],
      rejected: [],
      commit: null,
    },
    p_items: items,
  });
const item = (crmId: string, fields: Row = {}): Row => ({
  customers: [customer(crmId, { methods_reread: true, ...fields })],
  contact_methods: [phone(crmId, crmId)],
});
/** Only the database minds it. */
const bad = (crmId: string): Row => item(crmId, { address_latitude: 'north' });
const ids = (count: number) => Array.from({ length: count }, (_, index) => String(1000 + index));

test('R10: the bad ones are told by their place, with the reason, and all others are written and counted', async () => {
  const run = await startRun(await connect());
  const items = ids(60).map((id, at) => ([3, 30, 59].includes(at) ? bad(id) : item(id)));
  const answer = await apart(run, items);
  expect(answer.refused.map(({ at, sqlstate }) => [at, sqlstate])).toEqual([
    [3, '22P02'],
    [30, '22P02'],
    [59, '22P02'],
  ]);
  expect(answer).toMatchObject({ created: 57, updated: 0, unchanged: 0, stale: 0, renormalize: [] });
  expect(await contactOf(run, '1030')).toBeUndefined();
  expect(await contactOf(run, '1031')).toMatchObject({ phone: '+12085551031' });
  expect(await stateOf(run)).toMatchObject({ last_sync_created: 57 });
});

test('R11: sent again, it counts nobody twice', async () => {
  const run = await startRun(await connect());
  const items = ids(30).map((id, at) => (at === 3 ? bad(id) : item(id)));
  await apart(run, items);
  expect(await apart(run, items)).toMatchObject({ created: 0, updated: 0, unchanged: 29 });
  expect(await ledgerOf(run.instanceId)).toMatchObject({ created: 29, fetched: 29 });
});

test('R10: 500 bad ones of 500 are told in one call, in the time of a statement', async () => {
  const run = await startRun(await connect());
  expect((await apart(run, ids(500).map(bad))).refused).toHaveLength(500);
});

test('R8: a run that holds the lease no more is refused whole, and blames no record', async () => {
  const workspace = await connect();
  const run = await startRun(workspace);
  const old = { ...run, fence: run.fence - 1 };
  await expect(apart(old, [item('1')])).rejects.toMatchObject({ code: 'PT409', message: 'superseded' });
});
