// R9: a stamp in the future hides nothing of what comes after it, and a clock that runs ahead neither.
import { describe, expect, test } from 'vitest';
import { runSync } from '../support/ring.ts';
import { always, contactOf, fault, heal, IN_2099, later, operate, withPhones } from './reachable.ts';

describe('R9: a contact stamped 2099', () => {
  test.for([
    ['belongs to nobody', { customerId: 'null' }],
    ['belongs to a customer whose id can not be read', { customerId: '"abc"' }],
    ['has an id that can not be read', { id: '"abc"' }],
  ] as const)('that %s hides no change behind it', async ([, fields]) => {
    const { workspace, ids, methodOf } = await withPhones(4);
    const bad = methodOf(ids[0]!);
    await operate(workspace, { operation: 'restamp', contactIds: [bad], modifiedOn: IN_2099 });
    await fault(workspace, { match: { contacts: [bad] }, times: 'always', fault: { fields } });
    await runSync(workspace);
    await workspace.simulator('PATCH', `/contacts/${methodOf(ids[1]!)}`, { value: '(208) 555-0188' });
    for (let runs = 0; runs < 2; runs += 1) await runSync(workspace);
    expect(await contactOf(workspace, ids[1]!)).toMatchObject({ phone: '+12085550188' });
  });

  test.for(['9999-12-31T23:59:59.9999999Z', '0001-01-01T00:00:00Z'])(
    'or %s costs nobody anything',
    async (modifiedOn) => {
      const { workspace, ids, methodOf } = await withPhones(4);
      const bad = methodOf(ids[0]!);
      await operate(workspace, { operation: 'restamp', contactIds: [bad], customerIds: [ids[0]!], modifiedOn });
      await operate(workspace, { operation: 'moveBalance', customerId: ids[0]!, amount: 1 });
      expect((await runSync(workspace)).outcome).toEqual({ status: 'completed' });
      await workspace.simulator('PATCH', `/contacts/${methodOf(ids[1]!)}`, { value: '(208) 555-0188' });
      for (let runs = 0; runs < 3; runs += 1) {
        expect((await later(workspace)).outcome).toEqual({ status: 'completed' });
      }
      expect(await contactOf(workspace, ids[1]!)).toMatchObject({ phone: '+12085550188' });
    },
  );
});

test('R10: a batch passed over while the Worker’s clock runs an hour ahead loses no later change', async () => {
  const hourAgo = new Date(Date.now() - 3 * 3600_000).toISOString();
  const { workspace, ids, methodOf } = await withPhones(5, {}, hourAgo);
  const bad = methodOf(ids[1]!);
  // Not in the second that it is now: ServiceTitan's clock tells no more, and the feed would fail from there on.
  const modifiedOn = new Date(Date.now() - 60_000).toISOString();
  await operate(workspace, { operation: 'restamp', contactIds: [bad], modifiedOn });
  await always(workspace, { operation: 'recentContactsExport', contacts: [bad] }, { status: 500 });
  const ahead = { now: () => Date.now() + 3600_000 };
  expect((await runSync(workspace, ahead)).outcome).toEqual({ status: 'completed' });
  await workspace.simulator('PATCH', `/contacts/${methodOf(ids[2]!)}`, { value: '(208) 555-0122' });
  await heal(workspace);
  for (let runs = 0; runs < 2; runs += 1) await runSync(workspace);
  expect(await contactOf(workspace, ids[2]!)).toMatchObject({ phone: '+12085550122' });
});

test('R9: a contact stamped fifty seconds ahead hides no change of the next fifty seconds', async () => {
  const { workspace, ids, methodOf } = await withPhones(4);
  const ahead = new Date(Date.now() + 50_000).toISOString();
  await operate(workspace, { operation: 'restamp', contactIds: [methodOf(ids[0]!)], modifiedOn: ahead });
  await runSync(workspace);
  await workspace.simulator('PATCH', `/contacts/${methodOf(ids[1]!)}`, { value: '(208) 555-0188' });
  await runSync(workspace);
  await runSync(workspace);
  expect(await contactOf(workspace, ids[1]!)).toMatchObject({ phone: '+12085550188' });
});
