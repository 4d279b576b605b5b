// How long the ledger, the reads log and the alerts are kept.
import { expect, test } from 'vitest';
import { admin, call, rowsOf } from '../support/database.ts';
import { customer, sync } from './batches.ts';
import { claim, complete, connectSynced, fenced, ledgerOf, newInstanceId, startRun, type Run } from './workspaces.ts';

const prune = (days: number, limit = 100_000) =>
  call<number>('prune_servicetitan_history', { p_days: days, p_limit: limit });

async function age(run: Run, days: number): Promise<void> {
  await admin`
    update public.servicetitan_sync_runs set created_at = now() - make_interval(days => ${days}) where instance_id = ${run.instanceId}
  `;
  await admin`
    update public.servicetitan_sync_reads set read_at = now() - make_interval(days => ${days}) where instance_id = ${run.instanceId}
  `;
}

/** A run that is over and was `days` days ago, with a chunk that created a customer and one that found it unchanged. */
async function runOf(days: number): Promise<Run> {
  const run = await startRun(await connectSynced());
  await sync(run, { customers: [customer('1')] });
  await sync(run, { page: 2, customers: [customer('1')] });
  await complete(run);
  await age(run, days);
  return run;
}

const readsOf = ({ instanceId }: Run) => rowsOf('servicetitan_sync_reads', { instance_id: instanceId }, 'page');

test('what is older than the days set goes, with what was read; the rest stays', async () => {
  const [old, young] = [await runOf(91), await runOf(89)];
  await prune(90);
  expect([await ledgerOf(old.instanceId), await readsOf(old)]).toEqual([undefined, []]);
  expect(await ledgerOf(young.instanceId)).toMatchObject({ status: 'completed' });
  // A read that found nothing changed is of use for a while only.
  expect(await readsOf(young)).toMatchObject([{ created: [1] }]);
});

test('R8: nothing younger than 31 days goes, for the engine may still know the id, whatever the setting', async () => {
  const run = await runOf(30);
  await prune(1);
  expect(await ledgerOf(run.instanceId)).toBeDefined();
  expect((await claim(run, run.instanceId)).outcome).toBe('already_started');
});

test('R8: a run that holds its lease stays, however old', async () => {
  const run = await startRun(await connectSynced());
  await age(run, 400);
  await prune(90);
  expect(await ledgerOf(run.instanceId)).toMatchObject({ status: 'running' });
  expect((await claim(run, newInstanceId(run))).outcome).toBe('running');
});

test('an alert that is over goes, one that is open stays', async () => {
  const { workspaceId } = await connectSynced();
  await admin`
    insert into public.servicetitan_alerts (workspace_id, kind, message, opened_at, closed_at, opening_told_at, closing_told_at) values
      (${workspaceId}, 'errors_persist', 'x', now() - interval '200 days', now() - interval '100 days', now(), now()),
      (${workspaceId}, 'no_complete_run', 'x', now() - interval '200 days', null, now(), null)
  `;
  await prune(90);
  expect(await rowsOf('servicetitan_alerts', { workspace_id: workspaceId }, 'kind')).toMatchObject([
    { kind: 'no_complete_run' },
  ]);
});

test('the ledger keeps the steps of a run, and a Worker that does not count them yet is served', async () => {
  const run = await startRun(await connectSynced());
  const parameters = { ...fenced(run), p_commit: null, p_pages: 1, p_calls: 2 };
  await call('complete_servicetitan_run', { ...parameters, p_steps: 6 });
  expect(await ledgerOf(run.instanceId)).toMatchObject({ steps: 6, service_titan_calls: 2 });
  const before = await startRun(run);
  await complete(before);
  expect(await ledgerOf(before.instanceId)).toMatchObject({ status: 'completed', steps: 0 });
});
