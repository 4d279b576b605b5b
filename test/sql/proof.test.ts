// What GET /proof is made of (R18).
import { expect, test } from 'vitest';
import { admin, call, type Row } from '../support/database.ts';
import { customer } from './batches.ts';
import { beginFirst, nextRun, readAll } from './passes.ts';
import { advance, complete, connect, startRun, type Run } from './workspaces.ts';

const proof = ({ workspaceId }: { workspaceId: string }) =>
  call<Row | null>('read_servicetitan_proof', { p_workspace_id: workspaceId });

/** A run whose window closed. */
async function window(run: Run, until: string): Promise<Run> {
  const next = await nextRun(run);
  await advance(next, until);
  return next;
}

test('R18: before the first pass there is no proof, and the one under way is told', async () => {
  expect(await proof(await connect())).toMatchObject({ proof: null, under_way: null, wanted: false });
  expect(await proof({ workspaceId: 'nobody' })).toBeNull();
  const { run } = await beginFirst();
  expect(await proof(run)).toMatchObject({ proof: null, under_way: { why: 'first', stage: 'contacts', page: 0 } });
});

test('R18: the windows since the last pass are an unbroken chain, or it is said that they are not', async () => {
  const { run, pass } = await beginFirst({ customers: [customer('1')] });
  await readAll(run, pass, [customer('1')]);
  await advance(run, '2026-11-24T10:00:00Z');
  const second = await window(await window(run, '2026-11-24T10:15:00Z'), '2026-11-24T10:30:00Z');
  expect(await proof(run)).toMatchObject({
    proof: { whole: true, seen: 1 },
    since: { windows: 3, unbroken: true, misses: 0 },
  });
  await complete(second);
  await admin`
    update public.servicetitan_sync_state set last_modified_cursor = '2026-11-24T12:00:00Z' where workspace_id = ${run.workspaceId}
  `;
  await advance(await startRun(run), '2026-11-24T12:15:00Z');
  expect(await proof(run)).toMatchObject({ since: { windows: 4, unbroken: false } });
});

test('R18: what the second reading had to bring since then is counted', async () => {
  const { run, pass } = await beginFirst();
  await readAll(run, pass, []);
  await admin`update public.servicetitan_sync_runs set misses = 3 where instance_id = ${run.instanceId}`;
  expect(await proof(run)).toMatchObject({ since: { misses: 3 } });
});
