// Which of a customer's phones and e-mails shows on the contact.
import { expect, test } from 'vitest';
import { admin, type Row } from '../support/database.ts';
import { contactOf, customer, email, phone, sync } from './batches.ts';
import { connect, type Run, startRun } from './workspaces.ts';

/** phone and email of a contact with these methods, sent in the order given and then in the reverse one. */
async function shown(methods: Row[]) {
  const seen = [];
  for (const order of [methods, methods.toReversed()]) {
    const run = await startRun(await connect());
    await sync(run, { customers: [customer('1', { methods_reread: true })], contact_methods: order });
    const { phone: number, email: address } = (await contactOf(run, '1'))!;
    seen.push([number, address]);
  }
  expect(seen[0]).toEqual(seen[1]);
  return seen[0];
}

test('R9: a mobile phone goes before any other phone, whatever their ids', async () => {
  expect(await shown([phone('10', '1', { type: 'Phone' }), phone('20', '1')])).toEqual(['+12085550020', null]);
});

test('R9: among equals the lowest id is taken, by number and not by text', async () => {
  expect(await shown([phone('100', '1'), phone('20', '1'), email('300', '1'), email('40', '1')])).toEqual([
    '+12085550020',
    'person40@example.com',
  ]);
});

test('R9: a fax is never taken for a phone', async () => {
  expect(await shown([phone('10', '1', { type: 'Fax' })])).toEqual([null, null]);
});

test('R9: a kind that is not known is left aside', async () => {
  expect(await shown([phone('10', '1', { type: 'Pager' }), phone('11', '1', { type: 'Phone' })])).toEqual([
    '+12085550011',
    null,
  ]);
});

test('R9: one that is switched off, or of which nothing is left, is passed over', async () => {
  expect(
    await shown([
      phone('10', '1', { active: false }),
      phone('11', '1', { usability: 'unusable', normalized: null, value: ' ' }),
      phone('12', '1', { type: 'Phone', active: true }),
      email('13', '1', { active: false }),
    ]),
  ).toEqual(['+12085550012', null]);
});

test('R9: one that is no longer listed is passed over, and the next in line shows', async () => {
  const run = await startRun(await connect());
  const reread = customer('1', { methods_reread: true });
  await sync(run, { customers: [reread], contact_methods: [phone('10', '1'), phone('11', '1')] });
  await admin`update public.servicetitan_contact_methods set listed = id <> 10 where workspace_id = ${run.workspaceId}`;
  expect(await sync(run, { customers: [reread], contact_methods: [phone('11', '1')] })).toMatchObject({ updated: 1 });
  expect(await contactOf(run, '1')).toMatchObject({ phone: '+12085550011' });
});

test('R9: phones that came before their customer show as soon as it comes', async () => {
  const run = await startRun(await connect());
  await sync(run, { contact_methods: [phone('10', '1', { active: true }), email('11', '1', { active: true })] });
  expect(await contactOf(run, '1')).toBeUndefined();
  await sync(run, { customers: [customer('1')], page: 2 });
  expect(await contactOf(run, '1')).toMatchObject({ phone: '+12085550010', email: 'person11@example.com' });
});

test('R25: what is valid goes before what is possible, and that before what is of no use, whatever the kind', async () => {
  const unusable = { usability: 'unusable', normalized: null };
  expect(
    await shown([
      phone('10', '1', { ...unusable, value: 'N/A' }),
      phone('11', '1', { usability: 'possible' }),
      phone('12', '1', { type: 'Phone' }),
      phone('13', '1', { type: 'Phone' }),
      email('14', '1', { ...unusable, value: 'none' }),
      email('15', '1'),
    ]),
  ).toEqual(['+12085550012', 'person15@example.com']);
  expect(await shown([phone('10', '1', unusable), phone('11', '1', { type: 'Phone', usability: 'possible' })])).toEqual(
    ['+12085550011', null],
  );
});

async function fieldsOf(run: Run): Promise<Row> {
  const { metadata } = (await contactOf(run, '1'))!;
  return (metadata as { custom_fields: Row }).custom_fields;
}

