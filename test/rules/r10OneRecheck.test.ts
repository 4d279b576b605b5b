// R10 in the rechecks: one customer that can't be read keeps nobody else waiting, and is told.
import { describe, expect, test } from 'vitest';
import { admin } from '../support/database.ts';
import { runSync } from '../support/ring.ts';
import { always, contactOf, doubtsOf, IN_2099, later, now, operate, PHONE, rename, withPhones } from './reachable.ts';

describe('R10, R16: one customer’s own list', () => {
  test.for([
    ['answers {}', { text: '{}' }],
    ['answers with data that is no list', { answer: { data: 'null' } }],
    ['answers another page', { answer: { page: '7' } }],
    ['answers 403', { status: 403 }],
    ['answers 423', { status: 423 }],
    ['answers in another shape', { body: 'wrongShape' }],
    ['answers that more follows', { answer: { hasMore: 'true' } }],
  ] as const)('that always %s does not keep the others of the recheck list from their turn', async ([, what]) => {
    const { workspace, ids, methodOf } = await withPhones(20);
    const [bad, gone] = [ids[3]!, ids[9]!];
    await always(workspace, { contacts: [methodOf(gone), methodOf(bad)] }, { hidden: true });
    await always(workspace, { operation: ['ownContacts'], customers: [bad] }, what);
    await rename(workspace, gone);
    await rename(workspace, bad);
    for (let runs = 0; runs < 4; runs += 1) await later(workspace);
    expect(await contactOf(workspace, gone)).toMatchObject({ phone: null });
    expect(await contactOf(workspace, bad)).toMatchObject({ phone: PHONE });
  });
});

test('R10: a customer that is answered by id under another id keeps nobody else on the recheck list', async () => {
  const { workspace, ids, methodOf } = await withPhones(14);
  const [bad, gone] = [ids[3]!, ids[9]!];
  await operate(workspace, { operation: 'restamp', customerIds: [bad], modifiedOn: IN_2099 });
  await runSync(workspace);
  await operate(workspace, { operation: 'restamp', customerIds: [bad], modifiedOn: now() });
  await always(workspace, { operation: 'customersByIds', customers: [bad] }, { fields: { id: String(ids[12]) } });
  await always(workspace, { contacts: [methodOf(gone)] }, { hidden: true });
  await rename(workspace, gone);
  for (let runs = 0; runs < 4; runs += 1) await later(workspace);
  expect(await contactOf(workspace, gone)).toMatchObject({ phone: null });
});

test('R10, R16: a customer whose own list fails for weeks, so that its phone can not go, is told', async () => {
  const { workspace, ids, methodOf } = await withPhones(8);
  const id = ids[3]!;
  await always(workspace, { contacts: [methodOf(id)] }, { hidden: true });
  await always(workspace, { operation: ['ownContacts'], customers: [id] }, { status: 500 });
  await rename(workspace, id);
  const told: unknown[] = [];
  for (let day = 0; day < 3; day += 1) {
    const run = await later(workspace, 24 * 60);
    told.push(...(await doubtsOf(workspace, run.instanceId)));
  }
  expect(await contactOf(workspace, id)).toMatchObject({ phone: PHONE });
  expect(told).toContainEqual({ code: 'rechecks_failing', count: 1, id: String(id) });
});

test('R20: what a recheck could not read is counted like any other', async () => {
  const { workspace, ids } = await withPhones(5);
  const id = ids[2]!;
  await admin`
    insert into public.servicetitan_rechecks (workspace_id, source, crm_id, why, due_at)
    values (${workspace.workspaceId}, ${`production/${workspace.tenantId}`}, ${String(id)}, 'unlisted', now() - interval '1 hour')
  `;
  await always(workspace, { operation: ['ownContacts'], customers: [id] }, { fields: { memo: '{"a": 1}' } });
  const run = await runSync(workspace);
  expect(run.steps).toContain('recheck-sync');
  const { data } = await workspace.supabase
    .from('servicetitan_sync_runs')
    .select('unreadable_fields')
    .eq('instance_id', run.instanceId);
  expect(data![0]!.unreadable_fields).toMatchObject({ 'contact.memo': 1 });
});

test('R2, R10: a customer that was stamped 2099 is written though its own list of contacts always fails', async () => {
  const { workspace, ids } = await withPhones(6);
  const id = ids[0]!;
  await operate(workspace, { operation: 'restamp', customerIds: [id], modifiedOn: IN_2099 });
  await runSync(workspace);
  await always(workspace, { operation: ['ownContacts'], customers: [id] }, { status: 500 });
  await rename(workspace, id, 'Mended');
  await operate(workspace, { operation: 'restamp', customerIds: [id], modifiedOn: now() });
  await runSync(workspace);
  for (let runs = 0; runs < 4; runs += 1) await later(workspace);
  expect(await contactOf(workspace, id)).toMatchObject({ name: 'Mended' });
});
