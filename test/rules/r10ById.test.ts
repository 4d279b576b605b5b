// R7, R10: customers asked for by id that are answered in part, under another id, or beside others.
import { expect, test } from 'vitest';
import { runSync } from '../support/ring.ts';
import { quarantined } from './liveRun.ts';
import { always, contactOf, fault, later, LONG_AGO, PHONE, rename, withPhones } from './reachable.ts';

const WIDE = { settings: { INCREMENTAL_PAGE_SIZE: '200', EDGE_FUNCTION_CHUNK_SIZE: '500' } };

test('R10: a customer that is answered by id under another id keeps nobody else in the quarantine', async () => {
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
  await always(workspace, { operation: 'customersByIds', customers: [some[3]!] }, { fields: { id: String(ids[12]) } });
  for (let runs = 0; runs < 3; runs += 1) await later(workspace);
  expect((await quarantined(workspace)).length).toBeLessThanOrEqual(1);
});

test('R10: the quarantine lets those go that are well though only the first 25 of a list of ids are honoured', async () => {
  const { workspace, ids } = await withPhones(45);
  const bad = ids.slice(0, 30);
  const well = ids.slice(30, 40);
  await fault(workspace, {
    name: 'well',
    match: { customers: well },
    times: 'always',
    fault: { fields: { modifiedOn: '"soon"' } },
  });
  await always(workspace, { customers: bad }, { fields: { modifiedOn: '"soon"' } });
  for (const id of ids) await rename(workspace, id);
  await runSync(workspace, WIDE);
  await workspace.simulator('DELETE', '/faults/well');
  await workspace.simulator('POST', '/restamp', { customerIds: ids, modifiedOn: '2026-01-02T00:00:00Z' });
  await always(workspace, { operation: 'customersByIds' }, { idsHonoured: 25 });
  for (let runs = 0; runs < 4; runs += 1) await later(workspace, 16, WIDE);
  expect(await quarantined(workspace)).toHaveLength(30);
});

test('R7: a list with a contact under the id of another customer that shares it stops nobody', async () => {
  const { workspace, ids, methodOf } = await withPhones(6);
  for (const id of ids.slice(0, 3)) await rename(workspace, id);
  await always(
    workspace,
    { operation: ['contactsByCustomers'], contacts: [methodOf(ids[0]!)] },
    { fields: { customerId: String(ids[5]) } },
  );
  expect((await runSync(workspace)).outcome).toEqual({ status: 'completed' });
  for (const id of ids.slice(0, 3))
    expect(await contactOf(workspace, id)).toMatchObject({ name: `Renamed ${id}`, phone: PHONE });
  expect(await quarantined(workspace)).toEqual([`${ids[0]} contacts`]);
});

test('R7: a list of contacts that is not filtered at all sets nobody aside, and moves no cursor', async () => {
  const { workspace, ids } = await withPhones(6);
  for (const id of ids.slice(0, 3)) await rename(workspace, id);
  const before = await workspace.state();
  await always(
    workspace,
    { operation: ['contactsByCustomers'] },
    { answer: { 'data.0.customerId': '1', 'data.1': `{"id": 5, "customerId": 1, "modifiedOn": "${LONG_AGO}"}` } },
  );
  expect((await runSync(workspace)).outcome).toBeInstanceOf(Error);
  expect(await quarantined(workspace)).toEqual([]);
  expect((await workspace.state())['last_modified_cursor']).toBe(before['last_modified_cursor']);
});