test('R25: what goes with a phone is of the phone that shows', async () => {
  const run = await startRun(await connect());
  const first = phone('10', '1', { do_not_text: true, marketing: false, extension: '204' });
  const second = phone('11', '1', { type: 'Phone', do_not_text: false, marketing: true });
  await sync(run, {
    customers: [customer('1')],
    contact_methods: [first, second, email('12', '1', { marketing: false })],
  });
  expect(await fieldsOf(run)).toMatchObject({
    phone_type: 'MobilePhone',
    phone_do_not_text: true,
    phone_marketing: false,
    phone_extension: '204',
    email_marketing: false,
    phone_as_entered: null,
    email_as_entered: null,
  });
  await sync(run, { contact_methods: [{ ...first, active: false }] });
  expect(await fieldsOf(run)).toMatchObject({
    phone_type: 'Phone',
    phone_do_not_text: false,
    phone_marketing: true,
    phone_extension: null,
    email_marketing: false,
  });
  await sync(run, { contact_methods: [{ ...second, active: false }] });
  expect(await fieldsOf(run)).toMatchObject({ phone_type: null, phone_do_not_text: null, phone_marketing: null });
});

test.for([
  ['an extension', { value: '2085550010 x12', extension: '12' }, { phone_extension: '12' }],
  ['no texts any more', { do_not_text: true }, { phone_do_not_text: true }],
  ['no marketing any more', { marketing: false }, { phone_marketing: false }],
  ['another kind', { type: 'Phone' }, { phone_type: 'Phone' }],
] as const)('R25: %s alone is a change of the contact, and is written once', async ([, change, fields]) => {
  const run = await startRun(await connect());
  await sync(run, { customers: [customer('1')], contact_methods: [phone('10', '1', { active: true })] });
  const changed = phone('10', '1', { active: true, modified_on: '2026-03-01T00:00:00.0000000Z', ...change });
  expect(await sync(run, { contact_methods: [changed] })).toMatchObject({ updated: 1 });
  expect(await fieldsOf(run)).toMatchObject(fields);
  expect(await sync(run, { contact_methods: [changed] })).toMatchObject({ updated: 0 });
});

test('R25: of a customer without a usable phone the text that was entered shows, the best of them, to the letter', async () => {
  const run = await startRun(await connect());
  const unusable = { usability: 'unusable', normalized: null };
  const methods = [
    phone('10', '1', { ...unusable, type: 'Phone', value: 'work' }),
    phone('11', '1', { ...unusable, value: '  ' }),
    phone('12', '1', { ...unusable, value: ' ask the office ' }),
    phone('13', '1', { ...unusable, type: 'Fax', value: 'fax' }),
    email('14', '1', { ...unusable, value: 'none' }),
  ];
  await sync(run, { customers: [customer('1')], contact_methods: methods });
  expect(await contactOf(run, '1')).toMatchObject({ phone: null, email: null });
  expect(await fieldsOf(run)).toMatchObject({ phone_as_entered: ' ask the office ', email_as_entered: 'none' });
});

test('R25: a phone whose text becomes one of no use is taken from the contact', async () => {
  const run = await startRun(await connect());
  await sync(run, { customers: [customer('1')], contact_methods: [phone('10', '1', { active: true })] });
  const spoilt = { usability: 'unusable', normalized: null, value: 'N/A', modified_on: '2026-03-01T00:00:00.0000000Z' };
  await sync(run, { contact_methods: [phone('10', '1', { active: true, ...spoilt })] });
  expect(await contactOf(run, '1')).toMatchObject({ phone: null });
  expect(await fieldsOf(run)).toMatchObject({ phone_as_entered: 'N/A' });
});

test('R25: a phone that no method explains stays with its consent, in a re-read and in the feed', async () => {
  const run = await startRun(await connect());
  const reread = customer('1', { methods_reread: true });
  const kept = { phone_type: 'MobilePhone', phone_do_not_text: true, phone_marketing: false };
  const mobile = phone('10', '1', { do_not_text: true, marketing: false });
  await sync(run, { customers: [reread], contact_methods: [mobile] });
  await admin`delete from public.servicetitan_contact_methods where workspace_id = ${run.workspaceId}`;
  await sync(run, { customers: [{ ...reread, name: 'Renamed' }], contact_methods: [] });
  expect(await contactOf(run, '1')).toMatchObject({ name: 'Renamed', phone: '+12085550010' });
  expect(await fieldsOf(run)).toMatchObject(kept);
  await sync(run, { contact_methods: [email('11', '1', { active: true })] });
  expect(await contactOf(run, '1')).toMatchObject({ phone: '+12085550010', email: 'person11@example.com' });
  expect(await fieldsOf(run)).toMatchObject(kept);
});
