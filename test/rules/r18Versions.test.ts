// R18: a pass that is shown several versions of a record, and records that somebody has merged, set aside or changed by the hundred.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { admin } from '../support/database.ts';
import { contactsExport, customersList } from '../support/poison.ts';
import { compareAll, createSynced, LONG_AGO, proofsOf, restampAll, wait } from '../support/proofs.ts';
import { runSync } from '../support/ring.ts';
import { differences, readWorld } from '../support/truth.ts';
import type { TestWorkspace } from '../support/workspace.ts';

const SMALL = { INCREMENTAL_PAGE_SIZE: '1', INITIAL_CHUNK_SIZE: '40' };
const NOTHING_WRONG = { missing: 0, stale: 0, differing: 0, gone: 0, refused: 0 };
const OLDER = '2025-06-01T00:00:00.0000000Z';

const idsOf = async (workspace: TestWorkspace) => [...(await workspace.contacts()).keys()].toSorted();
const operate = (workspace: TestWorkspace, operation: object) =>
  workspace.simulator('POST', '/operations', [operation]);

type Shown = Record<string, unknown>;

/** ServiceTitan, with each list or feed that is meant changed on its way. Its address is for SERVICETITAN_API_URL. */
async function changedServiceTitan(
  { stack }: TestWorkspace,
  isMeant: (url: URL) => boolean,
  change: (data: Shown[]) => Shown[],
): Promise<string> {
  const server = createServer(async (request, response) => {
    const url = new URL(request.url!, stack.serviceTitanUrl);
    const answer = await fetch(url, { headers: request.headers as Record<string, string> });
    const text = await answer.text();
    response.writeHead(answer.status, { 'content-type': 'application/json', date: answer.headers.get('date')! });
    if (!answer.ok || !isMeant(url)) return void response.end(text);
    const list = JSON.parse(text) as { data: Shown[] };
    response.end(JSON.stringify({ ...list, data: change(list.data) }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('R18, R2: a record that is shown in two versions, the older one last', () => {
  const older = (record: Shown, changes: Shown) => ({ ...record, ...changes, modifiedOn: OLDER });
  const isList = (url: URL) => customersList(url) && !url.searchParams.has('modifiedOnOrAfter');

  test.for([
    [
      'in the list, on one page',
      isList,
      {},
      (data: Shown[]) => [...data, ...data.map((one) => older(one, { name: 'Old' }))],
    ],
    [
      'in the list, over its pages',
      isList,
      { ...SMALL },
      (data: Shown[], seen: Shown[]) => [...data, ...seen.splice(0).map((one) => older(one, { name: 'Old' }))],
    ],
    [
      'in the contacts export',
      contactsExport,
      {},
      (data: Shown[]) => [...data, ...data.map((one) => older(one, { value: '(208) 555-0199' }))],
    ],
  ] as const)('%s', async ([, isMeant, settings, change]) => {
    const workspace = await createSynced(120);
    const seen: Shown[] = [];
    let added = 0;
    const url = await changedServiceTitan(workspace, isMeant, (data) => {
      const shown = change(data, seen);
      added += shown.length - data.length;
      seen.push(...data.slice(0, 5));
      return shown;
    });
    const proof = await compareAll(workspace, { settings: { ...settings, SERVICETITAN_API_URL: url } });
    expect(proof).toMatchObject({ whole: true, seen: 120, ...NOTHING_WRONG });
    expect(added).toBeGreaterThan(4);
    // Who was asked for again is as it was.
    await wait(workspace, 16, admin);
    await runSync(workspace);
    expect(await differences(workspace)).toEqual([]);
  });
});

describe('R18, R13: customers merged and merged back', () => {
  test.for(['between two slices', 'unseen, with stamps as they were'] as const)('%s', async (when) => {
    const workspace = await createSynced(20);
    const [loser, winner, back] = (await idsOf(workspace)).map(Number) as [number, number, number];
    await operate(workspace, { operation: 'merge', loser: back, winner });
    await runSync(workspace);
    await restampAll(workspace, when === 'between two slices' ? LONG_AGO : OLDER);
    const change = async () => {
      await operate(workspace, { operation: 'merge', loser, winner });
      await operate(workspace, { operation: 'unmerge', customerId: back });
      // As a vendor that merges and does not touch the stamp.
      if (when !== 'between two slices') await restampAll(workspace, OLDER);
    };
    if (when !== 'between two slices') await change();
    let isDone = when !== 'between two slices';
    const proof = await compareAll(workspace, {
      beforeStep: async (name) => {
        if (isDone || name !== 'pass-customers 2-fetch') return;
        isDone = true;
        await change();
      },
    });
    expect(proof).toMatchObject({ whole: true, gone: 0, missing: 0, refused: 0 });
    for (const minutes of [16, 16, 25 * 60, 16]) {
      await wait(workspace, minutes, admin);
      await runSync(workspace);
    }
    expect(await differences(workspace)).toEqual([]);
    expect((await workspace.contacts()).get(String(loser))).toMatchObject({ merged_to_crm_id: String(winner) });
    expect((await workspace.contacts()).get(String(back))).toMatchObject({ merged_to_crm_id: null });
  });
});

test('R18: quarantined customers: one that can be read again, one that cannot, and one that is gone', async () => {
  const workspace = await createSynced(12);
  const [well, ill, gone] = (await idsOf(workspace)) as [string, string, string];
  const spoil = (id: string) => workspace.simulator('PATCH', `/customers/${id}`, { raw: { modifiedOn: 'soon' } });
  for (const id of [well, ill, gone]) await spoil(id);
  const row = { workspace_id: workspace.workspaceId, source: `production/${workspace.tenantId}`, instance_id: 'x' };
  for (const crm_id of [well, ill, gone])
    await admin`insert into public.servicetitan_sync_errors ${admin({ ...row, crm_id, feed: 'customers', reason: 'modifiedOn' })} on conflict do nothing`;
  await admin`delete from public.contacts where workspace_id = ${workspace.workspaceId} and crm_id = any (${[well, ill, gone]})`;
  await workspace.simulator('PATCH', `/customers/${well}`, { raw: {} });
  await workspace.simulator('POST', '/restamp', { customerIds: [Number(well)], modifiedOn: LONG_AGO });
  await workspace.simulator('POST', '/faults', {
    match: { customers: [Number(gone)] },
    times: 'always',
    fault: { hidden: true },
  });
  const proof = await compareAll(workspace);
  expect(proof).toMatchObject({ whole: true, refused: 1, gone: 1, ids: { refused: [ill], gone: [gone] } });
  const left =
    await admin`select crm_id from public.servicetitan_sync_errors where workspace_id = ${workspace.workspaceId}`;
  expect(left.map(({ crm_id }) => crm_id)).toEqual([ill]);
  expect((await workspace.contacts()).has(well)).toBe(true);
});

test('R18: 500 customers changed at once before it are the live reader’s, and no fault', async () => {
  const workspace = await createSynced(500);
  const { customers } = await readWorld(workspace);
  await workspace.simulator('POST', '/restamp', {
    customerIds: customers.map(({ id }) => Number(id)),
    modifiedOn: new Date(Date.now() - 60_000).toISOString(),
  });
  expect(await compareAll(workspace)).toMatchObject({ whole: true, seen: 500, ...NOTHING_WRONG });
});

test.for([
  ['the first of a later slice', 'pass-contacts-fetch', 2],
  ['one in the middle of a later slice', 'pass-contacts-fetch page 4', 2],
] as const)(
  'R18, R12: a token that is refused far into the export, %s, begins the contacts once more',
  async ([, step, slice]) => {
    const workspace = await createSynced(200);
    await workspace.simulator('PUT', '/switches', { exportBatchSize: 8 });
    let met = 0;
    const proof = await compareAll(workspace, {
      settings: SMALL,
      beforeStep: async (name) => {
        if (name !== step || (met += 1) !== slice) return;
        const match = { operation: 'settledContactsExport', from: 'token' };
        await workspace.simulator('POST', '/faults', { match, times: 1, fault: { status: 410 } });
      },
    });
    expect((await workspace.calls()).filter(({ status }) => status === 410)).toHaveLength(1);
    expect(proof).toMatchObject({ whole: true, seen: 200, ...NOTHING_WRONG });
    expect(await proofsOf(workspace)).toHaveLength(1);
  },
);
