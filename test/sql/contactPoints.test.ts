// Which of a customer's phones and e-mails shows on the contact.
import { expect, test } from 'vitest';
import { admin, type Row } from '../support/database.ts';
import { contactOf, customer, email, phone, sync } from './batches.ts';
import { connect, startRun } from './workspaces.ts';

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
      phone('11', '1', { normalized: null, value: ' ' }),
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
