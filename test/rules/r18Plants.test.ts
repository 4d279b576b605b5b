// R18, the proof of the proof: differences are planted at random, with faults going on, and the pass has to find exactly these.
import { expect, test } from 'vitest';
import { createRandom } from '../../local/serviceTitan/seed/random.ts';
import { admin } from '../support/database.ts';
import { compareAll, createSynced, wait } from '../support/proofs.ts';
import { runSync } from '../support/ring.ts';
import { differences } from '../support/truth.ts';
import type { TestWorkspace } from '../support/workspace.ts';

type Kind = 'missing' | 'stale' | 'edited' | 'foreign' | 'ahead' | 'vanished' | 'extra' | 'method';
const KINDS: Kind[] = ['missing', 'stale', 'edited', 'foreign', 'ahead', 'vanished', 'extra', 'method'];
const EDITS = [
  `name = 'By hand'`,
  `address_city = 'Elsewhere'`,
  `active = not active`,
  // A balance moves without its stamp, and is asked for by id before it is called a difference (R2).
  `metadata = jsonb_set(metadata, '{custom_fields,customer_type}', '"Nobody"')`,
  `address_latitude = coalesce(address_latitude, 0) + 1`,
];

/** So many of each kind, each at a customer of its own. Answers who it was. */
async function plant(workspace: TestWorkspace, each: number, seed: number): Promise<Record<Kind, string[]>> {
  const { workspaceId, tenantId } = workspace;
  const source = `production/${tenantId}`;
  const random = createRandom(seed);
  const ids = [...(await workspace.contacts()).keys()]
    .map((id) => ({ id, at: random.next() }))
    .toSorted((one, other) => one.at - other.at)
    .map(({ id }) => id);
  const planted = Object.fromEntries(KINDS.map((kind) => [kind, [] as string[]])) as Record<Kind, string[]>;
  const update = (id: string, set: string) =>
    admin.unsafe(`update public.contacts set ${set} where workspace_id = '${workspaceId}' and crm_id = '${id}'`);
  for (const [index, kind] of KINDS.flatMap((kind) => Array<Kind>(each).fill(kind)).entries()) {
    const id = kind === 'extra' ? String(990_000_000 + index) : ids.pop()!;
    planted[kind].push(id);
    if (kind === 'missing')
      await admin`delete from public.contacts where workspace_id = ${workspaceId} and crm_id = ${id}`;
    if (kind === 'stale') await update(id, `crm_modified_on = '2020-01-01T00:00:00.0000000Z', name = 'As it was'`);
    if (kind === 'edited') await update(id, EDITS[index % EDITS.length]!);
    if (kind === 'foreign') await update(id, `crm_source = 'production/1'`);
    if (kind === 'ahead') await update(id, `crm_modified_on = '2099-01-01T00:00:00.0000000Z', name = 'Ahead'`);
    if (kind === 'extra') {
      const row = { workspace_id: workspaceId, crm_id: id, crm_source: source, name: 'Nobody' };
      await admin`insert into public.contacts ${admin({ ...row, crm_modified_on: '2020-01-01T00:00:00.0000000Z' })}`;
    }
    if (kind === 'method') {
      const row = {
        workspace_id: workspaceId,
        source,
        id: 990_000_000 + index,
        crm_id: id,
        type: 'Fax',
        value: '1',
        usability: 'unusable',
      };
      await admin`insert into public.servicetitan_contact_methods ${admin({ ...row, modified_on: '2020-01-01T00:00:00.0000000Z' })}`;
    }
  }
  const match = { customers: planted.vanished.map(Number) };
  await workspace.simulator('POST', '/faults', { match, times: 'always', fault: { hidden: true } });
  return planted;
}

/** Each kind of call fails once or twice, wants a pause, or answers with something else. */
async function disturb({ simulator }: TestWorkspace): Promise<void> {
  const faults = [
    [{ operation: 'settledContactsExport' }, { status: 500 }],
    [{ operation: 'customers' }, { status: 429, retryAfterSeconds: 1 }],
    [{ operation: 'customersByIds' }, { empty: true }],
    [{ operation: 'customer' }, { status: 503, body: 'html' }],
  ] as const;
  for (const [match, fault] of faults) await simulator('POST', '/faults', { match, fault });
}

const sorted = (ids: string[] = []) => ids.toSorted();

test.for([1, 2, 3, 4])(
  'R18: what is planted is found, counted in its class and mended or named (seed %i)',
  async (seed) => {
    const workspace = await createSynced(110);
    const planted = await plant(workspace, 11, seed);
    await disturb(workspace);
    const proof = await compareAll(workspace, { settings: { INCREMENTAL_PAGE_SIZE: '1', INITIAL_CHUNK_SIZE: '30' } });
    expect(proof).toMatchObject({
      why_not: [],
      whole: true,
      missing: 22,
      stale: 11,
      differing: 11,
      went_back: 11,
      gone: 22,
    });
    expect({
      missing: sorted(proof.ids['missing']),
      stale: sorted(proof.ids['stale']),
      edited: sorted(proof.ids['differing']),
      ahead: sorted(proof.ids['went_back']),
      gone: sorted(proof.ids['gone']),
    }).toEqual({
      missing: sorted([...planted.missing, ...planted.foreign]),
      stale: sorted(planted.stale),
      edited: sorted(planted.edited),
      ahead: sorted(planted.ahead),
      gone: sorted([...planted.vanished, ...planted.extra]),
    });
    const unlisted = await admin`
    select distinct crm_id from public.servicetitan_contact_methods
    where workspace_id = ${workspace.workspaceId} and missing_from = 'pass' and crm_id = any (${planted.method})
  `;
    expect(unlisted).toHaveLength(11);
    // What waits for its second word gets it.
    for (const minutes of [16, 16, 25 * 60, 16]) {
      await wait(workspace, minutes, admin);
      await runSync(workspace);
    }
    const rest = (await differences(workspace)).map(({ crmId }) => crmId);
    expect(sorted(rest)).toEqual(sorted(planted.extra));
    await wait(workspace, 8 * 24 * 60, admin);
    expect(await compareAll(workspace)).toMatchObject({
      whole: true,
      missing: 0,
      stale: 0,
      differing: 0,
      went_back: 0,
      gone: 0,
    });
  },
);

test('R18: with nothing planted nothing is found, whatever ServiceTitan does', async () => {
  const workspace = await createSynced(110);
  await disturb(workspace);
  expect(
    await compareAll(workspace, { settings: { INCREMENTAL_PAGE_SIZE: '1', INITIAL_CHUNK_SIZE: '30' } }),
  ).toMatchObject({
    whole: true,
    missing: 0,
    stale: 0,
    differing: 0,
    went_back: 0,
    gone: 0,
    rechecks: 0,
  });
});
