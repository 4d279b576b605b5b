// What the cost measurements are made into: verdicts and a month's bill, from figures given here.
import { expect, test } from 'vitest';
import type { Costs } from '../../bench/costs/costs.ts';
import { monthlyCosts } from '../../bench/costs/model.ts';
import { costTargets } from '../../bench/costs/targets.ts';

const STAMP = { at: '2026-11-25T00:00:00.000Z', commit: 'abc1234' };

function call(fields: Partial<NonNullable<Costs['function']>['calls'][number]>): Costs {
  const within = {
    kind: 'customers',
    records: 500,
    calls: 5,
    coldCpuMs: 1500,
    firstCpuMs: 1000,
    warmCpuMs: 100,
    largestWarmCpuMs: 1000,
    heapMegabytes: 100,
    peakMegabytes: 200,
    sentKilobytes: 1,
  };
  return { function: { ...STAMP, calls: [within, { ...within, ...fields }] } };
}

function tickOf(workspaces: number, fields: object = {}): Costs {
  const traffic = { bytesSent: 0, bytesReceived: 0, mostAtOnce: 1 };
  const counted = {
    summary: { workspaces, started: workspaces, woken: 0, failed: 0, outOfTime: false },
    batches: workspaces / 100,
    largestBatch: 100,
    mostInASecond: 100,
    waitedMs: workspaces * 10,
    cpuMs: 1000,
    workMs: 1000,
  };
  const running = { list_servicetitan_workspaces: workspaces / 500, prune_servicetitan_history: 1 };
  const claims = { claim_servicetitan_runs: workspaces / 100 };
  return {
    tick: {
      ...STAMP,
      workspaces,
      due: {
        ...counted,
        supabase: { ...traffic, calls: workspaces / 500 + 1 + workspaces / 100, byPath: { ...running, ...claims } },
        ...fields,
      },
      running: { ...counted, supabase: { ...traffic, calls: workspaces / 500 + 1, byPath: running } },
    },
  };
}

test.for([
  ['a first call', { firstCpuMs: 1001 }],
  ['a later call', { largestWarmCpuMs: 1001 }],
  ['a heap', { heapMegabytes: 101 }],
] as const)('%s over its limit misses the target, one at the limit meets it', ([, over]) => {
  expect(costTargets(call({})).map(({ isMet }) => isMet)).toEqual([true, true]);
  expect(costTargets(call(over)).filter(({ isMet }) => !isMet)).toHaveLength(1);
});

test.for([
  ['more instances a second', { mostInASecond: 101 }],
  ['more instances a call', { largestBatch: 101 }],
  ['more subrequests', { batches: 9_900 }],
  ['more minutes', { waitedMs: 15 * 60_000 }],
  ['more CPU', { cpuMs: 30_001 }],
] as const)('%s than the platform allows a tick miss the target', ([, over]) => {
  expect(costTargets(tickOf(10_000)).every(({ isMet }) => isMet)).toBe(true);
  expect(costTargets(tickOf(10_000, over)).filter(({ isMet }) => !isMet)).toHaveLength(1);
});

test('a month is 57 runs a day and workspace, 96 ticks a day, and charged beyond what is included', () => {
  const cpu = { workerd: 10, deno: 0, postgrest: 0, postgres: 5, gateway: 0, source: 0, other: 0 };
  const run = { runs: 1, steps: 6, serviceTitanCalls: 2, functionCalls: 0, dataApiCalls: 6, cpu };
  const changed = { changed: 1, steps: 7, functionCalls: 1 };
  const runs = (['ours', 'naive'] as const).flatMap((form) => [
    { ...run, form, changed: 0 },
    { ...run, form, ...changed },
  ]);
  const costs = monthlyCosts({ ...tickOf(10_000), runs: { ...STAMP, costs: runs } });
  const find = (form: string, workspaces: number, changedRunsADay: number) =>
    costs.find((one) => one.form === form && one.workspaces === workspaces && one.changedRunsADay === changedRunsADay)!;

  expect(find('ours', 1, 0)).toMatchObject({
    steps: 57 * 30 * 6,
    requests: (57 + 96) * 30,
    functionCalls: 0,
    // A claim with each run; a list and the history's pruning with each tick.
    dataApiCalls: 30 * (57 * 6 + 57 * 1 + 96 * 2),
    databaseCpuSeconds: (57 * 30 * 5) / 1000,
    dollars: 0,
  });
  expect(find('naive', 1, 0).dataApiCalls).toBe(30 * 57 * 6);
  const many = find('ours', 10_000, 20);
  // The window of the next run reaches back to a change, and it is read once more.
  expect(many.steps).toBe(10_000 * 30 * (40 * 7 + 17 * 6));
  expect(many.functionCalls).toBe(10_000 * 30 * 40);
  expect(find('naive', 10_000, 20).functionCalls).toBe(10_000 * 30 * 20);
  const [steps, requests, cpuTime, functions] = [
    ((many.steps - 5e5) / 1e5) * 0.8,
    ((many.requests - 1e7) / 1e6) * 0.3,
    ((many.cpuMs - 3e7) / 1e6) * 0.02,
    2 * 10,
  ];
  expect(many.dollars).toBeCloseTo(steps + requests + cpuTime + functions, 6);
});

test.for([
  ['a call more than sixty and four a run', { serviceTitanCalls: 77 }],
  ['a row that is written', { written: 1 }],
  ['a sweep of a second', { sweepMs: 1000 }],
] as const)('R18: of a pass %s misses its target, and what is within them meets all', ([, over]) => {
  const within = { serviceTitanCalls: 76, functionCalls: 600, dataApiCalls: 100, runs: 4, written: 0, sweepMs: 999 };
  const pass = { ...STAMP, customers: 100_000, rows: 300_000, ...within };
  expect(costTargets({ pass }).map(({ isMet }) => isMet)).toEqual([true, true, true]);
  expect(costTargets({ pass: { ...pass, ...over } }).filter(({ isMet }) => !isMet)).toHaveLength(1);
});
