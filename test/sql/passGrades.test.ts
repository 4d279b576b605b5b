// What a pass says of the rows that it writes (R18): the SQL that mends them grades them.
import { expect, test } from 'vitest';
import { admin } from '../support/database.ts';
import { contactOf, customer, phone, rechecksOf } from './batches.ts';
import { beginFirst, beginPass, chunksOf, letEnd, nextRun, proofOf, read, readAll } from './passes.ts';
import { randomId } from './workspaces.ts';

const OLDER = '2026-02-07T10:00:00.0000000Z';
const three = ['1', '2', '3'].map((id) => customer(id));
const edit = (workspaceId: string, crmId: string, set: string) =>
  admin.unsafe(`update public.contacts set ${set} where workspace_id = '${workspaceId}' and crm_id = '${crmId}'`);

test('R18: a pass that finds everything as it is writes nothing, and is whole', async () => {
  const { run, pass } = await beginFirst({ customers: three, contact_methods: [phone('10', '1')] });
  expect(pass).toMatchObject({ stage: 'contacts', continue_from: null, page: 0, asked: false });
  const before = await contactOf(run, '1');
  expect(await readAll(run, pass, three, [phone('10', '1', { active: true })])).toBe('ended');
  expect(await contactOf(run, '1')).toEqual(before);
  expect(await proofOf(run)).toMatchObject({
    why: 'first',
    whole: true,
    why_not: [],
    listed: 3,
    seen: 3,
    right_when_read: 3,
    missing: 0,
    stale: 0,
    differing: 0,
    mended: 0,
    returned: 0,
    went_back: 0,
    gone: 0,
    refused: 0,
  });
  expect(await chunksOf(run)).toEqual([]);
});

test('R18: a missing, a stale and an edited contact are mended, counted in their classes and named', async () => {
  const { run, pass } = await beginFirst({ customers: three, contact_methods: [phone('10', '3')] });
  await admin`delete from public.contacts where workspace_id = ${run.workspaceId} and crm_id = '1'`;
  await edit(run.workspaceId, '2', `crm_modified_on = '${OLDER}', name = 'As it was'`);
  await edit(
    run.workspaceId,
    '3',
    `phone = '+12085559999', metadata = jsonb_set(metadata, '{custom_fields}', metadata -> 'custom_fields' || '{"customer_type": "X", "ours": 2}')`,
  );
  expect(await readAll(run, pass, three, [phone('10', '3', { active: true })])).toBe('ended');
  expect(await proofOf(run)).toMatchObject({
    whole: true,
    seen: 3,
    right_when_read: 0,
    missing: 1,
    stale: 1,
    differing: 1,
    mended: 3,
    fields: {
      phone: 1,
      customer_type: 1,
    },
    ids: {
      missing: ['1'],
      stale: ['2'],
      differing: ['3'],
      fields: { 3: ['customer_type', 'phone'] },
    },
  });
  expect(await contactOf(run, '2')).toMatchObject({ name: 'Customer 2' });
  expect(await contactOf(run, '3')).toMatchObject({
    phone: '+12085550010',
    metadata: { custom_fields: { customer_type: 'Residential', ours: 2 } },
  });
});

test('R18: what the live reader could still bring is no fault', async () => {
  const { run, pass } = await beginFirst({ customers: three });
  const young = { crm_modified_on: '2026-11-24T10:00:00.0000000Z' };
  await readAll(run, pass, [customer('1', young), customer('4', young), ...three.slice(1)]);
  expect(await proofOf(run)).toMatchObject({ whole: true, missing: 0, stale: 0, seen: 4, right_when_read: 4 });
});

test('R18: a chunk that is sent again, by this run or the next, counts once', async () => {
  const { run, pass } = await beginFirst({ customers: three.slice(1) });
  await read(run, pass, 'contacts', { part: '0', commit: { feed: 'pass_contacts', done: true } });
  await read(run, pass, 'customers', { part: '0', customers: three });
  await read(run, pass, 'customers', { part: '0', customers: three });
  const next = await nextRun(run);
  const resumed = (await beginPass(next))!;
  expect(resumed).toMatchObject({ pass: pass.pass, stage: 'customers', page: 1 });
  expect(await readAll(next, resumed, [...three, customer('4')])).toBe('ended');
  expect(await proofOf(run)).toMatchObject({ whole: true, missing: 2, seen: 4, right_when_read: 2, refused: 0 });
});

