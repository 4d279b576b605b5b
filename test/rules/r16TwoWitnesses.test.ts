// R16: what takes away needs two witnesses of two kinds, at least 15 minutes apart.
import { describe, expect, test } from 'vitest';
import { admin } from '../support/database.ts';
import { runSync } from '../support/ring.ts';
import { readWorld } from '../support/truth.ts';
import { createWorkspace, type TestWorkspace } from '../support/workspace.ts';
import { doubtsOf, fault, heal, later, LONG_AGO, PHONE, waiting, withPhones } from './reachable.ts';

const BY_IDS = ['contactsByCustomers'];
const BOTH = ['contactsByCustomers', 'ownContacts'];

const rename = (workspace: TestWorkspace, id: number) =>
  workspace.simulator('PATCH', `/customers/${id}`, { name: `Renamed ${Math.random()}` });
const phones = async (workspace: TestWorkspace) => [...(await workspace.contacts()).values()].map(({ phone }) => phone);
/** Takes the customer's contacts from every answer, without a trace in the feed. */
async function hidePhones(workspace: TestWorkspace, ids: number[]): Promise<void> {
  const { contacts } = await readWorld(workspace);
  const theirs = contacts.filter(({ customerId }) => ids.includes(Number(customerId))).map(({ id }) => Number(id));
  await fault(workspace, { match: { contacts: theirs }, times: 'always', fault: { hidden: true } });
}

describe('R16: a list that is wrong once takes nothing away', () => {
  test.for([
    ['answers empty', { match: { operation: BY_IDS }, fault: { empty: true } }],
    ['honours the first 25 ids alone', { match: { operation: BY_IDS }, times: 'always', fault: { idsHonoured: 25 } }],
    ['honours the first 50 ids alone', { match: { operation: BY_IDS }, times: 'always', fault: { idsHonoured: 50 } }],
  ] as const)('%s', async ([, rule], { expect }) => {
    const { workspace, ids } = await withPhones(60);
    for (const id of ids) await rename(workspace, id);
    await fault(workspace, rule);
    const run = await runSync(workspace, { settings: { INCREMENTAL_PAGE_SIZE: '200' } });
    expect(run.outcome).toMatchObject({ status: 'completed' });
    expect(await phones(workspace)).toEqual(ids.map(() => PHONE));
    await heal(workspace);
    for (let runs = 0; runs < 3; runs += 1) await later(workspace);
    expect(await phones(workspace)).toEqual(ids.map(() => PHONE));
    expect(await waiting(workspace)).toEqual([]);
  });
});

test('R16: no more than fifty customers are asked for in one call', async () => {
  const { workspace, ids } = await withPhones(60);
  for (const id of ids) await rename(workspace, id);
  await workspace.simulator('DELETE', '/requests');
  await runSync(workspace, { settings: { INCREMENTAL_PAGE_SIZE: '200' } });
  const asked = (await workspace.calls()).flatMap(({ query }) => query['customerIds']?.split(',').length ?? []);
  expect(asked.toSorted()).toEqual([10, 50]);
});

test('R16: a phone that is gone without a trace is taken after the second witness, and not before', async () => {
  const { workspace, ids } = await withPhones(3);
  await hidePhones(workspace, [ids[0]!]);
  await rename(workspace, ids[0]!);
  const first = await runSync(workspace);
  expect(first.steps).not.toContain('recheck-fetch');
  expect(await waiting(workspace)).toEqual([{ crm_id: String(ids[0]), why: 'missing' }]);
  const early = await later(workspace, 14);
  expect(early.steps).not.toContain('recheck-fetch');
  expect(await phones(workspace)).toEqual([PHONE, PHONE, PHONE]);
  await workspace.simulator('DELETE', '/requests');
  const second = await later(workspace, 2);
  expect(second.steps).toContain('recheck-settle');
  // The other way: the customer's own list, and that of somebody who should have contacts.
  const own = (await workspace.calls()).filter(({ path }) => /customers\/\d+\/contacts$/.test(path));
  expect(own).toHaveLength(2);
  expect((await phones(workspace)).toSorted()).toEqual([PHONE, PHONE, null].toSorted());
  expect(await waiting(workspace)).toEqual([]);
  // Nothing more is asked for.
  expect((await later(workspace)).steps).not.toContain('recheck-fetch');
});

