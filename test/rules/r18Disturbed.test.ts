// R18: what goes on while a pass reads, and what ServiceTitan does to it. None of it may make the proof wrong.
import { describe, expect, test } from 'vitest';
import { createLedger } from '../../src/supabase/ledger.ts';
import { admin } from '../support/database.ts';
import { customersList, poisonedServiceTitan } from '../support/poison.ts';
import { compareAll, createSynced, LONG_AGO, proofsOf, restampAll, wait } from '../support/proofs.ts';
import { type RingOptions, runSync } from '../support/ring.ts';
import { differences, readWorld } from '../support/truth.ts';
import type { TestWorkspace } from '../support/workspace.ts';

/** Several pages each of the contacts, where `exportBatchSize` is small, and of the customers. */
const SMALL = { INCREMENTAL_PAGE_SIZE: '1', INITIAL_CHUNK_SIZE: '40' };
const NOTHING_WRONG = { missing: 0, stale: 0, differing: 0, gone: 0, refused: 0 };

const idsOf = async (workspace: TestWorkspace) => [...(await workspace.contacts()).keys()].toSorted();
const fault = (workspace: TestWorkspace, rule: object) => workspace.simulator('POST', '/faults', rule);
const heal = (workspace: TestWorkspace) => workspace.simulator('DELETE', '/faults');
/** As ServiceTitan shows a customer that it has no more: not at all. */
const remove = (workspace: TestWorkspace, ids: string[], times: number | 'always' = 'always') =>
  fault(workspace, { name: 'gone', match: { customers: ids.map(Number) }, times, fault: { hidden: true } });
const rename = (workspace: TestWorkspace, id: string, name = `New ${id}`) =>
  workspace.simulator('PATCH', `/customers/${id}`, { name });
/** Does it once, before the first step whose name begins so. */
function beforeFirst(begins: string, act: () => Promise<unknown>): RingOptions {
  let isDone = false;
  return {
    beforeStep: async (name) => {
      if (isDone || !name.startsWith(begins)) return;
      isDone = true;
      await act();
    },
  };
}

describe('R18: what people do while a pass reads', () => {
  test('a customer made between its last page and its sweep is neither missing nor gone', async () => {
    const workspace = await createSynced(10);
    const make = () => workspace.simulator('POST', '/customers', { name: 'New', contacts: [] });
    expect(await compareAll(workspace, beforeFirst('pass-sweep', make))).toMatchObject({
      whole: true,
      seen: 10,
      ...NOTHING_WRONG,
    });
    await runSync(workspace);
    expect(await differences(workspace)).toEqual([]);
  });

  test('customers changed minutes before it and while it reads are no fault', async () => {
    const workspace = await createSynced(60);
    const ids = await idsOf(workspace);
    for (const id of ids.slice(0, 30)) await rename(workspace, id);
    const later = () => Promise.all(ids.slice(30, 40).map((id) => rename(workspace, id)));
    expect(await compareAll(workspace, beforeFirst('pass-contacts-fetch', later))).toMatchObject({
      whole: true,
      ...NOTHING_WRONG,
    });
    expect(await differences(workspace)).toEqual([]);
  });

  test('all customers and contacts stamped anew before each slice: it ends, and is whole', async () => {
    const workspace = await createSynced(120);
    await workspace.simulator('PUT', '/switches', { exportBatchSize: 10 });
    const proof = await compareAll(workspace, {
      settings: SMALL,
      beforeStep: async (name) => {
        if (name === 'pass-begin') await restampAll(workspace, new Date().toISOString());
      },
    });
    expect(proof).toMatchObject({ whole: true, seen: 120, ...NOTHING_WRONG });
  });

  test('a mass edit in its middle', async () => {
    const workspace = await createSynced(100);
    const ids = await idsOf(workspace);
    const edit = async () => {
      for (const id of ids) await rename(workspace, id);
    };
    expect(await compareAll(workspace, beforeFirst('pass-customers', edit))).toMatchObject({
      whole: true,
      ...NOTHING_WRONG,
    });
    await runSync(workspace);
    expect(await differences(workspace)).toEqual([]);
  });

  test('a contact that moves to another customer takes no phone from either for good', async () => {
    const workspace = await createSynced(20);
    const { contacts } = await readWorld(workspace);
    const [one] = contacts;
    const other = contacts.find(({ customerId }) => customerId !== one!.customerId)!;
    const move = () =>
      workspace.simulator('POST', '/operations', [
        { operation: 'moveContact', contactId: Number(one!.id), customerId: Number(other.customerId) },
      ]);
    expect(await compareAll(workspace, beforeFirst('pass-customers', move))).toMatchObject({ whole: true, gone: 0 });
    // Who shares a contact is asked for once more a day later.
    for (const minutes of [16, 16, 25 * 60, 16]) {
      await wait(workspace, minutes, admin);
      await runSync(workspace);
    }
    expect(await differences(workspace)).toEqual([]);
  });

  test('a balance that moves between the live read and the pass is no difference', async () => {
    const workspace = await createSynced(10);
    const [id] = await idsOf(workspace);
    const move = () => workspace.simulator('POST', '/balance', { customerId: Number(id), amount: 25 });
    const proof = await compareAll(workspace, beforeFirst('pass-contacts-fetch', move));
    expect(proof).toMatchObject({ whole: true, ...NOTHING_WRONG });
    await wait(workspace, 16, admin);
    await runSync(workspace);
    expect(await differences(workspace)).toEqual([]);
  });

  test('two passes that are asked for at once: one reads, and the other begins after it', async () => {
    const workspace = await createSynced(10);
    const ask = () => createLedger(workspace.supabase).wantPass(workspace.workspaceId, workspace.tenantId);
    await ask();
    await ask();
    await runSync(
      workspace,
      beforeFirst('pass-customers', async () => ask()),
    );
    const proofs = await proofsOf(workspace);
    expect(proofs.map(({ why, whole }) => [why, whole])).toEqual([
      ['asked', true],
      ['asked', true],
    ]);
  });
});

