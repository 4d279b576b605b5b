// R2's exception in company: versions that go back of what was switched off, what goes on changing, what can't be read whole.
import { describe, expect, test } from 'vitest';
import { admin } from '../support/database.ts';
import { runSync } from '../support/ring.ts';
import { contactOf, IN_2099, later, LONG_AGO, now, operate, PHONE, rename, waiting, withPhones } from './reachable.ts';

describe('R2: a phone comes back to its contact', () => {
  test('that was switched off with a stamp of 2099, and is mended', async () => {
    const { workspace, ids, methodOf } = await withPhones(4);
    const [id, contact] = [ids[2]!, methodOf(ids[2]!)];
    await workspace.simulator('PATCH', `/contacts/${contact}`, { active: false });
    await operate(workspace, { operation: 'restamp', contactIds: [contact], modifiedOn: IN_2099 });
    await runSync(workspace);
    expect(await contactOf(workspace, id)).toMatchObject({ phone: null });
    await workspace.simulator('PATCH', `/contacts/${contact}`, { active: true });
    await operate(workspace, { operation: 'restamp', contactIds: [contact], modifiedOn: now() });
    for (let runs = 0; runs < 5; runs += 1) await later(workspace);
    expect(await contactOf(workspace, id)).toMatchObject({ phone: PHONE });
  });

  test('that was switched off, and whose tenant is restored to the day before', async () => {
    const { workspace, ids, methodOf } = await withPhones(4);
    const [id, contact] = [ids[2]!, methodOf(ids[2]!)];
    await workspace.simulator('PATCH', `/contacts/${contact}`, { active: false });
    await runSync(workspace);
    expect(await contactOf(workspace, id)).toMatchObject({ phone: null });
    await workspace.simulator('PATCH', `/contacts/${contact}`, { active: true });
    await operate(workspace, { operation: 'restamp', contactIds: [contact], modifiedOn: LONG_AGO });
    // Its customer is touched, so that lists show the contact; twice, for the guard's second run.
    for (let runs = 0; runs < 6; runs += 1) {
      await rename(workspace, id, `Restored ${runs}`);
      await later(workspace);
    }
    expect(await contactOf(workspace, id)).toMatchObject({ phone: PHONE });
  });
});

test('R2: a contact that a recheck writes with its older stamp is switched on as the list shows it', async () => {
  const { workspace, ids, methodOf } = await withPhones(4);
  const contact = methodOf(ids[2]!);
  await workspace.simulator('PATCH', `/contacts/${contact}`, { active: false });
  await operate(workspace, { operation: 'restamp', contactIds: [contact], modifiedOn: IN_2099 });
  await runSync(workspace);
  await workspace.simulator('PATCH', `/contacts/${contact}`, { active: true });
  const mended = now();
  await operate(workspace, { operation: 'restamp', contactIds: [contact], modifiedOn: mended });
  for (let runs = 0; runs < 3; runs += 1) await later(workspace);
  const rows = await admin`
    select modified_on, active from public.servicetitan_contact_methods where workspace_id = ${workspace.workspaceId} and id = ${contact}
  `;
  expect(rows[0]!['modified_on']).toBe(mended);
  expect(rows[0]!['active']).not.toBe(false);
});

describe('R2: what went back', () => {
  test('does not stay on the recheck list when the stored version is shown again', async () => {
    const { workspace, ids, methodOf } = await withPhones(4);
    const [id, contact] = [ids[2]!, methodOf(ids[2]!)];
    await operate(workspace, { operation: 'restamp', contactIds: [contact], modifiedOn: IN_2099 });
    await runSync(workspace);
    await operate(workspace, { operation: 'restamp', contactIds: [contact], modifiedOn: LONG_AGO });
    await rename(workspace, id);
    await runSync(workspace);
    expect(await waiting(workspace)).toEqual([{ crm_id: String(id), why: 'went_back' }]);
    await operate(workspace, { operation: 'restamp', contactIds: [contact], modifiedOn: IN_2099 });
    for (let runs = 0; runs < 4; runs += 1) await later(workspace, 25 * 60);
    expect(await waiting(workspace)).toEqual([]);
  });
});

test('R2: the recheck list lets go of a customer whose older version was an error that ServiceTitan has taken back', async () => {
  const { workspace, ids } = await withPhones(3);
  const id = ids[0]!;
  await rename(workspace, id, 'Second');
  await operate(workspace, { operation: 'restamp', customerIds: [id], modifiedOn: '2026-03-01T00:00:00.0000000Z' });
  await operate(workspace, { operation: 'moveBalance', customerId: id, amount: 1 });
  await runSync(workspace);
  const stamp = (await contactOf(workspace, id))!['crm_modified_on'];
  expect(stamp).toBe('2026-03-01T00:00:00.0000000Z');
  // A stale replica, in two runs.
  await operate(workspace, { operation: 'restamp', customerIds: [id], modifiedOn: LONG_AGO });
  await operate(workspace, { operation: 'moveBalance', customerId: id, amount: 1 });
  await runSync(workspace);
  await runSync(workspace);
  expect(await waiting(workspace)).toEqual([{ crm_id: String(id), why: 'went_back' }]);
  await operate(workspace, { operation: 'restamp', customerIds: [id], modifiedOn: now() });
  for (let runs = 0; runs < 6; runs += 1) await later(workspace, 24 * 60);
  expect(await waiting(workspace)).toEqual([]);
});

test('R2: a customer that was stamped 2099, is mended, and changes in every quarter of an hour is current within an hour', async () => {
  const { workspace, ids } = await withPhones(4);
  const id = ids[0]!;
  await operate(workspace, { operation: 'restamp', customerIds: [id], modifiedOn: IN_2099 });
  await runSync(workspace);
  for (let quarter = 0; quarter < 8; quarter += 1) {
    await rename(workspace, id, `Mended ${quarter}`);
    await operate(workspace, { operation: 'restamp', customerIds: [id], modifiedOn: now() });
    await later(workspace);
  }
  expect((await contactOf(workspace, id))!['name']).toMatch(/^Mended [3-7]$/);
});