test('R16, R20: a phone that the second witness shows unreadably is not taken away', async () => {
  const { workspace, ids } = await withPhones(3);
  const [id] = ids;
  await fault(workspace, { match: { operation: BY_IDS, customers: [id!] }, fault: { empty: true } });
  await rename(workspace, id!);
  await runSync(workspace);
  expect(await waiting(workspace)).toEqual([{ crm_id: String(id), why: 'missing' }]);
  // No window shows the customer again: its own list alone is asked.
  await workspace.simulator('POST', '/restamp', { customerIds: [id], modifiedOn: LONG_AGO });
  const { contacts } = await readWorld(workspace);
  const contactId = Number(contacts.find(({ customerId }) => Number(customerId) === id)!.id);
  const fields = { modifiedOn: '"soon"' };
  await fault(workspace, { match: { contacts: [contactId] }, times: 'always', fault: { fields } });
  for (let runs = 0; runs < 3; runs += 1) await later(workspace);
  expect(await phones(workspace)).toEqual([PHONE, PHONE, PHONE]);
});

test('R16: a phone that is switched off in so many words goes at once', async () => {
  const { workspace, ids } = await withPhones(2);
  const { contacts } = await readWorld(workspace);
  const { id } = contacts.find(({ customerId }) => Number(customerId) === ids[0])!;
  await workspace.simulator('PATCH', `/contacts/${id}`, { active: false });
  await runSync(workspace);
  expect((await workspace.contacts()).get(String(ids[0]))).toMatchObject({ phone: null });
});

test('R16: an hour in which both ways answer empty takes nothing from anybody', async () => {
  const { workspace, ids } = await withPhones(20);
  await fault(workspace, { match: { operation: BOTH }, times: 'always', fault: { empty: true } });
  for (const id of ids) await rename(workspace, id);
  await runSync(workspace);
  for (let quarter = 0; quarter < 4; quarter += 1) await later(workspace);
  expect(await phones(workspace)).toEqual(ids.map(() => PHONE));
  await heal(workspace);
  // Nobody was left to prove the answers by, so they are asked again an hour later.
  await later(workspace, 61);
  expect(await phones(workspace)).toEqual(ids.map(() => PHONE));
  expect(await waiting(workspace)).toEqual([]);
});

test("R16: a customer's own list that comes empty while somebody else's does too is not believed", async () => {
  const { workspace, ids } = await withPhones(4);
  await fault(workspace, { match: { operation: BY_IDS }, fault: { empty: true } });
  await rename(workspace, ids[0]!);
  await runSync(workspace);
  await fault(workspace, { match: { operation: ['ownContacts'] }, times: 'always', fault: { empty: true } });
  await later(workspace);
  await later(workspace);
  expect(await phones(workspace)).toEqual(ids.map(() => PHONE));
});

test('R16: a phone held as gone that the feed shows at the same stamp is asked for, and comes back', async () => {
  const { workspace, ids } = await withPhones(3);
  await admin`
    update public.servicetitan_contact_methods set listed = false
    where workspace_id = ${workspace.workspaceId} and crm_id = ${String(ids[0])}
  `;
  await admin`update public.contacts set phone = null where workspace_id = ${workspace.workspaceId} and crm_id = ${String(ids[0])}`;
  // The feed shows everybody once more.
  await admin`
    update public.servicetitan_sync_state set contacts_continue_from = null, last_modified_cursor = now() where workspace_id = ${workspace.workspaceId}
  `;
  await runSync(workspace, { settings: { CURSOR_OVERLAP_SECONDS: '0' } });
  expect(await waiting(workspace)).toEqual([{ crm_id: String(ids[0]), why: 'unlisted' }]);
  await runSync(workspace);
  expect(await phones(workspace)).toEqual([PHONE, PHONE, PHONE]);
  expect(await waiting(workspace)).toEqual([]);
});

