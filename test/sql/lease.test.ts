// The heartbeat: every call of a run says until when it is alive.
import { expect, test } from 'vitest';
import { admin, call } from '../support/database.ts';
import { customer, sync } from './batches.ts';
import {
  claim,
  commit,
  connect,
  fenced,
  letTimePass,
  startRun,
  stateOf,
  type Run,
  type Workspace,
} from './workspaces.ts';

const hold = (run: Run, waitSeconds?: number) =>
  call('hold_servicetitan_lease', {
    ...fenced(run),
    ...(waitSeconds === undefined ? {} : { p_wait_seconds: waitSeconds }),
  });

/** Whole minutes from now until the lease ends, rounded. */
async function minutesLeft({ workspaceId }: Workspace): Promise<number> {
  const [row] = await admin<{ minutes: number }[]>`
    select round(extract(epoch from alive_until - now()) / 60)::integer as minutes
    from public.servicetitan_sync_state
    where workspace_id = ${workspaceId}
  `;
  return row!.minutes;
}

test('R8: a claim is alive for 20 minutes, as long as the engine may queue it', async () => {
  const workspace = await connect();
  await claim(workspace);
  expect(await minutesLeft(workspace)).toBe(20);
});

test.for([
  ['holding', (run: Run) => hold(run)],
  ['a batch', (run: Run) => sync(run, { customers: [customer('1')] })],
  ['a commit', (run: Run) => commit(run, { feed: 'contacts', continue_from: 'next' })],
] as [string, (run: Run) => Promise<unknown>][])(
  'R8: %s extends a lease that runs out to ten minutes',
  async ([, act]) => {
    const run = await startRun(await connect());
    await letTimePass(run, '19 minutes');
    expect(await minutesLeft(run)).toBeLessThanOrEqual(1);
    await act(run);
    expect(await minutesLeft(run)).toBe(10);
  },
);

test('R8: an announced wait is part of the lease, and a later call without one does not shorten it', async () => {
  const run = await startRun(await connect());
  await hold(run, 3600);
  expect(await minutesLeft(run)).toBe(70);
  await hold(run);
  expect(await minutesLeft(run)).toBe(70);
  await letTimePass(run, '65 minutes');
  expect((await claim(run)).outcome).toBe('running');
});

test('R8: a heartbeat takes back the nudge', async () => {
  const run = await startRun(await connect());
  await letTimePass(run, '1 hour');
  expect((await claim(run)).outcome).toBe('stalled');
  await hold(run);
  expect(await stateOf(run)).toMatchObject({ nudged_at: null });
  expect((await claim(run)).outcome).toBe('running');
});
