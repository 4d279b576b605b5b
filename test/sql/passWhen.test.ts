// When a pass begins, goes on and is dropped (R18).
import { expect, test } from 'vitest';
import { admin, call } from '../support/database.ts';
import { customer } from './batches.ts';
import { beginFirst, beginPass, chunksOf, letEnd, nextRun, proofOf, read, readAll, settle, done } from './passes.ts';
import { claim, complete, connect, connectSynced, startRun, stateOf } from './workspaces.ts';

const want = (workspaceId: string) =>
  admin`update public.servicetitan_sync_state set pass_wanted_at = now() where workspace_id = ${workspaceId}`;

test('R18: the first pass begins with the second run, and none with the first sync', async () => {
  const workspace = await connect();
  const first = await startRun(workspace);
  expect(await beginPass(first)).toBeNull();
  const run = await startRun(await connectSynced());
  expect(await beginPass(run, 0)).toBeNull();
  expect(await beginPass(run)).toMatchObject({ stage: 'contacts' });
  expect(await proofOf(run)).toMatchObject({ why: 'first', source: run.source, ended_at: null });
});

test('R18: none is due right behind one that is whole, and one comes within the days that are set', async () => {
  const { run, pass } = await beginFirst();
  await readAll(run, pass, []);
  expect(await beginPass(run)).toBeNull();
  const next = await nextRun(run);
  expect(await beginPass(next)).toBeNull();
  await letEnd(run, '7 days');
  expect(await beginPass(next, 0)).toBeNull();
  expect(await beginPass(next)).toMatchObject({ stage: 'contacts', asked: false });
  expect(await proofOf(run)).toMatchObject({ why: 'due' });
});

test('R18: passes of many workspaces are spread over the days', async () => {
  const [due] = await admin`
    select count(*)::integer as count
    from generate_series(1, 200) as each
    cross join lateral (select ('x' || left(md5('w' || each), 7))::bit(28)::integer as seconds) as own
    where floor((extract(epoch from now()) + own.seconds) / (7 * 86400)) > floor((extract(epoch from now() - interval '1 day') + own.seconds) / (7 * 86400))
  `;
  expect(due!['count']).toBeGreaterThan(10);
  expect(due!['count']).toBeLessThan(60);
});

test('R18: one that was not whole is repeated the next day', async () => {
  const { run, pass } = await beginFirst({ customers: [customer('1'), customer('2')] });
  await readAll(run, pass, [customer('1')]);
  await settle(run, { unread: ['2'] });
  const next = await nextRun(run);
  expect(await beginPass(next)).toBeNull();
  await letEnd(run, '25 hours');
  await beginPass(next);
  expect(await proofOf(run)).toMatchObject({ why: 'not_whole' });
});

test('R18: one that is asked for while another is under way is noted, and begins after it', async () => {
  const { run, pass } = await beginFirst();
  await want(run.workspaceId);
  expect(await beginPass(run)).toMatchObject({ pass: pass.pass, asked: true });
  await readAll(run, pass, []);
  expect(await stateOf(run)).toMatchObject({ pass_wanted_at: expect.any(String) });
  const next = await nextRun(run);
  expect(await beginPass(next, 0)).toMatchObject({ stage: 'contacts', asked: true });
  expect(await stateOf(run)).toMatchObject({ pass_wanted_at: null });
  // Once begun it goes on, whatever is set.
  expect(await beginPass(next, 0)).toMatchObject({ pass: next.fence });
});

test('R18, R3: another tenant drops the pass, also where the workspace comes back to the first', async () => {
  const { run, pass } = await beginFirst({ customers: [customer('1')] });
  await read(run, pass, 'customers', { customers: [customer('1')] });
  await complete(run);
  await connect(run.workspaceId);
  const other = await startRun(run);
  expect(await proofOf(run)).toBeUndefined();
  expect(await chunksOf(run)).toEqual([]);
  await complete(other);
  await connect(run.workspaceId, run.tenantId);
  expect(await beginPass(await startRun(run))).toBeNull();
});

test('R18: a workspace that was disconnected meanwhile is compared anew, and new credentials alone ask for nothing', async () => {
  const { run, pass } = await beginFirst();
  await readAll(run, pass, []);
  await complete(run);
  await connect(run.workspaceId, run.tenantId);
  expect(await stateOf(run)).toMatchObject({ pass_wanted_at: null });
  await call('delete_servicetitan_connection', { p_workspace_id: run.workspaceId });
  await connect(run.workspaceId, run.tenantId);
  expect(await beginPass(await startRun(run), 0)).toMatchObject({ stage: 'contacts', asked: true });
});

test('R18: a pass that was begun more than a week ago ends, says so and finds nobody gone', async () => {
  const { run, pass } = await beginFirst({ customers: [customer('1')] });
  await read(run, pass, 'contacts', { commit: done('pass_contacts') });
  await letEnd(run, '30 days');
  const next = await nextRun(run);
  expect(await beginPass(next)).toBeNull();
  expect(await proofOf(run)).toMatchObject({ whole: false, why_not: [{ code: 'took_too_long' }], gone: 0 });
});

test('R18: where a clock is days behind, a pass takes as long as it does by the clock of the database', async () => {
  const { run, pass } = await beginFirst({ customers: [customer('1')] });
  await read(run, pass, 'contacts', { commit: done('pass_contacts') });
  await admin`update public.servicetitan_proofs set began_at = began_at - interval '10 days' where workspace_id = ${run.workspaceId}`;
  expect(await beginPass(await nextRun(run))).toMatchObject({ pass: pass.pass, stage: 'customers' });
});

test('R18: a run that lost its lease can neither read, sweep nor end a pass', async () => {
  const { run, pass } = await beginFirst();
  await complete(run);
  await claim(run);
  await expect(beginPass(run)).rejects.toMatchObject({ code: 'PT409' });
  await expect(readAll(run, pass, [])).rejects.toMatchObject({ code: 'PT409' });
  await expect(settle(run, {})).rejects.toMatchObject({ code: 'PT409' });
});