describe('R16: many at once', () => {
  test('an office that merges a dozen duplicates in an hour is no fault', async () => {
    const { workspace, ids } = await withPhones(14);
    const merged = ids.slice(1, 13);
    await hidePhones(workspace, merged);
    for (const id of merged) await workspace.simulator('POST', '/merge', { loser: id, winner: ids[0] });
    await runSync(workspace);
    await later(workspace);
    await later(workspace);
    const contacts = await workspace.contacts();
    expect(merged.map((id) => contacts.get(String(id))!['phone'])).toEqual(merged.map(() => null));
    expect(contacts.get(String(ids[0]))).toMatchObject({ phone: PHONE });
  });

  test('most of those asked would lose their last phone: held back for a day, then taken without a person', async () => {
    const { workspace, ids } = await withPhones(70);
    const cleared = ids.slice(0, 60);
    await hidePhones(workspace, cleared);
    for (const id of cleared) await rename(workspace, id);
    await runSync(workspace);
    const [held] = [await later(workspace), await later(workspace), await later(workspace)];
    expect(await doubtsOf(workspace, held!.instanceId)).toEqual([{ code: 'removals_held', count: 50 }]);
    expect(await phones(workspace)).toEqual(ids.map(() => PHONE));
    await later(workspace, 24 * 60);
    for (let runs = 0; runs < 2; runs += 1) await later(workspace);
    const contacts = await workspace.contacts();
    expect(cleared.filter((id) => contacts.get(String(id))!['phone'] !== null)).toEqual([]);
    expect(ids.slice(60).map((id) => contacts.get(String(id))!['phone'])).toEqual(ids.slice(60).map(() => PHONE));
    expect(await waiting(workspace)).toEqual([]);
  });
});

describe('R16: rows of ours that were harmed take nothing from a contact', () => {
  test('a contact whose methods are gone from our table keeps its phone, and gets them back', async () => {
    const { workspace, ids } = await withPhones(3);
    await admin`delete from public.servicetitan_contact_methods where workspace_id = ${workspace.workspaceId}`;
    await fault(workspace, { match: { operation: BY_IDS }, fault: { empty: true } });
    for (const id of ids) await rename(workspace, id);
    await runSync(workspace);
    expect(await phones(workspace)).toEqual([PHONE, PHONE, PHONE]);
    await later(workspace);
    expect(await phones(workspace)).toEqual([PHONE, PHONE, PHONE]);
    expect(await waiting(workspace)).toEqual([]);
  });

  test('a contact that came to show another of its phones, because the first is gone from our table, gets that back', async () => {
    const workspace = await createWorkspace({ customers: 0, switches: { contactsMoveModifiedOn: false } });
    const contacts = ['(208) 555-0117', '(208) 555-0119'].map((value) => ({ type: 'Phone', value }));
    const { id } = await workspace.simulator<{ id: number }>('POST', '/customers', { name: 'Two phones', contacts });
    const [first, second] = (await readWorld(workspace)).contacts.map((contact) => Number(contact.id));
    const stamped = { customerIds: [id], contactIds: [first, second], modifiedOn: LONG_AGO };
    await workspace.simulator('POST', '/restamp', stamped);
    await runSync(workspace);
    const { workspaceId } = workspace;
    await admin`delete from public.servicetitan_contact_methods where workspace_id = ${workspaceId} and id = ${first!}`;
    await workspace.simulator('PATCH', `/contacts/${second}`, { memo: 'Evenings' });
    await runSync(workspace);
    expect(await waiting(workspace)).toEqual([{ crm_id: String(id), why: 'unbacked' }]);
    await runSync(workspace);
    expect([await phones(workspace), await waiting(workspace)]).toEqual([[PHONE], []]);
  });

  test('one that ServiceTitan does not show either is taken after two witnesses', async () => {
    const { workspace, ids } = await withPhones(3);
    const mine = { workspace_id: workspace.workspaceId, crm_id: String(ids[0]) };
    await hidePhones(workspace, [ids[0]!]);
    await admin`delete from public.servicetitan_contact_methods where workspace_id = ${mine.workspace_id} and crm_id = ${mine.crm_id}`;
    await rename(workspace, ids[0]!);
    await runSync(workspace);
    await runSync(workspace);
    expect((await workspace.contacts()).get(mine.crm_id)).toMatchObject({ phone: PHONE });
    await later(workspace);
    expect((await workspace.contacts()).get(mine.crm_id)).toMatchObject({ phone: null });
    expect(await waiting(workspace)).toEqual([]);
  });
});

test('R16: a workspace moved to another tenant shows what that tenant says, nothing of the former one', async () => {
  const { workspace } = await withPhones(1);
  const other = await createWorkspace({ customers: 0, connectAs: workspace.workspaceId });
  // Ids begin alike in every simulated tenant, so this is a customer of the same id.
  const { id } = await other.simulator<{ id: number }>('POST', '/customers', { name: 'No phone', contacts: [] });
  expect((await other.contacts()).get(String(id))).toMatchObject({ phone: PHONE });
  await runSync(other);
  await runSync(other);
  expect((await other.contacts()).get(String(id))).toMatchObject({ name: 'No phone', phone: null });
});
