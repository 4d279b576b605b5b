// The incremental sync, as the production code runs it against real parts.
import { beforeEach, describe, expect, test } from 'vitest';
import { runSync } from '../support/ring.ts';
import { differences, readWorld } from '../support/truth.ts';
import { createWorkspace, type TestWorkspace } from '../support/workspace.ts';

let workspace: TestWorkspace;
let ids: number[];

beforeEach(async () => {
  workspace = await createWorkspace({ customers: 25 });
  await runSync(workspace);
  ids = (await readWorld(workspace)).customers.map(({ id }) => id);
});

const change = (id: number, fields: object) => workspace.simulator('PATCH', `/customers/${id}`, fields);

test('R1: customers that change, appear and are merged arrive, field by field', async () => {
  await change(ids[0]!, { name: 'Renamed' });
  await change(ids[1]!, { address: { country: 'AUS', state: 'NSW' } });
  await workspace.simulator('POST', '/customers', {
    name: 'New one',
    contacts: [{ type: 'MobilePhone', value: '3035550142' }],
  });
  await workspace.simulator('POST', '/merge', { loser: ids[2], winner: ids[3] });
  expect((await runSync(workspace)).outcome).toEqual({ status: 'completed' });
  expect(await differences(workspace)).toEqual([]);
});

test('R13: deactivated, merged and merged back are followed, and no contact is deleted', async () => {
  await workspace.simulator('POST', '/merge', { loser: ids[0], winner: ids[1] });
  await runSync(workspace);
  const merged = (await workspace.contacts()).get(String(ids[0]));
  expect(merged).toMatchObject({ active: false, merged_to_crm_id: String(ids[1]) });

  await workspace.simulator('POST', '/unmerge', { customerId: ids[0] });
  await runSync(workspace);
  expect((await workspace.contacts()).get(String(ids[0]))).toMatchObject({ active: true, merged_to_crm_id: null });
  expect(await differences(workspace)).toEqual([]);
});

test('R2: a balance that moves without modifiedOn arrives', async () => {
  await workspace.simulator('POST', '/balance', { customerId: ids[4], amount: 12.5 });
  await runSync(workspace);
  expect(await differences(workspace)).toEqual([]);
});

describe('R4: the cursor', () => {
  test('becomes the sync start time by our clock, where that is the earlier', async () => {
    const ours = Date.now() - 60_000;
    await runSync(workspace, { now: () => ours });
    expect(Date.parse(String((await workspace.state()).last_modified_cursor))).toBe(ours);
  });

  test('becomes the one by the clock of ServiceTitan, where that is the earlier', async () => {
    await workspace.simulator('POST', '/clock', { skewSeconds: -120 });
    const before = Date.now();
    await runSync(workspace);
    const cursor = Date.parse(String((await workspace.state()).last_modified_cursor));
    expect(cursor).toBeLessThan(before);
    // Its Date has whole seconds.
    expect(cursor).toBeGreaterThanOrEqual(before - 121_000);
  });

  test('is sent less the overlap', async () => {
    const cursor = Date.parse(String((await workspace.state()).last_modified_cursor));
    await workspace.simulator('DELETE', '/requests');
    await runSync(workspace, { settings: { CURSOR_OVERLAP_SECONDS: '600' } });
    const [list] = (await workspace.calls()).filter(({ path }) => path.endsWith('/customers'));
    expect(Date.parse(list!.query.modifiedOnOrAfter!)).toBe(cursor - 600_000);
  });

  test('stays where it was when a page can not be written', async () => {
    const before = await workspace.state();
    await change(ids[0]!, { name: 'Renamed' });
    const refuse = () => () => Promise.reject(new Error('down'));
    const run = await runSync(workspace, { aroundWrite: refuse });
    expect(run.outcome).toBeInstanceOf(Error);
    expect(await workspace.state()).toMatchObject({
      sync_status: 'failed',
      last_modified_cursor: before.last_modified_cursor,
    });
    await runSync(workspace);
    expect(await differences(workspace)).toEqual([]);
  });
});

test('R5: the list is asked for by id, with the inactive ones, page by page as hasMore says', async () => {
  for (const id of ids.slice(0, 7)) await change(id, { active: false });
  await workspace.simulator('DELETE', '/requests');
  const run = await runSync(workspace, { settings: { INCREMENTAL_PAGE_SIZE: '3' } });
  expect(run.steps.filter((step) => step.startsWith('incremental-fetch'))).toEqual([
    'incremental-fetch',
    'incremental-fetch page 2',
    'incremental-fetch page 3',
  ]);
  const lists = (await workspace.calls()).filter(({ path }) => path.endsWith('/customers'));
  for (const { query } of lists) expect(query).toMatchObject({ active: 'Any', sort: '+Id', pageSize: '3' });
  expect(await differences(workspace)).toEqual([]);
});

test('R5: "more follows" without a record is asked once more, then fails the run with the cursor unmoved', async () => {
  const before = await workspace.state();
  const fault = {
    match: { pathIncludes: '/customers', queryIncludes: 'modifiedOnOrAfter' },
    times: 1,
    fault: { body: 'empty-hasMore' },
  };
  await workspace.simulator('POST', '/faults', fault);
  expect((await runSync(workspace)).outcome).toEqual({ status: 'completed' });

  const after = await workspace.state();
  await workspace.simulator('POST', '/faults', { ...fault, times: 100 });
  expect((await runSync(workspace)).outcome).toBeInstanceOf(Error);
  expect(await workspace.state()).toMatchObject({
    sync_status: 'failed',
    last_modified_cursor: after.last_modified_cursor,
  });
  expect(before.last_modified_cursor).not.toBe(after.last_modified_cursor);
});

