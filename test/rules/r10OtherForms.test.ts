// R10: one bad record in every form that an answer may have, the company of the quarantine, and controls that are bad themselves.
import { describe, expect, test } from 'vitest';
import { quarantined } from './liveRun.ts';
import { contactsById, customersList, poisonedServiceTitan } from '../support/poison.ts';
import { runSync } from '../support/ring.ts';
import { createWorkspace } from '../support/workspace.ts';
import { readWorld } from '../support/truth.ts';
import { always, contactOf, doubtsOf, fault, later, rename, withPhones } from './reachable.ts';

/** Forms of an answer that one record may have for good. */
const FORMS = [
  ['{}', { text: '{}' }],
  ['null', { text: 'null' }],
  ['an empty body', { text: '' }],
  ['another shape', { body: 'wrongShape' }],
  ['data: null', { answer: { data: 'null' } }],
  ['hasMore as a text', { answer: { hasMore: '"false"' } }],
  ['another page', { answer: { page: '7' } }],
  ['400', { status: 400 }],
  ['410', { status: 410 }],
  ['422', { status: 422 }],
  ['423', { status: 423 }],
  ['504', { status: 504 }],
  ['404', { status: 404 }],
] as const;

describe('R10: one customer whose contacts always answer', () => {
  test.for(FORMS)('%s keeps nobody else waiting', async ([, what]) => {
    const { workspace, ids } = await withPhones(14);
    for (const id of ids) await rename(workspace, id);
    await always(workspace, { operation: ['contactsByCustomers', 'ownContacts'], customers: [ids[5]!] }, what);
    expect((await runSync(workspace)).outcome).toEqual({ status: 'completed' });
    for (const id of ids) expect(await contactOf(workspace, id)).toMatchObject({ name: `Renamed ${id}` });
    expect(await quarantined(workspace)).toEqual([`${ids[5]} contacts`]);
  });
});

describe('R10: one customer whose list page always answers', () => {
  test.for(FORMS)('%s keeps nobody else waiting', async ([, what]) => {
    const { workspace, ids } = await withPhones(14);
    for (const id of ids) await rename(workspace, id);
    await always(workspace, { operation: 'customers', customers: [ids[5]!] }, what);
    const run = await runSync(workspace);
    expect(run.outcome).toEqual({ status: 'completed' });
    for (const id of ids.filter((one) => one !== ids[5])) {
      expect(await contactOf(workspace, id)).toMatchObject({ name: `Renamed ${id}` });
    }
    expect(await doubtsOf(workspace, run.instanceId)).toMatchObject([{ code: 'place_unread' }]);
  });
});

describe('R10: one contact whose export batch always answers', () => {
  const OF_EXPORTS = FORMS.filter(([form]) => !['another page', '400', '404', '410', '422'].includes(form));
  test.for(OF_EXPORTS)('%s is passed over', async ([, what]) => {
    const { workspace, ids, methodOf } = await withPhones(6, {}, new Date(Date.now() - 3600_000).toISOString());
    for (const [index, id] of ids.slice(0, 4).entries()) {
      await workspace.simulator('PATCH', `/contacts/${methodOf(id)}`, { value: `(208) 555-012${index}` });
    }
    await always(workspace, { operation: 'recentContactsExport', contacts: [methodOf(ids[1]!)] }, what);
    const run = await runSync(workspace);
    expect(run.outcome).toEqual({ status: 'completed' });
    for (const [index, id] of ids.slice(0, 4).entries()) {
      expect(await contactOf(workspace, id)).toMatchObject({ phone: `+1208555012${index}` });
    }
  });
});

test('R10: a contact of today whose export batch always fails is passed over today, though the feed was quiet for days', async () => {
  const { workspace, ids, methodOf } = await withPhones(6);
  for (const id of ids.slice(0, 2)) {
    await workspace.simulator('PATCH', `/contacts/${methodOf(id)}`, { value: '(208) 555-0121' });
  }
  await always(workspace, { operation: 'recentContactsExport', contacts: [methodOf(ids[1]!)] }, { status: 500 });
  expect((await runSync(workspace)).outcome).toEqual({ status: 'completed' });
  expect(await contactOf(workspace, ids[0]!)).toMatchObject({ phone: '+12085550121' });
});

const WIDE = { settings: { INCREMENTAL_PAGE_SIZE: '200', EDGE_FUNCTION_CHUNK_SIZE: '500' } };

describe('R10: the quarantine', () => {
  test.for([9, 48, 49, 50, 98] as const)('with %i that stay bad lets those go that are well again', async (bad) => {
    const { workspace, ids } = await withPhones(bad + 6);
    const well = ids.slice(bad, bad + 3);
    const badIds = ids.slice(0, bad);
    await fault(workspace, {
      name: 'well',
      match: { customers: well },
      times: 'always',
      fault: { fields: { modifiedOn: '"soon"' } },
    });
    await always(workspace, { customers: badIds }, { fields: { modifiedOn: '"soon"' } });
    for (const id of ids) await rename(workspace, id);
    await runSync(workspace, WIDE);
    expect(await quarantined(workspace)).toHaveLength(bad + 3);
    await workspace.simulator('DELETE', '/faults/well');
    await workspace.simulator('POST', '/restamp', { customerIds: ids, modifiedOn: '2026-01-02T00:00:00Z' });
    for (let runs = 0; runs < 4; runs += 1) {
      expect((await later(workspace, 16, WIDE)).outcome).toEqual({ status: 'completed' });
    }
    expect(await quarantined(workspace)).toHaveLength(bad);
  });

  test('of ten alone that stay bad is no failed part in every run', async () => {
    const { workspace, ids } = await withPhones(14);
    await always(workspace, { customers: ids.slice(0, 10) }, { fields: { modifiedOn: '"soon"' } });
    for (const id of ids) await rename(workspace, id);
    await runSync(workspace);
    await workspace.simulator('POST', '/restamp', { customerIds: ids, modifiedOn: '2026-01-02T00:00:00Z' });
    const run = await later(workspace);
    expect(await doubtsOf(workspace, run.instanceId)).toEqual([]);
  });

  test('lets a customer go whose batch of others always answers {}', async () => {
    const { workspace, ids } = await withPhones(14);
    const some = ids.slice(0, 6);
    await fault(workspace, {
      name: 'bad',
      match: { customers: some },
      times: 'always',
      fault: { fields: { modifiedOn: '"soon"' } },
    });
    for (const id of ids) await rename(workspace, id);
    await runSync(workspace);
    expect(await quarantined(workspace)).toHaveLength(6);
    await workspace.simulator('DELETE', '/faults/bad');
    await workspace.simulator('POST', '/restamp', { customerIds: some, modifiedOn: '2026-01-02T00:00:00Z' });
    await always(workspace, { operation: 'customersByIds', customers: [some[3]!] }, { text: '{}' });
    for (let runs = 0; runs < 3; runs += 1) await later(workspace);
    expect(await quarantined(workspace)).toHaveLength(1);
  });
});

