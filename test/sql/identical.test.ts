// R11: what is the same already is not written, and what is not the sync's own is not touched.
import { expect, test } from 'vitest';
import { admin } from '../support/database.ts';
import { contactOf, customer, email, phone, sync, type Batch } from './batches.ts';
import { complete, connect, ledgerOf, startRun, type Workspace } from './workspaces.ts';

const BATCH: Batch = {
  customers: [customer('1', { methods_reread: true }), customer('2', { methods_reread: true })],
  contact_methods: [phone('10', '1'), email('11', '1'), phone('20', '2', { type: 'Phone' })],
};

/** Where each row lies, and which transaction wrote it. */
async function versions({ workspaceId }: Workspace) {
  const contacts = await admin`
    select crm_id, xmin::text, ctid::text from public.contacts where workspace_id = ${workspaceId} order by crm_id
  `;
  const methods = await admin`
    select id, xmin::text, ctid::text from public.servicetitan_contact_methods where workspace_id = ${workspaceId} order by id
  `;
  return { contacts: [...contacts], methods: [...methods] };
}

/** Which transaction has locked each contact since it was written; 0 for none. */
async function locks({ workspaceId }: Workspace): Promise<string[]> {
  const rows = await admin<
    { xmax: string }[]
  >`select xmax::text from public.contacts where workspace_id = ${workspaceId}`;
  return rows.map(({ xmax }) => xmax);
}

test('R11: an identical batch leaves every row of contacts and of their methods where it was', async () => {
  const run = await startRun(await connect());
  expect(await sync(run, BATCH)).toMatchObject({ created: 2, updated: 0, unchanged: 0 });
  const before = await versions(run);
  expect(before.contacts).toHaveLength(2);
  expect(before.methods).toHaveLength(3);
  expect(await sync(run, BATCH)).toMatchObject({ created: 0, updated: 0, unchanged: 2, stale: 0 });
  expect(await versions(run)).toEqual(before);
  expect(await ledgerOf(run.instanceId)).toMatchObject({ created: 2, updated: 0, unchanged: 0 });
});

test('R11: the next run finds them identical as well, and the row beside one that changed', async () => {
  const workspace = await connect();
  const first = await startRun(workspace);
  await sync(first, BATCH);
  await complete(first);
  const before = await versions(workspace);
  const run = await startRun(workspace);
  const changed = { ...BATCH, customers: [customer('1', { name: 'Renamed' }), customer('2')] };
  expect(await sync(run, changed)).toMatchObject({ updated: 1, unchanged: 1 });
  const after = await versions(workspace);
  expect(after.contacts[0]).not.toEqual(before.contacts[0]);
  expect(after.contacts[1]!['ctid']).toEqual(before.contacts[1]!['ctid']);
});

test('R11: a stale batch writes nothing', async () => {
  const run = await startRun(await connect());
  await sync(run, BATCH);
  const before = await versions(run);
  const older = customer('1', { name: 'Older', crm_modified_on: '2026-02-08T10:00:00.1234566Z' });
  await sync(run, { customers: [older] });
  expect(await versions(run)).toEqual(before);
});

test('R11: an identical row is not even locked, which would be logged as a write is', async () => {
  const run = await startRun(await connect());
  await sync(run, BATCH);
  expect(await locks(run)).toEqual(['0', '0']);
  await sync(run, BATCH);
  expect(await locks(run)).toEqual(['0', '0']);
});

/** Of a contact without phone and e-mail. */
const NO_POINTS = {
  phone_type: null,
  phone_extension: null,
  phone_do_not_text: null,
  phone_marketing: null,
  phone_as_entered: null,
  email_marketing: null,
  email_as_entered: null,
};

test.for([
  [
    'an object of their own',
    { owner: 'ann', custom_fields: { vip: true } },
    { owner: 'ann', custom_fields: { vip: true } },
  ],
  ['custom_fields that are no object', { owner: 'ann', custom_fields: 'none' }, { owner: 'ann' }],
  ['null', null, {}],
  ['an array', ['a'], {}],
] as const)('R11: metadata that is %s keeps its own keys and takes those of the sync', async ([, metadata, kept]) => {
  const run = await startRun(await connect());
  await sync(run, { customers: [customer('1')] });
  await admin`update public.contacts set metadata = ${admin.json(metadata as never)} where workspace_id = ${run.workspaceId}`;
  expect(await sync(run, { customers: [customer('1')] })).toMatchObject({ updated: 1 });
  const own = { ...(kept as { custom_fields?: object }) };
  expect((await contactOf(run, '1'))!['metadata']).toEqual({
    ...own,
    custom_fields: { ...own.custom_fields, ...NO_POINTS, customer_type: 'Residential', balance: 12.5 },
  });
  expect(await sync(run, { customers: [customer('1')] })).toMatchObject({ unchanged: 1 });
});

test('R11: a key of the sync replaces its namesake whole', async () => {
  const run = await startRun(await connect());
  await sync(run, { customers: [customer('1', { custom_fields: { tags: [1, 2], balance: 1 } })] });
  await sync(run, { customers: [customer('1', { custom_fields: { tags: [2], balance: null } })] });
  expect(await contactOf(run, '1')).toMatchObject({ metadata: { custom_fields: { tags: [2], balance: null } } });
});