test('R18, R2: what the guard refuses in a pass goes on the recheck list at once', async () => {
  const newer = '2026-03-01T00:00:00.0000000Z';
  const { run, pass } = await beginFirst(
    { customers: [customer('1', { crm_modified_on: newer }), customer('2')] },
    { contact_methods: [phone('10', '2', { modified_on: newer })] },
  );
  await readAll(run, pass, three.slice(0, 2), [phone('10', '2', { active: true })]);
  expect(await proofOf(run)).toMatchObject({ went_back: 1, right_when_read: 1, ids: { went_back: ['1'] } });
  expect(await rechecksOf(run)).toMatchObject([
    { crm_id: '1', why: 'went_back', refused_modified_on: three[0]!['crm_modified_on'] },
    { crm_id: '2', why: 'went_back' },
  ]);
  expect((await rechecksOf(run)).map(({ due_at }) => Date.parse(String(due_at)) < Date.now() + 3_600_000)).toEqual([
    true,
    true,
  ]);
});

test('R18: a difference that a trigger of the product keeps is told as such, and not mended for ever', async () => {
  const { run, pass } = await beginFirst({ customers: three });
  const name = `shout_${randomId()}`;
  await admin.unsafe(`
    create function public.${name}() returns trigger language plpgsql as $$ begin new.name := upper(new.name); return new; end $$;
    create trigger ${name} before insert or update on public.contacts for each row
    when (new.workspace_id = '${run.workspaceId}') execute function public.${name}();
    update public.contacts set name = name where workspace_id = '${run.workspaceId}' and crm_id = '1';
  `);
  try {
    await readAll(run, pass, three);
    expect(await proofOf(run)).toMatchObject({
      whole: true,
      differing: 1,
      mended: 0,
      returned: 1,
      right_when_read: 2,
      ids: {
        returned: ['1'],
        fields: { 1: ['name'] },
      },
    });
  } finally {
    await admin.unsafe(`drop function public.${name} cascade`);
  }
});

test('R18: a difference that comes back after it was mended is told with the next pass', async () => {
  const { run, pass } = await beginFirst({ customers: three });
  await edit(run.workspaceId, '1', `name = 'By hand'`);
  await readAll(run, pass, three);
  expect(await proofOf(run)).toMatchObject({ differing: 1, mended: 1, returned: 0 });
  await letEnd(run, '8 days');
  await edit(run.workspaceId, '1', `name = 'By hand again'`);
  await edit(run.workspaceId, '2', `name = 'Anew'`);
  const next = await nextRun(run);
  await readAll(next, (await beginPass(next))!, three);
  expect(await proofOf(run)).toMatchObject({ differing: 2, mended: 2, returned: 1, ids: { returned: ['1'] } });
});

test('R18, R20: refused and unnamed records are told, and an unnamed customer leaves the proof not whole', async () => {
  const { run, pass } = await beginFirst({ customers: three });
  await read(run, pass, 'contacts', { part: '0', commit: { feed: 'pass_contacts', done: true } });
  const rejected = [{ crm_id: '3', feed: 'customers', reason: 'name' }];
  const batch = { customers: three.slice(0, 2), rejected, unreadable: { 'customer.taxExempt': 2 } };
  await read(run, pass, 'customers', { ...batch, part: '0' }, { unnamed: 1, listed: 5 });
  await readAll(run, { ...pass, page: 1 }, []);
  expect(await proofOf(run)).toMatchObject({
    whole: false,
    why_not: [
      {
        code: 'unnamed',
        count: 1,
      },
    ],
    listed: 5,
    seen: 3,
    refused: 1,
    right_when_read: 2,
    unreadable_fields: { 'customer.taxExempt': 2 },
  });
});