test('R6: at the page cap a successor goes on where the run stopped, with the same window, page size and start', async () => {
  for (const id of ids.slice(0, 9)) await change(id, { name: `Renamed ${id}` });
  const run = await runSync(workspace, { settings: { INCREMENTAL_PAGE_SIZE: '2', INCREMENTAL_MAX_PAGES: '2' } });
  expect(run.outcome).toEqual({ status: 'completed' });
  expect(run.steps.filter((step) => step === 'hand-over').length).toBeGreaterThanOrEqual(2);
  expect(run.steps.filter((step) => step.startsWith('incremental-fetch'))).toEqual(
    [1, 2, 3, 4, 5].map((page) => (page === 1 ? 'incremental-fetch' : `incremental-fetch page ${page}`)),
  );
  const { data } = await workspace.supabase
    .from('servicetitan_sync_runs')
    .select('status, window_from, window_started_at, fence')
    .like('instance_id', `${run.instanceId.replace(/-\d+$/, '')}%`)
    .eq('mode', 'incremental')
    .order('fence');
  const windows = new Set(
    data!.slice(0, 3).map(({ window_from, window_started_at }) => `${window_from} ${window_started_at}`),
  );
  expect(windows.size).toBe(1);
  expect((await workspace.state()).checkpoint).toBeNull();
  expect(await differences(workspace)).toEqual([]);
});

describe('R9: phones and e-mails', () => {
  const contactsOf = async (id: number) =>
    (await readWorld(workspace)).contacts.filter(({ customerId }) => customerId === id);
  const customerWithContacts = async () => {
    const { contacts } = await readWorld(workspace);
    return contacts.find(({ active, type }) => active && type === 'Email')!;
  };

  test('a contact changed without its customer arrives by the contacts feed', async () => {
    const { id } = await customerWithContacts();
    await workspace.simulator('PATCH', `/contacts/${id}`, { value: 'new@example.com' });
    const run = await runSync(workspace);
    expect(run.steps).toContain('contacts-sync');
    expect(await differences(workspace)).toEqual([]);
  });

  test('a contact removed without a trace in the lists goes, and does not come back', async () => {
    const { id, customerId } = await customerWithContacts();
    await workspace.simulator('DELETE', `/contacts/${id}`);
    await runSync(workspace);
    expect(await differences(workspace)).toEqual([]);
    await change(customerId, { name: 'Renamed' });
    await runSync(workspace);
    expect(await differences(workspace)).toEqual([]);
  });

  test('the contacts of a changed customer are re-read whole', async () => {
    const { customerId } = await customerWithContacts();
    await workspace.simulator('POST', `/customers/${customerId}/contacts`, {
      type: 'MobilePhone',
      value: '3035550199',
    });
    await change(customerId, { name: 'Renamed' });
    await runSync(workspace);
    expect((await contactsOf(customerId)).length).toBeGreaterThan(1);
    expect(await differences(workspace)).toEqual([]);
  });

  test('a customer whose re-read is refused keeps what it had, goes to the quarantine and stops nobody else', async () => {
    const { customerId } = await customerWithContacts();
    const before = (await workspace.contacts()).get(String(customerId))!;
    await change(customerId, { name: 'Renamed' });
    await change(
      ids.find((id) => id !== customerId)!,
      { name: 'Also renamed' },
    );
    await workspace.simulator('POST', '/faults', {
      match: { pathIncludes: '/customers/contacts', queryIncludes: String(customerId) },
      times: 2,
      fault: { status: 409, body: 'problem' },
    });
    expect((await runSync(workspace)).outcome).toEqual({ status: 'completed' });
    expect((await workspace.contacts()).get(String(customerId))).toMatchObject({
      name: 'Renamed',
      phone: before.phone,
      email: before.email,
    });
    expect((await workspace.state()).last_sync_errors).toBe(1);
    const quarantine = () =>
      workspace.supabase
        .from('servicetitan_sync_errors')
        .select('crm_id, feed')
        .eq('workspace_id', workspace.workspaceId);
    expect((await quarantine()).data).toEqual([{ crm_id: String(customerId), feed: 'contacts' }]);

    // R10: it is fetched again on the next run, and leaves the quarantine when it passes.
    expect((await runSync(workspace)).steps).toContain('poison-fetch');
    expect((await quarantine()).data).toEqual([]);
    expect(await differences(workspace)).toEqual([]);
  });
});

test('R11: a run over unchanged customers writes nothing, and counts them as unchanged', async () => {
  const { id } = (await readWorld(workspace)).customers[0]!;
  await change(id, { name: 'Renamed' });
  await runSync(workspace);
  await workspace.supabase
    .from('contacts')
    .update({ metadata: { note: 'ours' } })
    .eq('workspace_id', workspace.workspaceId)
    .eq('crm_id', 'none');
  const before = await workspace.contacts();
  await runSync(workspace);
  expect(await workspace.contacts()).toEqual(before);
  expect(await workspace.state()).toMatchObject({ last_sync_created: 0, last_sync_updated: 0, last_sync_errors: 0 });
});
