// R18: what is done to the database, and by the database, while a pass reads.
import { expect, test } from 'vitest';
import { admin } from '../support/database.ts';
import { goBack, SYNC_TABLES, takeMoment } from '../support/goBack.ts';
import { compareAll, createSynced, proofsOf, wait } from '../support/proofs.ts';
import { type RingOptions, runSync } from '../support/ring.ts';
import { differences } from '../support/truth.ts';
import type { TestWorkspace } from '../support/workspace.ts';
import { randomId } from '../sql/workspaces.ts';

/** A run reads a slice, and nobody waits for the next one. */
const SLICES: RingOptions = { settings: { FULL_PASS_DAYS: '7', INCREMENTAL_PAGE_SIZE: '1', INITIAL_CHUNK_SIZE: '40' } };
const PASS_TABLES = ['servicetitan_proofs', 'servicetitan_pass_chunks'];
const NOTHING_WRONG = { missing: 0, stale: 0, differing: 0, went_back: 0, gone: 0, refused: 0 };

/** More batches of contacts than a slice holds. */
async function createLarge(): Promise<TestWorkspace> {
  const workspace = await createSynced(120);
  await workspace.simulator('PUT', '/switches', { exportBatchSize: 8 });
  return workspace;
}

/** Runs until the pass under way has ended. */
async function endPass(workspace: TestWorkspace) {
  for (let runs = 0; runs < 12; runs += 1) {
    const [newest] = await proofsOf(workspace);
    if (newest && newest['ended_at'] !== null) return newest;
    await runSync(workspace, SLICES);
  }
  throw new Error('The pass did not end in 12 runs.');
}

/** A trigger of the product's for this workspace alone, until the work is done. */
async function withTrigger(workspace: TestWorkspace, body: string, work: () => Promise<void>): Promise<void> {
  const name = `rule_${randomId()}`;
  await admin.unsafe(`
    create function public.${name}() returns trigger language plpgsql as $$ begin ${body} return new; end $$;
    create trigger ${name} before insert or update on public.contacts for each row
    when (new.workspace_id = '${workspace.workspaceId}') execute function public.${name}();
  `);
  try {
    await work();
  } finally {
    await admin.unsafe(`drop function public.${name} cascade`);
  }
}

test.for([
  ['all tables, to a moment before the pass began', 'before', [...SYNC_TABLES, ...PASS_TABLES]],
  ['all tables, to the end of its first slice', 'within', [...SYNC_TABLES, ...PASS_TABLES]],
  ['what the pass has seen, and not where it stands', 'before', ['servicetitan_pass_chunks']],
  ['where the pass stands, and not what it has seen', 'within', ['servicetitan_proofs']],
] as const)('R18, R21: a restore between two slices: %s', async ([, when, tables]) => {
  const workspace = await createLarge();
  const before = await takeMoment(workspace.workspaceId, tables);
  await runSync(workspace, SLICES);
  const within = await takeMoment(workspace.workspaceId, tables);
  await runSync(workspace, SLICES);
  expect(await proofsOf(workspace)).toMatchObject([{ ended_at: null }]);
  await goBack(when === 'before' ? before : within);
  expect(await endPass(workspace)).toMatchObject({ whole: true, seen: 120, ...NOTHING_WRONG });
  expect(await differences(workspace)).toEqual([]);
});

test('R18, R21: contacts restored as they were long ago, between two slices, are what the next pass mends', async () => {
  const workspace = await createLarge();
  const old = await takeMoment(workspace.workspaceId, ['contacts']);
  const ids = [...(await workspace.contacts()).keys()].toSorted().slice(0, 20);
  for (const id of ids) await workspace.simulator('PATCH', `/customers/${id}`, { name: `New ${id}` });
  await runSync(workspace, SLICES);
  await goBack(old);
  await endPass(workspace);
  await wait(workspace, 8 * 24 * 60, admin);
  await compareAll(workspace);
  expect(await differences(workspace)).toEqual([]);
});

