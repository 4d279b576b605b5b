// The jobs of a tick, with a Supabase and an engine of a few lines: what fails costs its own job alone.
import { expect, test } from 'vitest';
import { DatabaseError, SupersededError } from '../../../src/errors.ts';
import { readConfig } from '../../../src/config.ts';
import { retrying } from '../../../src/schedule/retrying.ts';
import { wakeUp } from '../../../src/schedule/wakeUp.ts';
import { CREDENTIALS_KEY, randomCredentialsKey, randomSecretKey } from '../../support/credentialsKey.ts';

const config = readConfig({
  SUPABASE_URL: 'https://project.example',
  SUPABASE_SECRET_KEY: randomSecretKey(),
  CREDENTIALS_KEY,
  CREDENTIALS_KEY_PREVIOUS: randomCredentialsKey(),
  ALERT_WEBHOOK_URL: 'https://alerts.example',
  ALERT_WEBHOOK_FORMAT: 'slack',
});
const unavailable = new DatabaseError('the SQL function x', 503, 'PGRST002');
const COUNT = 10_000;
const PAGE = 500;
const idOf = (index: number) => `w${String(index).padStart(5, '0')}`;

/** `fails` decides for each call by its name and its number of that name. */
async function run(fails: (name: string, call: number) => boolean, { msPerCall = 0 } = {}) {
  const calls: string[] = [];
  const waits: number[] = [];
  const logged: { event: string }[] = [];
  let now = 0;
  let started = 0;
  const answer = <Answer>(name: string, make: () => Answer) => {
    calls.push(name);
    now += msPerCall;
    if (fails(name, calls.filter((called) => called === name).length)) throw unavailable;
    return make();
  };
  const ledger = {
    listWorkspaces: async (after: string | null) =>
      answer('list', () => {
        const from = after === null ? 0 : Number(after.slice(1)) + 1;
        const workspaces = Array.from({ length: PAGE }, (_, index) => ({
          workspace_id: idOf(from + index),
          tenant_id: '1',
          time_zone: null,
          enabled: true,
          running: false,
          stalled: false,
          backing_off: false,
        }));
        return { workspaces, next_after: from + PAGE >= COUNT ? null : idOf(from + PAGE - 1) };
      }),
    claim: async (_: string, claims: object[]) =>
      answer('claim', () => claims.map((claim) => ({ ...claim, outcome: 'claimed' }))),
    fail: async () => {},
    pruneHistory: async () => answer('prune', () => 0),
  };
  const connections = { listToReseal: async () => answer('reseal', () => ({ connections: [], next_after: null })) };
  const ticks = { note: async () => answer('note', () => undefined) };
  const alerts = { claim: async () => answer('alerts', () => []) };
  const workflow = {
    createBatch: async ({ instances }: { instances: object[] }) => ((started += instances.length), { errors: [] }),
  };
  const isDone = await wakeUp(
    {
      config,
      ledger,
      connections,
      alerts,
      ticks,
      isCatchUp: false,
      workflow,
      log: (entry: object) => logged.push(entry as { event: string }),
      now: () => now,
      wait: async (milliseconds: number) => void waits.push(milliseconds),
    } as never,
    new Date('2026-02-09T19:00:00Z'),
  );
  return {
    isDone,
    calls,
    started,
    events: logged.map(({ event }) => event),
    waits: waits.filter((wait) => wait !== 1000),
  };
}

test('R14: a tick does its four jobs, the alerts first', async () => {
  const { isDone, calls, started, events } = await run(() => false);
  expect([isDone, started]).toEqual([true, COUNT]);
  expect(calls.slice(0, 2)).toEqual(['note', 'alerts']);
  expect(calls.slice(-2)).toEqual(['reseal', 'prune']);
  expect(events).toEqual(['tick', 'credentials_resealed']);
});

test.for(['note', 'list', 'claim', 'alerts', 'reseal', 'prune'])(
  'R14: a call of "%s" that fails three times costs the tick twenty seconds and no more',
  async (name) => {
    const { isDone, started, waits } = await run((called, call) => called === name && call <= 3);
    expect([isDone, started]).toEqual([true, COUNT]);
    expect(waits).toEqual([4000, 15_000]);
  },
);

test.for([
  ['list', 'tick_failed', 0],
  ['note', 'tick_not_noted', COUNT],
  ['alerts', 'alerts_failed', COUNT],
  ['reseal', 'reseal_failed', COUNT],
  ['prune', 'prune_failed', COUNT],
] as const)('R14: a job whose calls of "%s" fail for good costs no other job', async ([name, event, count]) => {
  const { isDone, calls, started, events } = await run((called) => called === name);
  expect([isDone, started]).toEqual([false, count]);
  expect(events).toContain(event);
  expect(new Set(calls)).toContain('alerts');
  expect(new Set(calls)).toContain('reseal');
  expect(new Set(calls)).toContain('prune');
});

test('R14: a claim that fails for good costs its own hundred workspaces alone', async () => {
  const { started, events, isDone } = await run((called, call) => called === 'claim' && call <= 4);
  expect([isDone, started]).toEqual([true, COUNT - 100]);
  expect(events).toContain('claim_failed');
});

test('R14: a tick that has used up its ten minutes leaves the rest to the next one, and has told the alerts', async () => {
  const { isDone, started, calls } = await run(() => false, { msPerCall: 30_000 });
  expect(isDone).toBe(false);
  expect(started).toBeGreaterThan(500);
  expect(started).toBeLessThan(COUNT);
  expect(calls[1]).toBe('alerts');
  expect(calls).not.toContain('prune');
});

test('what is meant is not asked again', async () => {
  let calls = 0;
  const patient = retrying(
    {
      call: async () => {
        calls += 1;
        throw new SupersededError();
      },
    },
    { wait: async () => {}, timeIsUp: () => false },
  );
  await expect(patient.call()).rejects.toThrow('may not write any more');
  expect(calls).toBe(1);
});
