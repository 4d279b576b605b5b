// R20: ids to the edge of int64, and every field in every kind.
import { describe, expect, test } from 'vitest';
import { runSync } from '../support/ring.ts';
import { readWorld } from '../support/truth.ts';
import { quarantined } from './liveRun.ts';
import { always, contactOf, later, operate, PHONE, rename, waiting, withPhones } from './reachable.ts';

interface Metadata {
  custom_fields: { do_not_service: boolean | null };
}

describe('R20: ids at the edge of int64', () => {
  const LARGEST = '9223372036854775807';

  test('are exact in customers, contacts, mergedToId, tags, the quarantine and the recheck list', async () => {
    const { workspace, ids } = await withPhones(4);
    const loser = ids[3]!;
    const contacts = [{ type: 'MobilePhone', value: '(208) 555-0117' }];
    const { id: big } = await workspace.simulator<{ id: number }>('POST', '/customers', { name: 'Before', contacts });
    const bigMethod = (await readWorld(workspace)).contacts.find(({ customerId }) => customerId === big)!.id;
    await operate(
      workspace,
      { operation: 'renumber', id: big, wireId: LARGEST },
      { operation: 'renumber', id: bigMethod, wireId: '9223372036854775806' },
    );
    await rename(workspace, big, 'Large');
    await always(
      workspace,
      { customers: [ids[2]!], operation: ['customers', 'customersByIds'] },
      {
        fields: { tagTypeIds: `[${LARGEST}, null, 9007199254740993, "12"]`, paymentTermId: LARGEST },
      },
    );
    await rename(workspace, ids[2]!);
    await workspace.simulator('POST', '/merge', { loser, winner: big });
    expect((await runSync(workspace)).outcome).toEqual({ status: 'completed' });
    expect(await contactOf(workspace, LARGEST)).toMatchObject({ name: 'Large', phone: PHONE });
    expect(await contactOf(workspace, loser)).toMatchObject({ merged_to_crm_id: LARGEST });
    expect(await contactOf(workspace, ids[2]!)).toMatchObject({
      metadata: { custom_fields: { tag_type_ids: [LARGEST, '9007199254740993', 12], payment_term_id: LARGEST } },
    });
    await workspace.simulator('PATCH', `/customers/${big}`, { raw: { modifiedOn: 'soon' } });
    await runSync(workspace);
    expect(await quarantined(workspace)).toEqual([`${LARGEST} customers`]);
    await workspace.simulator('PATCH', `/customers/${big}`, { raw: {}, name: 'Larger' });
    await runSync(workspace);
    expect(await quarantined(workspace)).toEqual([]);
    expect(await contactOf(workspace, LARGEST)).toMatchObject({ name: 'Larger' });
    await always(workspace, { contacts: [bigMethod] }, { hidden: true });
    await rename(workspace, big, 'Largest');
    await runSync(workspace);
    expect(await waiting(workspace)).toContainEqual({ crm_id: LARGEST, why: 'missing' });
    for (let runs = 0; runs < 3; runs += 1) await later(workspace, 16);
    expect(await contactOf(workspace, LARGEST)).toMatchObject({ name: 'Largest', phone: null });
  });

  test('one more is nobody, and costs nobody anything', async () => {
    const { workspace, ids } = await withPhones(4);
    await always(
      workspace,
      { customers: [ids[0]!], operation: ['customers', 'customersByIds'] },
      { fields: { id: '9223372036854775808' } },
    );
    for (const id of ids) await rename(workspace, id);
    expect((await runSync(workspace)).outcome).toEqual({ status: 'completed' });
    for (const id of ids.slice(1)) expect(await contactOf(workspace, id)).toMatchObject({ name: `Renamed ${id}` });
  });
});