describe('R10: the control', () => {
  const synced = async (customers: number) => {
    const workspace = await createWorkspace({ customers, switches: { exportLagSeconds: 0, callsPerSecond: null } });
    await runSync(workspace);
    const front = await poisonedServiceTitan(workspace);
    const ids = (await readWorld(workspace)).customers.map(({ id }) => id).toSorted((one, other) => one - other);
    const run = () => runSync(workspace, { settings: { SERVICETITAN_API_URL: front.url } });
    return { workspace, front, ids, run };
  };

  test('finds a customer that is well though the two lowest and the two highest are bad', async () => {
    const { workspace, front, ids, run } = await synced(14);
    for (const id of ids) await rename(workspace, id);
    const bad = [ids[0]!, ids[1]!, ids.at(-1)!, ids.at(-2)!];
    front.poisons = [{ at: contactsById, ids: bad, how: 500 }];
    expect((await run()).outcome).toEqual({ status: 'completed' });
    for (const id of ids) expect(await contactOf(workspace, id)).toMatchObject({ name: `Renamed ${id}` });
  });

  test('of contacts takes one that was answered in this run, on another page', async () => {
    const { workspace, front, ids } = await synced(30);
    for (const id of ids.slice(2, 22)) await rename(workspace, id);
    // The second page of ten holds a bad one, and so do both ends of the list.
    const bad = [...ids.slice(0, 2), ...ids.slice(-2), ids[15]!];
    front.poisons = [{ at: contactsById, ids: bad, how: 409 }];
    const outcome = await runSync(workspace, {
      settings: { SERVICETITAN_API_URL: front.url, INCREMENTAL_PAGE_SIZE: '10' },
    });
    expect(outcome.outcome).toEqual({ status: 'completed' });
  });

  test('of a list page takes no end of the list for the whole, where those are the bad ones', async () => {
    const { workspace, front, ids, run } = await synced(14);
    const bad = [ids[0]!, ids[1]!, ids.at(-1)!, ids.at(-2)!];
    for (const id of bad) await rename(workspace, id);
    await rename(workspace, ids[6]!);
    front.poisons = [{ at: customersList, ids: bad, how: 500 }];
    expect((await run()).outcome).toEqual({ status: 'completed' });
    expect(await contactOf(workspace, ids[6]!)).toMatchObject({ name: `Renamed ${ids[6]}` });
  });
});

test('R10: a window that goes on in successors passes over no more than a hundred places altogether', async () => {
  const workspace = await createWorkspace({ customers: 260, switches: { exportLagSeconds: 0, callsPerSecond: null } });
  await runSync(workspace);
  const front = await poisonedServiceTitan(workspace);
  const ids = (await readWorld(workspace)).customers.map(({ id }) => id).toSorted((one, other) => one - other);
  await workspace.simulator(
    'POST',
    '/operations',
    ids.map((customerId) => ({ operation: 'changeCustomer', customerId, changes: { name: `Renamed ${customerId}` } })),
  );
  const before = await workspace.state();
  const bad = ids.filter((_, index) => index % 2 === 0);
  front.poisons = [{ at: (url) => customersList(url) && !url.searchParams.has('ids'), ids: bad, how: 409 }];
  const run = await runSync(workspace, {
    settings: { SERVICETITAN_API_URL: front.url, INCREMENTAL_PAGE_SIZE: '10', INCREMENTAL_MAX_PAGES: '20' },
  });
  expect(run.steps).toContain('hand-over');
  expect((await workspace.state())['last_modified_cursor']).toBe(before['last_modified_cursor']);
});

test('R6: a window hands over at its cap though the last place of each of its pages can not be read', async () => {
  const workspace = await createWorkspace({ customers: 60, switches: { exportLagSeconds: 0, callsPerSecond: null } });
  await runSync(workspace);
  const front = await poisonedServiceTitan(workspace);
  const ids = (await readWorld(workspace)).customers.map(({ id }) => id).toSorted((one, other) => one - other);
  for (const id of ids) await rename(workspace, id);
  const bad = ids.filter((_, index) => index % 4 === 3);
  front.poisons = [{ at: (url) => customersList(url) && !url.searchParams.has('ids'), ids: bad, how: 409 }];
  const run = await runSync(workspace, {
    settings: { SERVICETITAN_API_URL: front.url, INCREMENTAL_PAGE_SIZE: '4', INCREMENTAL_MAX_PAGES: '4' },
  });
  expect(run.outcome).toEqual({ status: 'completed' });
  expect(run.steps).toContain('hand-over');
});
