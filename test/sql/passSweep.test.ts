// The end of a pass (R18): what was not seen, what is gone, and when nothing is concluded.
import { expect, test } from 'vitest';
import { admin } from '../support/database.ts';
import { contactOf, customer, methodOf, phone, quarantineOf, rechecksOf, sync } from './batches.ts';
import { beginFirst, beginPass, letEnd, nextRun, proofOf, read, readAll, settle, sweep, done } from './passes.ts';

const range = (count: number, from = 1) => Array.from({ length: count }, (_, index) => String(from + index));
const customers = (count: number, from = 1) => range(count, from).map((id) => customer(id));
const switchedOn = (id: string, crmId: string) => phone(id, crmId, { active: true });

test('R18: a customer that the pass has not seen is asked for by id, and marked once ServiceTitan has it no more', async () => {
  const { run, pass } = await beginFirst(
    { customers: customers(3) },
    { rejected: [{ crm_id: '2', feed: 'contacts', reason: 'value' }] },
  );
  expect(await readAll(run, pass, customers(1))).toBe('ask');
  expect(await beginPass(run)).toMatchObject({ stage: 'ask', to_ask: ['2', '3'], canary: '1' });
  expect(await contactOf(run, '2')).toMatchObject({ crm_missing_since: null });
  expect(await settle(run, { gone: ['2'] })).toBe('ask');
  expect(await settle(run, { gone: ['3'] })).toBe('ended');
  expect(await contactOf(run, '2')).toMatchObject({ crm_missing_since: expect.any(String), active: true });
  expect(await quarantineOf(run)).toEqual([]);
  expect(await proofOf(run)).toMatchObject({ whole: true, gone: 2, seen: 1, ids: { gone: ['2', '3'] } });
});

test.for([
  ['newer', { crm_modified_on: '2026-03-01T00:00:00.0000000Z' }],
  ['the same', {}],
  ['older', { crm_modified_on: '2026-01-01T00:00:00.0000000Z' }],
] as const)('R18: a version that is %s takes the mark away', async ([, fields]) => {
  const { run, pass } = await beginFirst({ customers: customers(2) });
  await readAll(run, pass, customers(1));
  await settle(run, { gone: ['2'] });
  await sync(run, { customers: [customer('2', fields)] });
  expect(await contactOf(run, '2')).toMatchObject({ crm_missing_since: null });
});

test('R18: a customer that is marked already is not asked for again, nor are its phones', async () => {
  const { run, pass } = await beginFirst({ customers: customers(2), contact_methods: [phone('10', '2')] });
  await readAll(run, pass, customers(1));
  await settle(run, { gone: ['2'] });
  await letEnd(run, '8 days');
  const next = await nextRun(run);
  expect(await readAll(next, (await beginPass(next))!, customers(1))).toBe('ended');
  expect(await proofOf(run)).toMatchObject({ whole: true, gone: 0 });
  expect(await rechecksOf(run)).toEqual([]);
});

test.for([
  ['younger than the pass', `to_char(now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US0Z')`, 'ended'],
  ['stamped in the future', `'2099-01-01T00:00:00.0000000Z'`, 'ask'],
  ['without a stamp', 'null', 'ask'],
] as const)('R18: a contact that is %s and was not seen', async ([, stamp, stage]) => {
  const { run, pass } = await beginFirst({ customers: customers(2) });
  await admin.unsafe(
    `update public.contacts set crm_modified_on = ${stamp} where workspace_id = '${run.workspaceId}' and crm_id = '2'`,
  );
  expect(await readAll(run, pass, customers(1))).toBe(stage);
});

test('R18: one that is answered by id was missed by the list, and the pass is not whole', async () => {
  const { run, pass } = await beginFirst({ customers: customers(3) });
  await readAll(run, pass, customers(2));
  await read(run, pass, 'asked', { customers: [customer('3')] });
  expect(await settle(run, { answered: ['3'] })).toBe('ended');
  expect(await proofOf(run)).toMatchObject({ whole: false, why_not: [{ code: 'list_missed', count: 1 }], gone: 0 });
});

