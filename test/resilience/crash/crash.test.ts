// Crashes for real: one round of `npm run test:crash`, with the Worker's disruptions at fixed places. Those of
// the database and the Edge Function are in test/resilience/faults too, where nobody waits for their retries.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CrashStack, startCrashStack } from './crashStack.ts';
import type { Phase } from './plan.ts';
import { playRound } from './playRound.ts';

let stack: CrashStack;
beforeAll(async () => {
  stack = await startCrashStack();
}, 120_000);
afterAll(() => stack.stop());

const PLAN: Phase[] = [
  { mode: 'initial', disruptions: [{ what: 'resumed', afterCalls: 5, delayMs: 20 }] },
  { mode: 'incremental', disruptions: [{ what: 'taken over', afterCalls: 7, delayMs: 0 }] },
  { mode: 'incremental', disruptions: [{ what: 'deploy', afterCalls: 3, delayMs: 0 }] },
];

test('a Worker that is killed, silent, or deployed anew in mid-run leaves nothing lost, old or doubled (R1, R2, R3, R12)', async () => {
  const round = await playRound(stack, PLAN);
  expect(round.faults).toEqual([]);
  expect(round.hits).toEqual(['resumed', 'taken over', 'deploy']);
}, 240_000);
