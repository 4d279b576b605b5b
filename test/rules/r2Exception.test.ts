// R2's exception: a stamp can be wrong, and the source's own word, asked for by id and twice, is the truth.
import { expect, test } from 'vitest';
import { admin } from '../support/database.ts';
import { Crash, runSync } from '../support/ring.ts';
import { readWorld } from '../support/truth.ts';
import { createWorkspace, type TestWorkspace } from '../support/workspace.ts';
import { contactOf, IN_2099, later, now, operate, waiting } from './reachable.ts';

/** Two customers with a phone each, synced. */
async function syncedPair(): Promise<{ workspace: TestWorkspace; id: number; contactId: number }> {
  const workspace = await createWorkspace({ customers: 0 });
  const contacts = [{ type: 'MobilePhone', value: '(208) 555-0117' }];
  const add = () => workspace.simulator<{ id: number }>('POST', '/customers', { name: 'Before', contacts });
  const { id } = await add();
  const other = await add();
  const { contacts: all } = await readWorld(workspace);
  const contactIds = all.map((contact) => Number(contact.id));
  await operate(workspace, {
    operation: 'restamp',
    customerIds: [id, other.id],
    contactIds,
    modifiedOn: '2026-01-01T00:00:00.0000000Z',
  });
  await runSync(workspace);
  const contactId = Number(all.find(({ customerId }) => Number(customerId) === id)!.id);
  return { workspace, id, contactId };
}

const freeLease = ({ workspaceId }: TestWorkspace) => admin`
  update public.servicetitan_sync_state
  set alive_until = now() - interval '1 hour', nudged_at = now() - interval '1 hour'
  where workspace_id = ${workspaceId}
`;

test('R2: a customer that was stamped 2099 and is mended is asked for by id 15 minutes later, and written', async () => {
  const { workspace, id } = await syncedPair();
  await operate(workspace, { operation: 'restamp', customerIds: [id], modifiedOn: IN_2099 });
  await runSync(workspace);
  expect(await contactOf(workspace, id)).toMatchObject({ crm_modified_on: IN_2099 });

  await workspace.simulator('PATCH', `/customers/${id}`, { name: 'Mended' });
  await operate(workspace, { operation: 'restamp', customerIds: [id], modifiedOn: now() });
  await runSync(workspace);
  expect(await contactOf(workspace, id)).toMatchObject({ name: 'Before' });
  expect(await waiting(workspace)).toEqual([{ crm_id: String(id), why: 'went_back' }]);
  expect((await later(workspace, 14)).steps).not.toContain('recheck-fetch');
  await later(workspace, 2);
  const mended = (await contactOf(workspace, id))!;
  expect(mended).toMatchObject({ name: 'Mended' });
  expect(mended['crm_modified_on']).not.toBe(IN_2099);

  // Once more a day later, and then never again.
  expect((await later(workspace, 60)).steps).not.toContain('recheck-fetch');
  expect((await later(workspace, 24 * 60)).steps).toContain('recheck-fetch');
  expect(await waiting(workspace)).toEqual([]);
});

test('R2: an older version is asked for by id when a second run meets it, and written', async () => {
  const { workspace, id } = await syncedPair();
  const stamp = String((await contactOf(workspace, id))!['crm_modified_on']);
  const newer = new Date(Date.parse(stamp) + 5000).toISOString().replace('Z', '0000Z');
  await admin`
    update public.contacts set crm_modified_on = ${newer}, name = 'From a restored database'
    where workspace_id = ${workspace.workspaceId} and crm_id = ${String(id)}
  `;
  // Accounting shows a customer anew without moving its modifiedOn.
  await operate(workspace, { operation: 'moveBalance', customerId: id, amount: 1 });
  await runSync(workspace);
  const { workspaceId } = workspace;
  const due = () =>
    admin`select due_at = 'infinity' as never from public.servicetitan_rechecks where workspace_id = ${workspaceId}`;
  expect(await due()).toEqual([{ never: true }]);
  await runSync(workspace);
  expect(await due()).toEqual([{ never: false }]);
  expect(await contactOf(workspace, id)).toMatchObject({ name: 'From a restored database' });
  await later(workspace, 16);
  expect(await contactOf(workspace, id)).toMatchObject({ name: 'Before', crm_modified_on: stamp });
});