test('R18: what is said twice of customers that were asked for, because an answer was lost, counts once', async () => {
  const { run, pass } = await beginFirst({ customers: customers(4) });
  await readAll(run, pass, customers(2));
  await read(run, pass, 'asked', { customers: [customer('3')] });
  for (let times = 0; times < 2; times += 1) await settle(run, { answered: ['3'] });
  expect(await settle(run, { gone: ['4'] })).toBe('ended');
  expect(await proofOf(run)).toMatchObject({ why_not: [{ code: 'list_missed', count: 1 }], gone: 1 });
});

test('R18: one that could not be asked for leaves the pass not whole, and unmarked', async () => {
  const { run, pass } = await beginFirst({ customers: customers(3) });
  await readAll(run, pass, customers(1));
  await settle(run, { unread: ['2'] });
  // Its answer was lost.
  await settle(run, { unread: ['2'] });
  expect(await settle(run, { unread: ['3'] })).toBe('ended');
  expect(await proofOf(run)).toMatchObject({ whole: false, why_not: [{ code: 'not_asked', count: 2 }] });
  expect(await contactOf(run, '3')).toMatchObject({ crm_missing_since: null });
});

test('R18: of more than fifty none is marked before a second pass finds the same ones', async () => {
  const { run, pass } = await beginFirst({ customers: customers(60) });
  expect(await readAll(run, pass, customers(2))).toBe('ended');
  expect(await proofOf(run)).toMatchObject({ whole: false, why_not: [{ code: 'gone_held', count: 58 }], gone: 0 });
  await letEnd(run, '25 hours');
  const next = await nextRun(run);
  const second = (await beginPass(next))!;
  // Two of them are back, and one more is lacking.
  expect(await readAll(next, second, customers(4).slice(1))).toBe('ask');
  const { to_ask } = (await beginPass(next))!;
  expect(to_ask).toEqual(range(56, 5));
  expect(await settle(next, { gone: to_ask })).toBe('ended');
  expect(await proofOf(run)).toMatchObject({ gone: 56, whole: false, why_not: [{ code: 'gone_held', count: 1 }] });
});

test('R18: a phone that the pass has not seen is taken from nobody, and its customer is rechecked', async () => {
  const { run, pass } = await beginFirst({
    customers: customers(3),
    contact_methods: [phone('10', '1'), phone('11', '2'), phone('12', '3')],
  });
  await sync(run, { contact_methods: [switchedOn('12', '3')] });
  const rejected = [{ crm_id: '3', feed: 'contacts', reason: 'value' }];
  const commit = done('pass_contacts');
  await read(run, pass, 'contacts', { contact_methods: [switchedOn('10', '1')], rejected, part: '0', commit });
  await read(run, pass, 'customers', { customers: customers(3), commit: done('pass_customers') });
  expect(await sweep(run)).toBe('ended');
  expect(await proofOf(run)).toMatchObject({ whole: true, rechecks: 1 });
  expect(await rechecksOf(run)).toMatchObject([{ crm_id: '2', why: 'missing' }]);
  expect(await methodOf(run, '11')).toMatchObject({ listed: true, missing_from: 'pass' });
  expect(await methodOf(run, '12')).toMatchObject({ missing_since: null });
  expect(await contactOf(run, '2')).toMatchObject({ phone: expect.any(String) });
});

test('R9, R18: a contact seen under another customer is not seen under this one', async () => {
  const { run, pass } = await beginFirst({
    customers: customers(2),
    contact_methods: [phone('10', '1'), phone('10', '2')],
  });
  await readAll(run, pass, customers(2), [switchedOn('10', '1')]);
  expect((await rechecksOf(run)).find(({ why }) => why === 'missing')).toMatchObject({ crm_id: '2' });
});

