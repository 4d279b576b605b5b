// R10: what was set aside is counted, fetched again, and cleared only by what passes.
import { describe, expect, test } from 'vitest';
import { customerRow, methodRow } from '../function/rows.ts';
import { runSync } from '../support/ring.ts';
import { differences, readWorld } from '../support/truth.ts';
import { createWorkspace } from '../support/workspace.ts';
import { beginRun, quarantined } from './liveRun.ts';

describe('R10: the quarantine', () => {
  test('keeps a customer whose contacts were refused until they were re-read', async () => {
    const workspace = await createWorkspace({ customers: 0 });
    const { write } = await beginRun(workspace);
    await write({ rejected: ['1', '2'].map((id) => ({ feed: 'contacts', customer_id: id, reason: 'refused' })) });
    const retry = { retries_quarantined: true };
    await write({ customers: [customerRow('1', { contact_methods: null }), customerRow('2')], ...retry });
    expect(await quarantined(workspace)).toEqual(['1 contacts']);
    await write({ customers: [customerRow('1')], ...retry });
    expect(await quarantined(workspace)).toEqual([]);
  });

  test('counts each record once, however often its batch is sent', async () => {
    const workspace = await createWorkspace({ customers: 0 });
    const { write } = await beginRun(workspace);
    const rejected = ['1', '2'].map((id) => ({ feed: 'customers', customer_id: id, reason: 'unreadable' }) as const);
    await write({ rejected }, 1);
    await write({ rejected }, 1);
    expect(await workspace.state()).toMatchObject({ last_sync_errors: 2 });
    await write({ rejected }, 2);
    expect(await workspace.state()).toMatchObject({ last_sync_errors: 2 });
    expect(await quarantined(workspace)).toEqual(['1 customers', '2 customers']);
  });

  test('has its customers fetched again by every run, though nothing about them changed', async () => {
    const workspace = await createWorkspace({ customers: 4, switches: { exportLagSeconds: 0 } });
    const [{ id } = { id: 0 }] = (await readWorld(workspace)).customers;
    const longAgo = { customerIds: [id], modifiedOn: '2020-01-01T00:00:00Z' };
    await workspace.simulator('PATCH', `/customers/${id}`, { raw: { modifiedOn: 'soon' } });
    await workspace.simulator('POST', '/restamp', longAgo);
    await runSync(workspace);
    await runSync(workspace);
    expect(await quarantined(workspace)).toEqual([`${id} customers`]);
    expect(await workspace.state()).toMatchObject({ last_sync_errors: 1 });

    await workspace.simulator('PATCH', `/customers/${id}`, { raw: {} });
    await workspace.simulator('POST', '/restamp', longAgo);
    await runSync(workspace);
    expect(await quarantined(workspace)).toEqual([]);
    expect(await differences(workspace)).toEqual([]);
  });
});

test('R10: a contact that only the contacts feed shows, unreadably, sets its customer aside until it is well', async () => {
  const workspace = await createWorkspace({
    customers: 6,
    switches: { exportLagSeconds: 0, contactsMoveModifiedOn: false },
  });
  const { customers, contacts } = await readWorld(workspace);
  const { id, customerId } = contacts[0]!;
  // Out of the window's reach: what the feed says of the contact is all that a run hears of the customer.
  const customerIds = customers.map((customer) => customer.id);
  await workspace.simulator('POST', '/restamp', { customerIds, modifiedOn: '2020-01-01T00:00:00Z' });
  await runSync(workspace);
  await workspace.simulator('PATCH', `/contacts/${id}`, { raw: { modifiedOn: 'soon' } });
  expect((await runSync(workspace)).outcome).toEqual({ status: 'completed' });
  expect(await quarantined(workspace)).toEqual([`${customerId} contacts`]);

  await workspace.simulator('PATCH', `/contacts/${id}`, { raw: {}, value: '(303) 555-0123' });
  await runSync(workspace);
  expect(await quarantined(workspace)).toEqual([]);
  expect(await differences(workspace)).toEqual([]);
});

test('R10: a page most of whose records are unreadable stops the run, and nothing of it is written', async () => {
  const workspace = await createWorkspace({ customers: 12, switches: { exportLagSeconds: 0 } });
  await runSync(workspace);
  const before = await workspace.state();
  for (const { id } of (await readWorld(workspace)).customers)
    await workspace.simulator('PATCH', `/customers/${id}`, { raw: { modifiedOn: 'soon' } });
  const run = await runSync(workspace);
  expect([run.outcome instanceof Error, run.writes]).toEqual([true, 0]);
  expect(await quarantined(workspace)).toEqual([]);
  expect(await workspace.state()).toMatchObject({
    sync_status: 'failed',
    last_modified_cursor: before.last_modified_cursor,
  });
});

test('R10: a batch that the database refuses nearly whole is set aside, the rest is written, and its token stands', async () => {
  const workspace = await createWorkspace({ customers: 0 });
  const { write } = await beginRun(workspace);
  // An id beyond a bigint, which only the database minds.
  const bad = Array.from({ length: 12 }, (_, index) =>
    customerRow(String(index + 1), {
      contact_methods: [methodRow(`99999999999999999${10 + index}`, String(index + 1))],
    }),
  );
  const commit = { feed: 'contacts', continue_from: 'token', done: true, read_at: null } as const;
  expect(await write({ customers: [...bad, customerRow('99')], commit })).toMatchObject({ created: 1 });
  expect(await quarantined(workspace)).toHaveLength(12);
  expect([...(await workspace.contacts()).keys()]).toEqual(['99']);
  expect(await workspace.state()).toMatchObject({ contacts_continue_from: 'token', last_sync_errors: 12 });
});

test('R10: a page that shows the customer as it was before leaves it in the quarantine, the retry by id frees it', async () => {
  const workspace = await createWorkspace({ customers: 3, switches: { exportLagSeconds: 0 } });
  await runSync(workspace);
  const [{ id } = { id: 0 }] = (await readWorld(workspace)).customers;
  await workspace.simulator('PATCH', `/customers/${id}`, { raw: { modifiedOn: 'soon' } });
  await runSync(workspace);
  expect(await quarantined(workspace)).toEqual([`${id} customers`]);

  // A replica answers the window, and each call of the retry with a fault, so that only the window's page holds the customer.
  await workspace.simulator('PATCH', `/customers/${id}`, { raw: {} });
  const byId = { pathIncludes: '/customers', queryIncludes: `ids=${id}` };
  await workspace.simulator('POST', '/faults', { match: byId, times: 10, fault: { status: 404, body: 'problem' } });
  expect((await runSync(workspace)).steps).toEqual(expect.arrayContaining(['incremental-sync', 'quarantine-sync']));
  expect(await quarantined(workspace)).toEqual([`${id} customers`]);
  await workspace.simulator('DELETE', '/faults');
  await runSync(workspace);
  expect(await quarantined(workspace)).toEqual([]);
  expect(await differences(workspace)).toEqual([]);
});
