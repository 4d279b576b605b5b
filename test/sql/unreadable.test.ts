// R20: what a row lacks could not be read, so the stored value stays.
import { describe, expect, test } from 'vitest';
import { admin, call } from '../support/database.ts';
import { contactOf, customer, email, methodOf, phone, quarantineOf, sync } from './batches.ts';
import { complete, connect, ledgerOf, startRun } from './workspaces.ts';

const NEWER = '2026-02-09T10:00:00.0000000Z';

/** The row without these keys. */
function lacking(row: Record<string, unknown>, ...keys: string[]) {
  return Object.fromEntries(Object.entries(row).filter(([key]) => !keys.includes(key)));
}

const COLUMNS = Object.keys(lacking(customer('1'), 'crm_id', 'crm_modified_on', 'custom_fields', 'methods_reread'));

describe('R20: a column that the row lacks', () => {
  test.for(COLUMNS)('%s stays as it is stored, while the version moves on', async (column) => {
    const run = await startRun(await connect());
    await sync(run, { customers: [customer('1', { merged_to_crm_id: '7', address_unit: 'B' })] });
    const before = (await contactOf(run, '1'))!;
    const other = { name: 'New', active: false, address_unit: null, crm_modified_on: NEWER };
    const row = lacking(customer('1', { merged_to_crm_id: '7', ...other }), column);
    expect(await sync(run, { customers: [row] })).toMatchObject({ updated: 1 });
    const after = (await contactOf(run, '1'))!;
    expect([after[column], after['crm_modified_on']]).toEqual([before[column], NEWER]);
    if (column !== 'address_unit') expect(after['address_unit']).toBeNull();
  });

  test('is null on the first insert; `active` is true, the name empty, and so are all custom fields', async () => {
    const run = await startRun(await connect());
    const row = lacking(customer('1', { custom_fields: { balance: 1 } }), ...COLUMNS);
    expect(await sync(run, { customers: [row] })).toMatchObject({ created: 1 });
    const stored = (await contactOf(run, '1'))!;
    expect(stored).toMatchObject({ name: '', active: true, address_street: null, merged_to_crm_id: null });
    expect(stored).toMatchObject({ metadata: { custom_fields: { balance: 1, tax_exempt: null, tag_type_ids: null } } });
  });

  test('does not stay from a customer of the same id of another tenant', async () => {
    const workspace = await connect();
    const run = await startRun(workspace);
    const fields = { tax_exempt: true, our_key: 7 };
    await sync(run, { customers: [customer('1', { custom_fields: fields })] });
    await admin`update public.contacts set crm_source = 'production/1' where workspace_id = ${run.workspaceId}`;
    const row = lacking(customer('1', { custom_fields: { balance: 1 } }), 'name', 'address_city');
    expect(await sync(run, { customers: [row] })).toMatchObject({ updated: 1 });
    expect(await contactOf(run, '1')).toMatchObject({
      name: '',
      address_city: null,
      address_state: 'ID',
      metadata: { custom_fields: { balance: 1, tax_exempt: null, our_key: 7 } },
    });
  });

  test('an older row that lacks it changes nothing, an identical one is not written (R2, R11)', async () => {
    const run = await startRun(await connect());
    await sync(run, { customers: [customer('1'), customer('2')] });
    const places = () =>
      admin`select ctid::text, xmin::text, xmax::text from public.contacts where workspace_id = ${run.workspaceId} order by crm_id`;
    const before = [...(await places())];
    const older = lacking(customer('1', { crm_modified_on: '2020-01-01T00:00:00.0000000Z' }), 'name');
    const same = lacking(customer('2', { custom_fields: { balance: 12.5 } }), 'name', 'active', 'address_zip');
    expect(await sync(run, { customers: [older, same] })).toMatchObject({ updated: 0, unchanged: 1, stale: 1 });
    expect([...(await places())]).toEqual(before);
  });
});