describe('R18: what ServiceTitan does to a pass', () => {
  test('twelve customers that are no more, and twelve others that are missing here', async () => {
    const workspace = await createSynced(40);
    const ids = await idsOf(workspace);
    await remove(workspace, ids.slice(0, 12));
    await admin`delete from public.contacts where workspace_id = ${workspace.workspaceId} and crm_id = any (${ids.slice(12, 24)})`;
    const proof = await compareAll(workspace);
    expect(proof).toMatchObject({ whole: true, seen: 28, missing: 12, gone: 12, stale: 0, differing: 0 });
    expect(proof.ids['gone']!.toSorted()).toEqual(ids.slice(0, 12));
    expect((await workspace.contacts()).get(ids[0]!)).toMatchObject({ crm_missing_since: expect.any(String) });
    await workspace.simulator('DELETE', '/faults/gone');
    await rename(workspace, ids[0]!);
    await runSync(workspace);
    expect((await workspace.contacts()).get(ids[0]!)).toMatchObject({ crm_missing_since: null });
  });

  test.for([
    [
      'stops early',
      { match: { operation: 'customers' }, after: { operation: 'settledContactsExport' }, fault: { rowsAtMost: 15 } },
    ],
    [
      'lacks three customers',
      { match: { operation: 'customers' }, times: 'always', fault: { answer: { totalCount: '17' }, rowsAtMost: 17 } },
    ],
  ] as const)(
    'a list that %s: who was not listed is asked for by id, and the pass says that it is not whole',
    async ([, rule]) => {
      const workspace = await createSynced(20);
      await fault(workspace, rule);
      const proof = await compareAll(workspace);
      expect(proof).toMatchObject({ whole: false, gone: 0, why_not: [{ code: 'list_missed' }] });
      expect(
        [...(await workspace.contacts()).values()].filter(({ crm_missing_since }) => crm_missing_since !== null),
      ).toEqual([]);
    },
  );

  test.for([
    ['ignores the ids', { ignoreFilters: true }],
    ['is empty', { empty: true }],
    ['takes notice of the first ids alone', { idsHonoured: 2 }],
  ] as const)('a list by id that %s marks nobody who exists', async ([, given]) => {
    const workspace = await createSynced(20);
    const ids = await idsOf(workspace);
    // The list alone does not show them.
    await fault(workspace, { match: { operation: 'customers' }, times: 'always', fault: { rowsAtMost: 12 } });
    await fault(workspace, { match: { operation: 'customersByIds' }, times: 'always', fault: given });
    await createLedger(workspace.supabase).wantPass(workspace.workspaceId, workspace.tenantId);
    for (let runs = 0; runs < 3; runs += 1) await runSync(workspace);
    expect(await proofsOf(workspace)).not.toContainEqual(expect.objectContaining({ whole: true }));
    const marked = [...(await workspace.contacts()).values()].filter(
      ({ crm_missing_since }) => crm_missing_since !== null,
    );
    expect([marked, ids.length]).toEqual([[], 20]);
    await heal(workspace);
    await wait(workspace, 25 * 60, admin);
    expect(await compareAll(workspace)).toMatchObject({ gone: 0 });
  });

  test('an export of contacts that ends early takes no phone, and is read once more', async () => {
    const workspace = await createSynced(120);
    const early = {
      match: { operation: 'settledContactsExport', from: 'none' },
      fault: { rowsAtMost: 5, answer: { hasMore: 'false' } },
    };
    await fault(workspace, early);
    const proof = await compareAll(workspace);
    expect(proof).toMatchObject({ whole: false, why_not: [{ code: 'methods_unseen' }], begun_again: ['contacts'] });
    expect(await differences(workspace)).toEqual([]);
    expect(
      await admin`select from public.servicetitan_rechecks where workspace_id = ${workspace.workspaceId}`,
    ).toHaveLength(0);
  });

  test('a token that is refused in the middle begins the contacts once more', async () => {
    const workspace = await createSynced(60);
    await workspace.simulator('PUT', '/switches', { exportBatchSize: 10 });
    await fault(workspace, {
      match: { operation: 'settledContactsExport', from: 'token' },
      skip: 4,
      fault: { status: 400 },
    });
    expect(await compareAll(workspace, { settings: SMALL })).toMatchObject({ whole: true, seen: 60, ...NOTHING_WRONG });
  });

  test('the first call of every slice answered 429 is waited for; a later one ends the slice', async () => {
    const workspace = await createSynced(120);
    await workspace.simulator('PUT', '/switches', { exportBatchSize: 10 });
    const wish = { status: 429, retryAfterSeconds: 7 };
    const proof = await compareAll(workspace, {
      settings: SMALL,
      beforeStep: async (name) => {
        if (name === 'pass-contacts-fetch' || name === 'pass-contacts-fetch page 3')
          await fault(workspace, { match: { operation: 'settledContactsExport' }, fault: wish });
      },
    });
    expect(proof).toMatchObject({ whole: true, seen: 120, ...NOTHING_WRONG });
  });

  test('a customer stamped 2099 is compared like any other', async () => {
    const workspace = await createSynced(10);
    const [id] = await idsOf(workspace);
    await workspace.simulator('POST', '/restamp', {
      customerIds: [Number(id)],
      modifiedOn: '2099-01-01T00:00:00.0000000Z',
    });
    await runSync(workspace);
    expect(await compareAll(workspace)).toMatchObject({ whole: true, seen: 10, ...NOTHING_WRONG });
  });

  test('a stamp that went back is asked for by id, and becomes what ServiceTitan says', async () => {
    const workspace = await createSynced(10);
    const [id] = await idsOf(workspace);
    await admin`update public.contacts set crm_modified_on = '2026-02-01T00:00:00.0000000Z', name = 'Ahead' where workspace_id = ${workspace.workspaceId} and crm_id = ${id!}`;
    expect(await compareAll(workspace)).toMatchObject({ whole: true, went_back: 1, ids: { went_back: [id] } });
    await wait(workspace, 16, admin);
    await runSync(workspace);
    expect(await differences(workspace)).toEqual([]);
    expect(LONG_AGO < '2026-02-01').toBe(true);
  });

  test('an export that is 40 minutes late makes nobody gone and no phone missing', async () => {
    const workspace = await createSynced(20);
    await workspace.simulator('PUT', '/switches', { exportLagSeconds: 2400 });
    await workspace.simulator('POST', '/customers', {
      name: 'Young',
      contacts: [{ type: 'Phone', value: '(208) 555-0117' }],
    });
    await runSync(workspace);
    expect(await compareAll(workspace)).toMatchObject({ whole: true, ...NOTHING_WRONG, rechecks: 0 });
  });

  test('a page of the list that a record breaks is narrowed, and the record leaves the pass not whole', async () => {
    const workspace = await createSynced(24);
    const ids = await idsOf(workspace);
    const front = await poisonedServiceTitan(workspace);
    const isOfPass = (url: URL) =>
      customersList(url) && !url.searchParams.has('ids') && !url.searchParams.has('modifiedOnOrAfter');
    front.poisons = [{ at: isOfPass, ids: [ids[7]!], how: 500 }];
    const settings = { SERVICETITAN_API_URL: front.url, INCREMENTAL_PAGE_SIZE: '1' };
    const proof = await compareAll(workspace, { settings });
    expect(proof.why_not.map(({ code }) => code)).toContain('customers_unread');
    expect(proof).toMatchObject({ whole: false, gone: 0, missing: 0 });
    expect((await workspace.contacts()).get(ids[7]!)).toMatchObject({ crm_missing_since: null });
  });

  test('300 records that cannot be read are set aside, counted, and gone for nobody', async () => {
    const workspace = await createSynced(320);
    const ids = await idsOf(workspace);
    const match = { customers: ids.slice(0, 300).map(Number) };
    await fault(workspace, {
      match: { ...match, operation: 'customers' },
      times: 'always',
      fault: { fields: { modifiedOn: '"soon"' } },
    });
    expect(await compareAll(workspace)).toMatchObject({
      whole: true,
      seen: 320,
      refused: 300,
      right_when_read: 20,
      gone: 0,
    });
  });
});
