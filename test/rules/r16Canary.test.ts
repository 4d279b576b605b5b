// R16: the canary, a customer that should have contact methods, tells a list that is wrong from one that is empty.
import { describe, expect, test } from 'vitest';
import { runSync } from '../support/ring.ts';
import { always, contactOf, doubtsOf, later, operate, PHONE, rename, waiting, withPhones } from './reachable.ts';

const OWN = ['ownContacts'];

describe('R16: the canary', () => {
  test('that has really lost its phone unseen does not keep everybody else’s for ever', async () => {
    const { workspace, ids, methodOf } = await withPhones(20);
    const [first, gone] = [ids[0]!, ids[9]!];
    await always(workspace, { contacts: [methodOf(first), methodOf(gone)] }, { hidden: true });
    await rename(workspace, gone);
    for (let runs = 0; runs < 6; runs += 1) await later(workspace);
    expect(await contactOf(workspace, gone)).toMatchObject({ phone: null });
  });

  test('that ServiceTitan has deleted does not keep everybody else’s phone for ever', async () => {
    const { workspace, ids, methodOf } = await withPhones(20);
    const [first, gone] = [ids[0]!, ids[9]!];
    await always(workspace, { customers: [first] }, { hidden: true });
    await always(workspace, { contacts: [methodOf(gone)] }, { hidden: true });
    await rename(workspace, gone);
    for (let runs = 0; runs < 6; runs += 1) await later(workspace);
    expect(await contactOf(workspace, gone)).toMatchObject({ phone: null });
  });

  test('is not the same customer in every run', async () => {
    const { workspace, ids, methodOf } = await withPhones(20);
    await always(workspace, { contacts: [methodOf(ids[9]!)] }, { hidden: true });
    await always(workspace, { operation: OWN, customers: [ids[9]!] }, { status: 500 });
    await rename(workspace, ids[9]!);
    await runSync(workspace);
    await workspace.simulator('DELETE', '/requests');
    for (let runs = 0; runs < 10; runs += 1) await later(workspace, 70);
    const asked = (await workspace.calls()).flatMap(({ path }) => /customers\/(\d+)\/contacts$/.exec(path)?.[1] ?? []);
    const canaries = new Set(asked.filter((id) => id !== String(ids[9])));
    expect(canaries.size).toBeGreaterThan(2);
  });

  test('whose own list always fails does not keep the rechecks from their turn', async () => {
    const { workspace, ids, methodOf } = await withPhones(20);
    const [first, gone] = [ids[0]!, ids[9]!];
    await always(workspace, { contacts: [methodOf(gone)] }, { hidden: true });
    await always(workspace, { operation: OWN, customers: [first] }, { status: 500 });
    await rename(workspace, gone);
    for (let runs = 0; runs < 6; runs += 1) await later(workspace);
    expect(await contactOf(workspace, gone)).toMatchObject({ phone: null });
  });
});

test('R16: a merged customer that has lost its contacts by that is no canary, and stops no removal', async () => {
  const { workspace, ids, methodOf } = await withPhones(12);
  const [loser, winner, gone] = [ids[0]!, ids[5]!, ids[9]!];
  await always(workspace, { contacts: [methodOf(gone)] }, { hidden: true });
  await workspace.simulator('POST', '/merge', { loser, winner });
  await operate(workspace, { operation: 'restamp', customerIds: [loser], modifiedOn: '2026-01-02T00:00:00Z' });
  await always(workspace, { contacts: [methodOf(loser)] }, { hidden: true });
  await rename(workspace, gone);
  for (let runs = 0; runs < 6; runs += 1) await later(workspace);
  expect(await contactOf(workspace, gone)).toMatchObject({ phone: null });
});

test('R16: a canary whose list comes empty, or fails, is asked about itself, and what it has lost goes too', async () => {
  const { workspace, ids, methodOf } = await withPhones(3);
  const [gone, canary, failing] = [ids[0]!, ids[1]!, ids[2]!];
  await always(workspace, { contacts: [methodOf(gone), methodOf(canary)] }, { hidden: true });
  await always(workspace, { operation: OWN, customers: [failing] }, { status: 500 });
  await rename(workspace, gone);
  await runSync(workspace);
  const run = await later(workspace);
  expect(run.steps).toContain('recheck-settle');
  expect(await contactOf(workspace, gone)).toMatchObject({ phone: PHONE });
  expect((await waiting(workspace)).map(({ crm_id }) => crm_id)).toContain(String(canary));
  await workspace.simulator('POST', '/customers', {
    name: 'Another',
    contacts: [{ type: 'MobilePhone', value: '(208) 555-0117' }],
  });
  for (let runs = 0; runs < 5; runs += 1) await later(workspace, 61);
  expect(await contactOf(workspace, gone)).toMatchObject({ phone: null });
  expect(await contactOf(workspace, canary)).toMatchObject({ phone: null });
  expect((await waiting(workspace)).map(({ crm_id }) => crm_id)).toEqual([String(failing)]);
});

test('R16: that removals wait for hours because no list has anything in it is told', async () => {
  const { workspace, ids } = await withPhones(6);
  await always(workspace, { operation: ['contactsByCustomers', ...OWN] }, { empty: true });
  await rename(workspace, ids[0]!);
  await runSync(workspace);
  const first = await later(workspace);
  expect(await doubtsOf(workspace, first.instanceId)).toEqual([]);
  const told = await later(workspace, 150);
  expect(await doubtsOf(workspace, told.instanceId)).toEqual([
    { code: 'removals_unproven', count: expect.any(Number) },
  ]);
  expect(await contactOf(workspace, ids[0]!)).toMatchObject({ phone: PHONE });
});
