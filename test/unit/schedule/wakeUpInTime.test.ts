// A tick keeps to its ten minutes, whatever takes long, and tells in time what it did not come to.
import { expect, onTestFinished, test, vi } from 'vitest';
import { readConfig } from '../../../src/config.ts';
import { wakeUp } from '../../../src/schedule/wakeUp.ts';
import { CREDENTIALS_KEY, randomCredentialsKey, randomSecretKey } from '../../support/credentialsKey.ts';

const config = readConfig({
  SUPABASE_URL: 'https://project.example',
  SUPABASE_SECRET_KEY: randomSecretKey(),
  CREDENTIALS_KEY,
  CREDENTIALS_KEY_PREVIOUS: randomCredentialsKey(),
});
const MINUTE = 60_000;

interface Slow {
  /** Of the ledger's list. */
  listMs?: number;
  /** Of a page of connections to reseal. */
  pageMs?: number;
  /** Of what the engine says of an instance; Infinity: nothing, ever. */
  engineMs?: number;
  stalled?: number;
}

async function run({ listMs = 0, pageMs = 0, engineMs = 0, stalled = 0 }: Slow) {
  const calls: string[] = [];
  let now = 0;
  const rows = Array.from({ length: Math.max(1, stalled) }, (_, index) => ({
    workspace_id: `w${index}`,
    time_zone: null,
    enabled: true,
    running: stalled > 0,
    stalled: stalled > 0,
    backing_off: false,
  }));
  const note = (name: string, milliseconds = 0) => {
    calls.push(name);
    now += milliseconds;
  };
  const engine = async () => {
    if (engineMs === Infinity) await new Promise(() => {});
    note('engine', engineMs);
    return { status: 'running' };
  };
  const isDone = wakeUp(
    {
      config,
      ledger: {
        listWorkspaces: async () => (note('list', listMs), { workspaces: rows, next_after: null }),
        claim: async (_: string, claims: object[]) =>
          claims.map((claim) => ({ ...claim, outcome: stalled > 0 ? 'stalled' : 'claimed' })),
        endGone: async () => [],
        fail: async () => {},
        pruneHistory: async () => (note('prune'), 0),
      },
      connections: {
        listToReseal: async () => (
          note('reseal', pageMs),
          { connections: [], next_after: pageMs > 0 && now < 3000 * MINUTE ? 'x' : null }
        ),
        reseal: async () => 0,
      },
      alerts: {},
      ticks: { note: async () => {} },
      isCatchUp: false,
      workflow: {
        get: async () => ({ status: engine, sendEvent: async () => {} }),
        createBatch: async () => (engineMs === Infinity ? new Promise(() => {}) : { errors: [] }),
      },
      log: () => {},
      now: () => now,
      wait: async (milliseconds: number) => {
        now += milliseconds;
        // As time passes while nothing answers.
        await new Promise((resolve) => setTimeout(resolve, 0));
      },
    } as never,
    new Date('2026-02-09T19:00:00Z'),
  );
  return { isDone: await isDone, calls, minutes: now / MINUTE };
}

test('R14: sealing anew ends with the ten minutes of a tick, and the tick says that it was not done', async () => {
  const { isDone, minutes } = await run({ pageMs: MINUTE });
  expect(isDone).toBe(false);
  expect(minutes).toBeLessThanOrEqual(11);
});

test('R14: a list that comes after nine minutes leaves the rest to the next tick', async () => {
  const { isDone, minutes } = await run({ listMs: 9 * MINUTE, pageMs: MINUTE });
  expect(isDone).toBe(false);
  expect(minutes).toBeLessThanOrEqual(11);
});

test('R14: waking stalled runs ends with the ten minutes of a tick', async () => {
  const { isDone, minutes } = await run({ engineMs: MINUTE, stalled: 40 });
  expect(isDone).toBe(false);
  expect(minutes).toBeLessThanOrEqual(15);
});

test('R14: an engine that never answers costs the other jobs nothing, and the tick says that it was not done', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  for (const stalled of [0, 1]) {
    const running = run({ engineMs: Infinity, stalled });
    let isOver = false;
    void running.then(() => (isOver = true));
    for (let second = 0; second < 5000 && !isOver; second += 1) {
      await vi.advanceTimersByTimeAsync(1000);
      // Keys are imported outside of the timers.
      await new Promise((resolve) => setImmediate(resolve));
    }
    const { isDone, calls } = await running;
    expect(isDone).toBe(false);
    expect(calls).toContain('reseal');
  }
});