test('R2: an older version that ServiceTitan no longer means is not written', async () => {
  const { workspace, id } = await syncedPair();
  await operate(workspace, { operation: 'restamp', customerIds: [id], modifiedOn: IN_2099 });
  await runSync(workspace);
  await operate(workspace, { operation: 'restamp', customerIds: [id], modifiedOn: now() });
  await runSync(workspace);
  await workspace.simulator('PATCH', `/customers/${id}`, { name: 'Another one' });
  await operate(workspace, { operation: 'restamp', customerIds: [id], modifiedOn: '2026-01-01T00:00:00.0000000Z' });
  await later(workspace, 16);
  expect(await contactOf(workspace, id)).toMatchObject({ name: 'Before', crm_modified_on: IN_2099 });
  // That one has to be said twice too.
  await later(workspace, 16);
  expect(await contactOf(workspace, id)).toMatchObject({ name: 'Another one' });
});

test("R2: a contact that was stamped 2099 and is mended comes back by its customer's own list", async () => {
  const { workspace, id, contactId } = await syncedPair();
  await operate(workspace, { operation: 'restamp', contactIds: [contactId], modifiedOn: IN_2099 });
  await runSync(workspace);
  await workspace.simulator('PATCH', `/contacts/${contactId}`, { value: '(208) 555-0199' });
  await operate(workspace, { operation: 'restamp', contactIds: [contactId], modifiedOn: now() });
  await runSync(workspace);
  expect(await contactOf(workspace, id)).toMatchObject({ phone: '+12085550117' });
  await later(workspace, 16);
  expect(await contactOf(workspace, id)).toMatchObject({ phone: '+12085550199' });
});

test('R9: a contact stamped 2099 does not hide the changes that come after it in the feed', async () => {
  const { workspace, id, contactId } = await syncedPair();
  await operate(workspace, { operation: 'restamp', contactIds: [contactId], modifiedOn: IN_2099 });
  await runSync(workspace);
  const { contacts } = await readWorld(workspace);
  const other = contacts.find((contact) => Number(contact.id) !== contactId)!;
  // No trace on its customer: the feed alone tells.
  await workspace.simulator('PUT', '/switches', { contactsMoveModifiedOn: false });
  await workspace.simulator('PATCH', `/contacts/${other.id}`, { value: '(208) 555-0188' });
  await runSync(workspace, { settings: { CURSOR_OVERLAP_SECONDS: '0' } });
  expect(await contactOf(workspace, Number(other.customerId))).toMatchObject({ phone: '+12085550188' });
  expect(id).not.toBe(Number(other.customerId));
  // The way back to a token, when the stamp is mended.
  await operate(workspace, { operation: 'restamp', contactIds: [contactId], modifiedOn: now() });
  await runSync(workspace);
  expect(String((await workspace.state())['contacts_continue_from'])).not.toMatch(/^20\d\d-/);
});

test('R9: a contact stamped 2099 hides nothing where the feed goes on in a successor, or the run ends there', async () => {
  const { workspace, contactId } = await syncedPair();
  const { contacts } = await readWorld(workspace);
  const other = contacts.find(({ id }) => Number(id) !== contactId)!;
  await workspace.simulator('PUT', '/switches', { contactsMoveModifiedOn: false });
  const cases = [
    { phone: '(208) 555-0188', INCREMENTAL_MAX_PAGES: '2' },
    { phone: '(208) 555-0199', diesBefore: 'update-completed' },
  ];
  for (const { phone, diesBefore, ...settings } of cases) {
    // More follows behind the batch that shows the stamp, so it is not the last of the feed.
    await operate(workspace, { operation: 'restamp', contactIds: [contactId], modifiedOn: IN_2099 });
    await workspace.simulator('POST', '/faults', {
      match: { operation: 'recentContactsExport', contacts: [contactId] },
      fault: { answer: { hasMore: 'true' } },
    });
    const run = await runSync(workspace, {
      settings: { CURSOR_OVERLAP_SECONDS: '0', ...settings },
      beforeStep: (name) => {
        if (name === diesBefore) throw new Crash();
      },
    });
    if (diesBefore) await freeLease(workspace);
    else expect(run.steps).toContain('hand-over');
    // No trace on its customer: the feed alone tells.
    await workspace.simulator('PATCH', `/contacts/${other.id}`, { value: phone });
    for (const _ of ['reads to the end of the feed', 'reads by date']) {
      await runSync(workspace, { settings: { CURSOR_OVERLAP_SECONDS: '0' } });
    }
    expect(await contactOf(workspace, Number(other.customerId))).toMatchObject({
      phone: `+1${phone.replaceAll(/\D/g, '')}`,
    });
  }
});