describe('R20: a contact method', () => {
  test.for(['memo', 'do_not_text', 'active'])('whose %s is lacking keeps the stored one', async (key) => {
    const run = await startRun(await connect());
    const stored = { memo: 'gate', do_not_text: true, active: false };
    await sync(run, { customers: [customer('1')], contact_methods: [phone('10', '1', stored)] });
    const newer = phone('10', '1', { memo: null, do_not_text: null, active: true, modified_on: NEWER });
    await sync(run, { contact_methods: [lacking(newer, key)] });
    const { memo, do_not_text, active } = newer;
    expect(await methodOf(run, '10')).toMatchObject({
      memo,
      do_not_text,
      active,
      modified_on: NEWER,
      [key]: stored[key as 'memo'],
    });
  });

  test('without its value keeps what the contact shows; a new one is empty', async () => {
    const run = await startRun(await connect());
    const shown = phone('10', '1');
    await sync(run, { customers: [customer('1')], contact_methods: [shown] });
    const left = ['type', 'value', 'usability', 'normalized', 'extension', 'home_country', 'country_code'];
    const contact_methods = [phone('10', '1', { modified_on: NEWER }), phone('11', '1')].map((row) =>
      lacking(row, ...left),
    );
    await sync(run, { contact_methods });
    expect(await methodOf(run, '10')).toMatchObject({ value: shown['value'], normalized: shown['normalized'] });
    expect(await methodOf(run, '11')).toMatchObject({ type: '', value: '', usability: 'unusable', normalized: null });
    expect(await contactOf(run, '1')).toMatchObject({ phone: shown['normalized'] });
  });

  test('that a re-read names by its id alone is there; one that it does not name is not', async () => {
    const run = await startRun(await connect());
    const methods = [phone('10', '1'), email('11', '1')];
    await sync(run, { customers: [customer('1', { methods_reread: true })], contact_methods: methods });
    const before = await methodOf(run, '10');
    const stubs = [
      { id: '10', crm_id: '1', active: null },
      { id: '99', crm_id: '1', active: null },
    ];
    await sync(run, { customers: [customer('1', { methods_reread: true })], contact_methods: stubs });
    expect(await methodOf(run, '10')).toEqual(before);
    expect([await methodOf(run, '11'), await methodOf(run, '99')]).toMatchObject([
      { missing_since: expect.any(String) },
      undefined,
    ]);
  });

  test('of another customer lends nothing', async () => {
    const run = await startRun(await connect());
    await sync(run, { contact_methods: [phone('10', '1', { memo: 'of 1' })] });
    await sync(run, { contact_methods: [{ id: '10', crm_id: '2', active: null }] });
    expect(await methodOf(run, '10')).toMatchObject({ crm_id: '1' });
  });

  test('that is set aside with the retry of its customer keeps that in the quarantine, from when it first stood there', async () => {
    const run = await startRun(await connect());
    const rejected = [{ crm_id: '1', feed: 'contacts', reason: 'modifiedOn: none' }];
    await sync(run, { rejected });
    const [before] = await quarantineOf(run);
    await complete(run);
    const next = await startRun(run);
    const customers = [customer('1', { methods_reread: true })];
    await sync(next, { customers, rejected, retries_quarantined: true });
    expect(await quarantineOf(next)).toMatchObject([{ attempts: 2, first_seen_at: before!['first_seen_at'] }]);
    await sync(next, { customers, retries_quarantined: true });
    expect(await quarantineOf(next)).toEqual([]);
  });
});

test('R20: what could not be read is added up by run and field, once for each part', async () => {
  const run = await startRun(await connect());
  const batch = { part: 'one', unreadable: { 'customer.type': 2, 'contact.memo': 1 } };
  await sync(run, batch);
  await sync(run, batch);
  await sync(run, { unreadable: { 'customer.type': 3 } });
  await sync(run, {});
  expect(await ledgerOf(run.instanceId)).toMatchObject({
    unreadable_fields: { 'customer.type': 5, 'contact.memo': 1 },
  });
});

test('counts are added by name', async () => {
  const add = (p_counts: object | null, p_more: object) => call('add_servicetitan_counts', { p_counts, p_more });
  expect(await add({ a: 1 }, { a: 2, b: 3 })).toEqual({ a: 3, b: 3 });
  expect([await add({}, {}), await add(null, { a: 1 })]).toEqual([{}, { a: 1 }]);
});
