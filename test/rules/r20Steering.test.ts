// R20: only what steers is strict. What else can't be read is left out, counted, and costs nobody anything.
import { describe, expect, test } from 'vitest';
import { customerRow, methodRow } from '../function/rows.ts';
import { runSync } from '../support/ring.ts';
import { differences, readWorld } from '../support/truth.ts';
import { createWorkspace, type TestWorkspace } from '../support/workspace.ts';
import { beginRun, quarantined } from './liveRun.ts';

const switches = { exportLagSeconds: 0 };

/** A synced workspace, and its customers with their contact methods, lowest id first. */
async function synced(options: { customers?: number; switches?: object } = {}) {
  const workspace = await createWorkspace({
    customers: options.customers ?? 4,
    switches: { ...switches, ...options.switches },
  });
  await runSync(workspace);
  const { customers, contacts } = await readWorld(workspace);
  return {
    workspace,
    customers,
    ids: customers.map(({ id }) => id).toSorted((one, other) => one - other),
    methodsOf: (id: number) => contacts.filter(({ customerId }) => customerId === id),
  };
}

/** What the last run counted as unreadable. */
async function unreadable({ supabase, workspaceId }: TestWorkspace): Promise<unknown> {
  const { data } = await supabase
    .from('servicetitan_sync_runs')
    .select('unreadable_fields')
    .eq('workspace_id', workspaceId)
    .order('fence', { ascending: false })
    .limit(1);
  return data![0]!.unreadable_fields;
}

const change = (workspace: TestWorkspace, id: number, changes: object) =>
  workspace.simulator('PATCH', `/customers/${id}`, changes);
const changeMethod = (workspace: TestWorkspace, id: number, changes: object) =>
  workspace.simulator('PATCH', `/contacts/${id}`, changes);

describe('R20: a field that can not be read', () => {
  test.for([
    ['taxExempt', { taxExempt: 'Exempt' }, 'tax_exempt'],
    ['type', { type: { value: 'Residential' } }, 'customer_type'],
    ['balance', { balance: 'a lot' }, 'balance'],
    ['customFields', { customFields: 'none' }, 'servicetitan_fields'],
    ['tagTypeIds', { tagTypeIds: { 0: 7 } }, 'tag_type_ids'],
  ] as const)('%s keeps what is stored, while the rest of the customer is written', async ([field, raw, key]) => {
    const { workspace, ids } = await synced();
    const id = ids[0]!;
    const stored = (await workspace.contacts()).get(String(id))!.metadata as { custom_fields: Record<string, unknown> };
    await change(workspace, id, { name: 'Renamed', raw });
    expect((await runSync(workspace)).outcome).toEqual({ status: 'completed' });
    const contact = (await workspace.contacts()).get(String(id))!;
    expect(contact.name).toBe('Renamed');
    expect((contact.metadata as typeof stored).custom_fields[key]).toEqual(stored.custom_fields[key]);
    expect(await quarantined(workspace)).toEqual([]);
    expect(await unreadable(workspace)).toEqual({ [`customer.${field}`]: 1 });
  });

  test('is null on the first insert, where nothing is stored: active is true and the name empty', async () => {
    const workspace = await createWorkspace({ customers: 2, switches });
    const { customers } = await readWorld(workspace);
    const [id, other] = customers.map((customer) => customer.id);
    await change(workspace, id!, { raw: { name: null, active: null, taxExempt: 'Exempt', type: {}, address: 'here' } });
    await runSync(workspace);
    expect((await workspace.contacts()).get(String(id))).toMatchObject({
      name: '',
      active: true,
      address_street: null,
      address_country_code: null,
      metadata: { custom_fields: { tax_exempt: null, customer_type: null } },
    });
    expect((await workspace.contacts()).get(String(other))).toMatchObject({ name: expect.stringMatching(/./) });
    expect(await unreadable(workspace)).toEqual({
      'customer.taxExempt': 1,
      'customer.type': 1,
      'customer.address': 1,
    });
  });

  test('neither hides nor stops a page on which every customer has one', async () => {
    const { workspace, ids } = await synced({ customers: 12 });
    for (const id of ids) await change(workspace, id, { name: `Renamed ${id}`, raw: { taxExempt: 'Exempt' } });
    expect((await runSync(workspace)).outcome).toEqual({ status: 'completed' });
    const contacts = await workspace.contacts();
    expect(ids.map((id) => contacts.get(String(id))!.name)).toEqual(ids.map((id) => `Renamed ${id}`));
    expect([await quarantined(workspace), await unreadable(workspace)]).toEqual([[], { 'customer.taxExempt': 12 }]);
  });

  test('empty is not unreadable: active and name stay, all else is empty', async () => {
    const { workspace, ids } = await synced();
    const id = ids[0]!;
    const { name } = (await workspace.contacts()).get(String(id))!;
    await change(workspace, id, { active: false });
    await runSync(workspace);
    await change(workspace, id, {
      raw: { active: null, name: null, balance: null, address: null, tagTypeIds: [null] },
    });
    await runSync(workspace);
    expect((await workspace.contacts()).get(String(id))).toMatchObject({
      name,
      active: false,
      address_street: null,
      metadata: { custom_fields: { balance: null, tag_type_ids: [] } },
    });
    expect(await unreadable(workspace)).toEqual({});
  });

  test('neighbouring kinds are taken: a number for a text, a text for a number or a flag', async () => {
    const { workspace, ids } = await synced();
    const id = ids[0]!;
    await change(workspace, id, {
      raw: {
        address: { zip: 83642 },
        customFields: [{ typeId: '7041', name: 'Gate', value: 12.5 }],
        balance: '129.50',
        taxExempt: 'true',
        tagTypeIds: ['134', null, 'x'],
      },
    });
    await runSync(workspace);
    expect((await workspace.contacts()).get(String(id))).toMatchObject({
      address_zip: '83642',
      metadata: {
        custom_fields: {
          servicetitan_fields: [{ type_id: 7041, name: 'Gate', value: '12.5' }],
          balance: 129.5,
          tax_exempt: true,
          tag_type_ids: [134],
        },
      },
    });
    expect(await unreadable(workspace)).toEqual({ 'customer.tagTypeIds': 1 });
  });

  test('is counted once, however often its batch is sent', async () => {
    const workspace = await createWorkspace({ customers: 0 });
    const { write } = await beginRun(workspace);
    const left = { customers: [customerRow('1')], unreadable: { 'customer.taxExempt': 3 } };
    await write(left, 1);
    await write(left, 1);
    await write({ ...left, unreadable: { 'customer.taxExempt': 1, 'contact.customerId': 2 } }, 2);
    expect(await unreadable(workspace)).toEqual({ 'customer.taxExempt': 4, 'contact.customerId': 2 });
  });
});

