// Which comparisons a person is told of (R18).
import { expect, test } from 'vitest';
import { admin } from '../support/database.ts';
import { connectSynced, type Workspace } from './workspaces.ts';

const RIGHT = { whole: true, why_not: [], missing: 0, stale: 0, differing: 0, returned: 0 };
let pass = 0;

/** A pass that ended so many days ago. */
async function ended({ workspaceId, source }: Workspace, daysAgo: number, found: object = {}): Promise<void> {
  const { why_not, ...rest } = { ...RIGHT, ...found };
  await admin`
    insert into public.servicetitan_proofs ${admin({
      workspace_id: workspaceId,
      pass: (pass += 1),
      source,
      why: 'due',
      stage: 'ended',
      began_at: new Date(),
      ...rest,
    })}
  `;
  await admin`
    update public.servicetitan_proofs
    set why_not = ${admin.json(why_not as never)}, ended_at = now() - make_interval(days => ${daysAgo})
    where workspace_id = ${workspaceId} and pass = ${pass}
  `;
}

async function told({ workspaceId, source }: Workspace, { since = 0, days = 7 } = {}): Promise<string[]> {
  const rows = await admin`
    select kind from public.find_servicetitan_failed_proofs(
      ${workspaceId}, ${source}, now() - make_interval(days => ${since}), ${days}
    ) order by kind
  `;
  return rows.map(({ kind }) => String(kind));
}

test('R18: a whole pass that found nothing is told to nobody', async () => {
  const workspace = await connectSynced();
  expect(await told(workspace)).toEqual([]);
  await ended(workspace, 8, { whole: false });
  await ended(workspace, 1);
  expect(await told(workspace, { since: 100 })).toEqual([]);
});

test('R18: two in a row that are not whole are told, one is not', async () => {
  const workspace = await connectSynced();
  await ended(workspace, 2, { whole: false });
  expect(await told(workspace)).toEqual([]);
  await ended(workspace, 1, { whole: false });
  expect(await told(workspace)).toEqual(['not_proved']);
});

test('R18: none in twice the days is told, but not where passes are switched off', async () => {
  const workspace = await connectSynced();
  expect(await told(workspace, { since: 13 })).toEqual([]);
  expect(await told(workspace, { since: 15 })).toEqual(['not_proved']);
  expect(await told(workspace, { since: 15, days: 0 })).toEqual([]);
  await ended(workspace, 15);
  expect(await told(workspace, { since: 30 })).toEqual(['not_proved']);
});

test.for([
  [{ missing: 1 }, ['differences_found']],
  [{ stale: 1 }, ['differences_found']],
  [{ differing: 9 }, []],
  [{ differing: 10 }, ['differences_found']],
  [{ returned: 1 }, ['rewritten']],
  [{ whole: false, why_not: [{ code: 'gone_held', count: 58 }] }, ['gone_held']],
] as const)('R18: of what a pass found, %j is told as %j', async ([found, kinds]) => {
  const workspace = await connectSynced();
  await ended(workspace, 1, found);
  expect(await told(workspace)).toEqual(kinds);
  // The next one finds nothing, and it is over.
  await ended(workspace, 0);
  expect(await told(workspace)).toEqual([]);
});