describe('R20: a customer whose', () => {
  const DEEP = `${'['.repeat(300)}${']'.repeat(300)}`;
  const KINDS = ['true', '12', '"text"', '{"a": 1}', '[1]', '[]', 'null', DEEP, '1e400', '-1', '9223372036854775808'];
  const FIELDS = [
    'name',
    'type',
    'active',
    'mergedToId',
    'createdOn',
    'address',
    'address.street',
    'address.zip',
    'address.country',
    'address.latitude',
    'balance',
    'taxExempt',
    'doNotMail',
    'paymentTermId',
    'creditLimit',
    'tagTypeIds',
    'customFields',
    'customFields.0',
    'externalData',
    'unknownField',
  ];
  test.for(FIELDS)('%s comes as anything is current in all else, and in no quarantine', async (field) => {
    const { workspace, ids } = await withPhones(KINDS.length);
    for (const [index, kind] of KINDS.entries()) {
      await always(
        workspace,
        { customers: [ids[index]!], operation: ['customers', 'customersByIds'] },
        { fields: { [field]: kind } },
      );
      const other = field === 'name' ? { doNotService: true } : { name: `Renamed ${index}` };
      await workspace.simulator('PATCH', `/customers/${ids[index]}`, other);
    }
    expect((await runSync(workspace)).outcome).toEqual({ status: 'completed' });
    expect(await quarantined(workspace)).toEqual([]);
    const contacts = await workspace.contacts();
    const told = KINDS.map((kind, index) => [kind.slice(0, 20), contacts.get(String(ids[index]))!] as const);
    if (field === 'name') {
      const services = told.map(([kind, { metadata }]) => [kind, (metadata as Metadata).custom_fields.do_not_service]);
      expect(services).toEqual(told.map(([kind]) => [kind, true]));
    } else {
      expect(told.map(([kind, { name }]) => [kind, name])).toEqual(
        told.map(([kind], index) => [kind, `Renamed ${index}`]),
      );
    }
  });
});

describe('R20: a contact whose', () => {
  const KINDS = ['true', '12', '"text"', '{"a": 1}', '[1]', '[]', 'null', '1e400', '9223372036854775808'];
  test.for([
    'type',
    'value',
    'memo',
    'phoneSettings',
    'phoneSettings.doNotText',
    'active',
    'preferences',
    'customerId',
    'id',
    'modifiedOn',
  ])('%s comes as anything costs its customer nothing else', async (field) => {
    // A contact of another customer, or of one that was not asked for, ends the run by R7.
    const kinds = KINDS.filter((kind) => field !== 'customerId' || kind !== '12');
    const { workspace, ids, methodOf } = await withPhones(kinds.length);
    for (const [index, kind] of kinds.entries()) {
      const name = `Renamed ${index}`;
      const method = methodOf(ids[index]!);
      await always(workspace, { contacts: [method] }, { fields: { [field]: kind } });
      await rename(workspace, ids[index]!, name);
      await workspace.simulator('PATCH', `/contacts/${method}`, { memo: name });
    }
    expect((await runSync(workspace)).outcome).toEqual({ status: 'completed' });
    const contacts = await workspace.contacts();
    expect(kinds.map((kind, index) => [kind, contacts.get(String(ids[index]))!['name']])).toEqual(
      kinds.map((kind, index) => [kind, `Renamed ${index}`]),
    );
  });
});

describe('R20: records that are none', () => {
  const rows = ['null', '"text"', '7', '[]', '{}', 'true'];
  test.for(rows)('%s beside good ones are passed over in every list and feed', async (row) => {
    const { workspace, ids } = await withPhones(3);
    await always(
      workspace,
      { operation: ['customers', 'contactsByCustomers', 'recentContactsExport'] },
      { answer: { 'data.0': row } },
    );
    for (const id of ids) await rename(workspace, id);
    const run = await runSync(workspace);
    expect(run.outcome).toEqual({ status: 'completed' });
    for (const id of ids.slice(1))
      expect(await contactOf(workspace, id)).toMatchObject({ name: `Renamed ${id}`, phone: PHONE });
  });
});

test('the simulated ServiceTitan puts fields over a record whose id is beyond 2^53', async () => {
  const { workspace, ids } = await withPhones(2);
  await operate(workspace, { operation: 'renumber', id: ids[0]!, wireId: '9007199254740995' });
  await always(workspace, { customers: [ids[0]!], operation: 'customers' }, { fields: { balance: '7' } });
  await rename(workspace, ids[0]!, 'Large');
  await runSync(workspace);
  expect(await contactOf(workspace, '9007199254740995')).toMatchObject({ name: 'Large' });
});