describe('R20: what steers', () => {
  test('is read from digits as text', async () => {
    const { workspace, ids } = await synced();
    const id = ids[0]!;
    await change(workspace, id, { name: 'Renamed', raw: { id: String(id) } });
    expect((await runSync(workspace)).outcome).toEqual({ status: 'completed' });
    const contacts = await workspace.contacts();
    expect([contacts.size, contacts.get(String(id))!.name]).toEqual([ids.length, 'Renamed']);
    expect(await quarantined(workspace)).toEqual([]);
  });

  test.for(['9007199254740993', '9223372036854775807'])('is exact to the last digit of int64: %s', async (long) => {
    const workspace = await createWorkspace({ customers: 1, switches });
    const { customers } = await readWorld(workspace);
    await change(workspace, customers[0]!.id, { raw: { id: long, tagTypeIds: [long] } });
    expect((await runSync(workspace)).outcome).toEqual({ status: 'completed' });
    const contacts = await workspace.contacts();
    expect([...contacts.keys()]).toEqual([long]);
    expect(contacts.get(long)).toMatchObject({ metadata: { custom_fields: { tag_type_ids: [long] } } });
  });

  test('and is unreadable sets its customer aside, though it is the only one that changed', async () => {
    const { workspace, ids } = await synced();
    await change(workspace, ids[0]!, { raw: { modifiedOn: 'yesterday' } });
    expect((await runSync(workspace)).outcome).toEqual({ status: 'completed' });
    expect(await quarantined(workspace)).toEqual([`${ids[0]} customers`]);
  });

  test('and leaves its customer nameless is counted, and stops nobody else', async () => {
    const { workspace, ids } = await synced();
    await change(workspace, ids[0]!, { raw: { id: 'unknown' } });
    await change(workspace, ids[1]!, { name: 'Renamed' });
    expect((await runSync(workspace)).outcome).toEqual({ status: 'completed' });
    expect((await workspace.contacts()).get(String(ids[1]))).toMatchObject({ name: 'Renamed' });
    expect(await unreadable(workspace)).toEqual({ 'customer.id': 1 });
  });

  test('and is unreadable on a whole page of ten or more stops the run before the first write', async () => {
    const { workspace, ids } = await synced({ customers: 12 });
    const before = await workspace.state();
    for (const id of ids) await change(workspace, id, { raw: { modifiedOn: 'yesterday' } });
    const run = await runSync(workspace);
    expect([run.outcome instanceof Error, run.writes]).toEqual([true, 0]);
    expect(await quarantined(workspace)).toEqual([]);
    expect(await workspace.state()).toMatchObject({ last_modified_cursor: before.last_modified_cursor });
  });
});

