// Claims while another connection has the workspace in hand: none waits, for one workspace must not hold up the others.
import { expect, test } from 'vitest';
import { as, callIn, type Row } from '../support/database.ts';
import {
  type Answer,
  claim,
  connect,
  fenced,
  ledgerOf,
  newInstanceId,
  startRun,
  stateOf,
  type Workspace,
} from './workspaces.ts';

/** Claims for each workspace in one call, and fails, instead of waiting on for good, where it has to wait for a lock. */
async function claimWithoutWaiting(claims: Row[]): Promise<Answer[]> {
  return as('service_role', async (sql) => {
    await sql`set local lock_timeout = '2s'`;
    return callIn(sql, 'claim_servicetitan_runs', { p_trigger: 'cron', p_claims: claims });
  });
}

/** Calls a function and leaves its transaction open until `meanwhile` is done; resolves to what the latter resolved to. */
async function duringCall<Result>(name: string, parameters: Row, meanwhile: () => Promise<Result>): Promise<Result> {
  return as('service_role', async (sql) => {
    await callIn(sql, name, parameters);
    return meanwhile();
  });
}

function claimOf(workspace: Workspace): { workspace_id: string; instance_id: string } {
  return { workspace_id: workspace.workspaceId, instance_id: newInstanceId(workspace) };
}

test('R8: of two claims at once by two connections one wins, and the other is answered without waiting', async () => {
  const [contested, free] = [await connect(), await connect()];
  const [winner, loser] = [claimOf(contested), claimOf(contested)];
  const answers = await duringCall('claim_servicetitan_runs', { p_trigger: 'cron', p_claims: [winner] }, () =>
    claimWithoutWaiting([loser, claimOf(free)]),
  );
  expect(answers.map(({ outcome }) => outcome)).toEqual(['running', 'claimed']);
  expect(await stateOf(contested)).toMatchObject({ run_instance_id: winner.instance_id, fence: 1 });
  expect(await ledgerOf(loser.instance_id)).toBeUndefined();
});

test('R8: a run in the middle of a write counts as running, and holds up no other workspace', async () => {
  const run = await startRun(await connect());
  const free = await connect();
  const answers = await duringCall('hold_servicetitan_lease', fenced(run), () =>
    claimWithoutWaiting([claimOf(run), claimOf(free)]),
  );
  expect(answers).toMatchObject([{ outcome: 'running', instance_id: run.instanceId }, { outcome: 'claimed' }]);
});

test('R8: of many claims at once exactly one wins', async () => {
  const workspace = await connect();
  const answers = await Promise.all(Array.from({ length: 12 }, () => claim(workspace)));
  const winners = answers.filter(({ outcome }) => outcome === 'claimed');
  expect(winners).toHaveLength(1);
  expect(answers.filter(({ outcome }) => outcome === 'running')).toHaveLength(11);
  expect(await stateOf(workspace)).toMatchObject({ run_instance_id: winners[0]!.instance_id, fence: 1 });
});

test('R8: two ticks at once over the same workspaces in opposite order start each of them once', async () => {
  const workspaces = await Promise.all(Array.from({ length: 20 }, () => connect()));
  const ticks = await Promise.all([
    claimWithoutWaiting(workspaces.map(claimOf)),
    claimWithoutWaiting(workspaces.toReversed().map(claimOf)),
  ]);
  const outcomes = ticks.flat().map(({ outcome }) => outcome);
  expect(outcomes.filter((outcome) => outcome === 'claimed')).toHaveLength(20);
  expect(outcomes.filter((outcome) => outcome === 'running')).toHaveLength(20);
});