test('R18: of very many phones not seen none is believed: the contacts are read once more, and the pass is not whole', async () => {
  const methods = range(60).map((id) => phone(`10${id}`, id));
  const { run, pass } = await beginFirst({ customers: customers(60), contact_methods: methods });
  expect(await readAll(run, pass, customers(60))).toBe('contacts');
  // The customers are not read again.
  await read(run, pass, 'contacts', { part: '1', commit: done('pass_contacts') });
  expect(await sweep(run)).toBe('ended');
  expect(await proofOf(run)).toMatchObject({ whole: false, why_not: [{ code: 'methods_unseen', count: 60 }] });
  expect(await rechecksOf(run)).toEqual([]);
});

test('R18: contacts that are taken while the pass reads begin it again, once; then it ends, mends by id and says so', async () => {
  const { run, pass } = await beginFirst({ customers: customers(60) });
  const truncate = () => admin`delete from public.contacts where workspace_id = ${run.workspaceId}`;
  await read(run, pass, 'contacts', { part: '0', commit: done('pass_contacts') });
  await read(run, pass, 'customers', { customers: customers(60), part: '0', commit: done('pass_customers') });
  await truncate();
  expect(await sweep(run)).toBe('contacts');
  await read(run, pass, 'contacts', { part: '0', commit: done('pass_contacts') });
  await read(
    run,
    pass,
    'customers',
    { customers: customers(60), part: '1', commit: done('pass_customers') },
    { page: 2 },
  );
  await truncate();
  expect(await sweep(run)).toBe('ask');
  const { to_ask } = (await beginPass(run))!;
  expect(to_ask).toEqual(range(60));
  await read(run, pass, 'asked', { customers: customers(60) });
  expect(await settle(run, { answered: to_ask })).toBe('ended');
  expect(await proofOf(run)).toMatchObject({
    whole: false,
    why_not: [
      {
        code: 'rows_taken',
        count: 60,
      },
    ],
    missing: 60,
    seen: 60,
    gone: 0,
  });
});

test('R18: a pass whose chunks were taken begins again, and concludes nothing', async () => {
  const { run, pass } = await beginFirst({ customers: customers(3) });
  await read(run, pass, 'customers', { customers: customers(3), part: '0' });
  await admin`delete from public.servicetitan_pass_chunks where workspace_id = ${run.workspaceId}`;
  expect(await readAll(run, pass, [])).toBe('contacts');
  expect(await readAll(run, { ...pass, page: 2 }, customers(3))).toBe('ended');
  expect(await proofOf(run)).toMatchObject({ whole: true, seen: 3, gone: 0, begun_again: ['pass'] });
});

test('R18: twelve that are gone and twelve others that are missing do not hide one another', async () => {
  const { run, pass } = await beginFirst({ customers: customers(24) });
  const shown = customers(24, 13);
  expect(await readAll(run, pass, shown)).toBe('ask');
  expect((await beginPass(run))!.to_ask).toEqual(range(12));
  await settle(run, { gone: range(12) });
  expect(await proofOf(run)).toMatchObject({ whole: true, listed: 24, seen: 24, missing: 12, gone: 12 });
});

test('R18: of 10,000 customers that cannot be read each is counted, and none is gone or asked for', async () => {
  const { run, pass } = await beginFirst({ customers: customers(10_010) });
  await read(run, pass, 'contacts', { part: 'c', commit: done('pass_contacts') });
  const bad = range(10_000).map((crm_id) => ({ crm_id, feed: 'customers', reason: 'modifiedOn' }));
  for (const page of [1, 2]) {
    const rejected = bad.slice((page - 1) * 5000, page * 5000);
    const rows = page === 2 ? { customers: customers(10, 10_001), commit: done('pass_customers') } : {};
    await read(run, pass, 'customers', { rejected, part: `${page}`, ...rows }, { page });
  }
  expect(await sweep(run)).toBe('ended');
  const proof = await proofOf(run);
  expect(proof).toMatchObject({ whole: true, seen: 10_010, refused: 10_000, right_when_read: 10, gone: 0, missing: 0 });
  // The proof stays one that can be read.
  expect((proof['ids'] as Record<string, string[]>)['refused']).toHaveLength(100);
});
