// R9: phones and e-mails are their own feed, followed from run to run by its own token.
import { describe, expect, test } from 'vitest';
import { customerRow, methodRow } from '../function/rows.ts';
import { admin } from '../support/database.ts';
import { letPass } from '../support/letPass.ts';
import { runSync } from '../support/ring.ts';
import { readWorld } from '../support/truth.ts';
import { createWorkspace, type TestWorkspace } from '../support/workspace.ts';
import { beginRun } from './liveRun.ts';

const phone = async (workspace: TestWorkspace) => (await workspace.contacts()).get('1')?.phone;
const PHONE = '+12085550117';

describe('R9: at one and the same modifiedOn', () => {
  test('the feed switches a contact off that the list still showed, and on again', async () => {
    const workspace = await createWorkspace({ customers: 0 });
    const { write } = await beginRun(workspace);
    await write({ customers: [customerRow('1', { contact_methods: [methodRow('11', '1')] })] });
    expect(await phone(workspace)).toBe(PHONE);
    await write({ contact_methods: [methodRow('11', '1', { active: false })] });
    expect(await phone(workspace)).toBeNull();
    await write({ contact_methods: [methodRow('11', '1', { active: true })] });
    expect(await phone(workspace)).toBe(PHONE);
  });

  test('the list, which can not say, does not switch one on that the feed has switched off', async () => {
    const workspace = await createWorkspace({ customers: 0 });
    const { write } = await beginRun(workspace);
    await write({
      customers: [customerRow('1', { contact_methods: null })],
      contact_methods: [methodRow('11', '1', { active: false })],
    });
    await write({ customers: [customerRow('1', { contact_methods: [methodRow('11', '1')] })] });
    expect(await phone(workspace)).toBeNull();
  });
});

test('R9: a customer keeps its phone, not re-read, or re-read once without it', async () => {
  const workspace = await createWorkspace({ customers: 0 });
  const { write } = await beginRun(workspace);
  await write({ customers: [customerRow('1', { contact_methods: [methodRow('11', '1')] })] });
  await write({ customers: [customerRow('1', { name: 'Renamed', contact_methods: null })] });
  expect(await phone(workspace)).toBe(PHONE);
  await write({ customers: [customerRow('1', { name: 'Renamed', contact_methods: [] })] });
  expect(await phone(workspace)).toBe(PHONE);
});

test('R9: each run asks the feed for what follows the token of the run before, the first for what follows the initial sync', async () => {
  const workspace = await createWorkspace({ customers: 10, switches: { exportBatchSize: 4, tailToken: 'new' } });
  await runSync(workspace);
  for (let round = 1; round <= 3; round += 1) {
    const { contacts_continue_from: token } = await workspace.state();
    expect(token).toEqual(expect.any(String));
    await workspace.simulator('DELETE', '/requests');
    const { contacts } = await readWorld(workspace);
    const { id } = contacts.filter(({ active, type }) => active && type === 'Email')[round % 2]!;
    await workspace.simulator('PATCH', `/contacts/${id}`, { value: `round-${round}@example.com` });
    await runSync(workspace);
    const asked = (await workspace.calls()).filter(({ path }) => path.endsWith('/export/customers/contacts'));
    expect(asked[0]!.query).toMatchObject({ from: token, includeRecentChanges: 'true' });
    expect((await workspace.state()).contacts_continue_from).not.toBe(token);
  }
});

test('R9: where the feed goes on is stored though nothing was new', async () => {
  const workspace = await createWorkspace({ customers: 4, switches: { tailToken: 'new' } });
  await runSync(workspace);
  const { contacts_continue_from: token } = await workspace.state();
  const run = await runSync(workspace);
  expect(run.steps).not.toContain('contacts-sync');
  const { contacts_continue_from: next } = await workspace.state();
  expect(next).toEqual(expect.any(String));
  expect(next).not.toBe(token);
});

test('R9: a phone that the feed has shown stays, though the list is late and a re-read does not show it', async () => {
  const workspace = await createWorkspace({ customers: 0, switches: { contactsMoveModifiedOn: false } });
  const { id } = await workspace.simulator<{ id: number }>('POST', '/customers', { name: 'Late', contacts: [] });
  await runSync(workspace);
  const shown = async () => (await workspace.contacts()).get(String(id))?.phone;

  await workspace.simulator('PUT', '/switches', { visibilityLagSeconds: 60 });
  await workspace.simulator('POST', `/customers/${id}/contacts`, { type: 'MobilePhone', value: '(208) 555-0117' });
  await runSync(workspace);
  expect(await shown()).toBe(PHONE);
  // The customer is within the overlap still, so its contacts are read once more.
  expect((await runSync(workspace)).steps).toContain('incremental-sync');
  expect(await shown()).toBe(PHONE);
});

test.for([
  ['an hour before the first sync began, while nothing was read twice', 0],
  ['where everything before was read twice', 2],
] as const)('R9: behind a stamp in the future the feed goes on by date: %s', async ([, readings], { expect }) => {
  const workspace = await createWorkspace({ customers: 10 });
  await runSync(workspace);
  for (let reading = 0; reading < readings; reading += 1) {
    await letPass(workspace, 60, admin);
    await runSync(workspace);
  }
  const { contacts } = await readWorld(workspace);
  const contactIds = [Number(contacts[0]!.id)];
  await workspace.simulator('POST', '/restamp', { contactIds, modifiedOn: '2099-01-01T00:00:00Z' });
  await runSync(workspace);
  const { contacts_continue_from: from, settled_until, initial_started_at } = await workspace.state();
  const date = readings === 2 ? Date.parse(String(settled_until)) : Date.parse(String(initial_started_at)) - 3_600_000;
  expect(from).toMatch(/^\d{4}-\d\d-\d\dT/);
  expect(Date.parse(String(from))).toBe(date);
});

test('R17: the settled reader keeps no token behind a stamp in the future either', async () => {
  const workspace = await createWorkspace({ customers: 10 });
  await runSync(workspace);
  await letPass(workspace, 56, admin);
  await workspace.simulator('POST', '/faults', {
    match: { operation: 'settledContactsExport' },
    fault: { fields: { modifiedOn: '"2099-01-01T00:00:00Z"' } },
  });
  const { contacts } = await readWorld(workspace);
  // The reading by date has to show something.
  const modifiedOn = new Date(Date.now() - 20 * 60_000).toISOString();
  await workspace.simulator('POST', '/restamp', { contactIds: [Number(contacts[0]!.id)], modifiedOn });
  await runSync(workspace);
  const { settled } = (await workspace.state()) as { settled: { contacts: { from: string } } };
  expect(settled.contacts.from).toMatch(/^\d{4}-\d\d-\d\dT/);
});