test('R18, R21: contacts truncated between two slices are read once more, and all of them are back', async () => {
  const workspace = await createLarge();
  await runSync(workspace, SLICES);
  await runSync(workspace, SLICES);
  await admin`delete from public.contacts where workspace_id = ${workspace.workspaceId}`;
  expect(await endPass(workspace)).toMatchObject({ whole: true, seen: 120, missing: 120, mended: 120, gone: 0 });
  expect(await differences(workspace)).toEqual([]);
});

test('R18: contacts truncated behind its last page begin it again, and all of them are back', async () => {
  const workspace = await createSynced(60);
  let isDone = false;
  const proof = await compareAll(workspace, {
    beforeStep: async (name) => {
      if (isDone || name !== 'pass-sweep') return;
      isDone = true;
      await admin`delete from public.contacts where workspace_id = ${workspace.workspaceId}`;
    },
  });
  expect(proof).toMatchObject({ whole: true, begun_again: ['pass'], seen: 60, missing: 60, mended: 60 });
  expect(await differences(workspace)).toEqual([]);
});

test('R18, R22: a trigger that writes phones in its own way is told, and nothing is written for ever', async () => {
  const workspace = await createSynced(12);
  const phones = [...(await workspace.contacts()).values()].filter(({ phone }) => phone !== null).length;
  await withTrigger(workspace, `new.phone := replace(new.phone, '+1', '1-');`, async () => {
    await admin`update public.contacts set name = name where workspace_id = ${workspace.workspaceId}`;
    for (const days of [0, 8]) {
      await wait(workspace, days * 24 * 60, admin);
      expect(await compareAll(workspace)).toMatchObject({
        whole: true,
        differing: phones,
        returned: phones,
        mended: 0,
        fields: { phone: phones },
      });
    }
    const stamps = async () =>
      new Map([...(await workspace.contacts()).values()].map((row) => [row['crm_id'], row['updated_at']]));
    const before = await stamps();
    await runSync(workspace);
    expect(await stamps()).toEqual(before);
  });
  expect(phones).toBeGreaterThan(3);
});

test.for([
  ['raises', `raise exception 'not ours to change';`],
  ['keeps it as it was', `new.crm_missing_since := null;`],
] as const)(
  'R18: a trigger that %s where one contact is marked as missing holds up no other, and the proof says so',
  async ([, deed]) => {
    const workspace = await createSynced(12);
    const ids = [...(await workspace.contacts()).keys()].toSorted();
    const [kept, ...others] = ids.slice(0, 3) as [string, string, string];
    const match = { customers: [kept, ...others].map(Number) };
    await workspace.simulator('POST', '/faults', { match, times: 'always', fault: { hidden: true } });
    const body = `if new.crm_id = '${kept}' and new.crm_missing_since is not null then ${deed} end if;`;
    await withTrigger(workspace, body, async () => {
      expect(await compareAll(workspace)).toMatchObject({
        whole: false,
        why_not: [{ code: 'not_marked', count: 1 }],
        gone: 2,
        ids: { gone: others },
      });
    });
    const marked = [...(await workspace.contacts()).values()].filter((row) => row['crm_missing_since'] !== null);
    expect(marked.map((row) => row['crm_id']).toSorted()).toEqual(others);
    expect((await compareAll(workspace)).ids['gone']).toEqual([kept]);
  },
);

test('R18: a pause of a month in its middle ends the pass, and the next day another one is whole', async () => {
  const workspace = await createLarge();
  await runSync(workspace, SLICES);
  await wait(workspace, 30 * 24 * 60, admin);
  await runSync(workspace, SLICES);
  expect(await proofsOf(workspace)).toMatchObject([{ whole: false, why_not: [{ code: 'took_too_long' }], gone: 0 }]);
  await wait(workspace, 25 * 60, admin);
  await runSync(workspace, SLICES);
  expect(await endPass(workspace)).toMatchObject({ why: 'not_whole', whole: true, seen: 120, ...NOTHING_WRONG });
});