describe('R20: a contact', () => {
  test('of nobody is an orphan: counted, passed over, and the feed goes on', async () => {
    const workspace = await createWorkspace({ customers: 3, switches });
    const { customers, contacts } = await readWorld(workspace);
    const orphan = contacts.find(({ customerId }) => customerId === customers[0]!.id)!;
    await changeMethod(workspace, orphan.id, { raw: { customerId: null } });
    expect((await runSync(workspace)).outcome).toEqual({ status: 'completed' });
    expect((await workspace.contacts()).size).toBe(3);
    expect(await unreadable(workspace)).toEqual({ 'contact.customerId': 1 });

    await changeMethod(workspace, orphan.id, { raw: { customerId: null }, memo: 'again' });
    const before = await workspace.state();
    expect((await runSync(workspace)).outcome).toEqual({ status: 'completed' });
    expect((await workspace.state()).contacts_continue_from).not.toBe(before.contacts_continue_from);
    expect(await quarantined(workspace)).toEqual([]);
  });

  test.for([
    ['of 12,000 characters', 'm'.repeat(12_000), `${'m'.repeat(9_999)}…`],
    ['with half a surrogate pair', 'half \ud83d here', 'half \ufffd here'],
    ['with a NUL', 'nul \0 here', 'nul  here'],
  ] as const)('with a memo %s is stored, and so is its customer', async ([, memo, stored]) => {
    const { workspace, ids, methodsOf } = await synced();
    const [method] = methodsOf(ids[0]!);
    await changeMethod(workspace, method!.id, { raw: { memo } });
    await change(workspace, ids[0]!, { name: 'Renamed' });
    expect((await runSync(workspace)).outcome).toEqual({ status: 'completed' });
    expect((await workspace.contacts()).get(String(ids[0]))).toMatchObject({ name: 'Renamed' });
    expect(await quarantined(workspace)).toEqual([]);
    expect(await methodRowOf(workspace, method!.id)).toMatchObject({ memo: stored });
  });

  test('without a type is stored, and its customer with its other methods is current', async () => {
    const { workspace, ids, methodsOf } = await synced();
    const [method] = methodsOf(ids[0]!);
    await changeMethod(workspace, method!.id, { raw: { type: null } });
    await change(workspace, ids[0]!, { name: 'Renamed' });
    expect((await runSync(workspace)).outcome).toEqual({ status: 'completed' });
    expect((await workspace.contacts()).get(String(ids[0]))).toMatchObject({ name: 'Renamed' });
    expect([await quarantined(workspace), await unreadable(workspace)]).toEqual([[], {}]);
  });

  test.for([
    ['value', { value: { number: 1 } }],
    ['type', { type: ['Phone'] }],
    ['active', { active: 'perhaps' }],
  ] as const)('whose %s can not be read keeps the stored one', async ([field, raw]) => {
    const { workspace, ids, methodsOf } = await synced();
    const [method] = methodsOf(ids[0]!);
    const before = await methodRowOf(workspace, method!.id);
    await changeMethod(workspace, method!.id, { raw, memo: 'new' });
    await runSync(workspace);
    const { type, value, normalized, active } = before;
    expect(await methodRowOf(workspace, method!.id)).toMatchObject({ type, value, normalized, active, memo: 'new' });
    expect(await quarantined(workspace)).toEqual([]);
    expect(await unreadable(workspace)).toMatchObject({ [`contact.${field}`]: expect.any(Number) });
  });

  test('that can not be used is set aside and counts as being there; its customer and the others are written', async () => {
    const { workspace, ids, methodsOf } = await synced({ switches: { contactsMoveModifiedOn: false } });
    const id = ids.find((one) => methodsOf(one).length > 1)!;
    const [method] = methodsOf(id);
    const { phone, email } = (await workspace.contacts()).get(String(id))!;
    await changeMethod(workspace, method!.id, { raw: { modifiedOn: 'yesterday' } });
    await change(workspace, id, { name: 'Renamed' });
    expect((await runSync(workspace)).outcome).toEqual({ status: 'completed' });
    expect((await workspace.contacts()).get(String(id))).toMatchObject({ name: 'Renamed', phone, email });
    expect(await methodRowOf(workspace, method!.id)).toMatchObject({ listed: true });
    expect(await quarantined(workspace)).toEqual([`${id} contacts`]);

    await changeMethod(workspace, method!.id, { raw: {} });
    await runSync(workspace);
    expect(await quarantined(workspace)).toEqual([]);
    expect(await differences(workspace)).toEqual([]);
  });

  test('that the function can not use is set aside without its customer', async () => {
    const workspace = await createWorkspace({ customers: 0 });
    const { write } = await beginRun(workspace);
    const sound = methodRow('11', '1', { type: 'Email', value: 'one@example.com' });
    await write({ customers: [customerRow('1', { contact_methods: [sound, methodRow('12', '1')] })] });
    const bad = methodRow('12', '1', { memo: 'with \0' });
    const answer = await write({ customers: [customerRow('1', { name: 'New', contact_methods: [sound, bad] })] });
    expect(answer).toMatchObject({ updated: 1, errors: [{ feed: 'contacts', customer_id: '1' }] });
    const phone = '+12085550117';
    expect((await workspace.contacts()).get('1')).toMatchObject({ name: 'New', phone, email: 'one@example.com' });
  });
});

async function methodRowOf({ supabase, workspaceId }: TestWorkspace, id: number): Promise<Record<string, unknown>> {
  const { data } = await supabase
    .from('servicetitan_contact_methods')
    .select()
    .eq('workspace_id', workspaceId)
    .eq('id', id);
  return data![0]!;
}
