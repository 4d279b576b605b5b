// R10: the parts after the live readers.
import { expect, test } from 'vitest';
import { createSteps } from '../../support/engine.ts';
import { SupersededError } from '../../../src/errors.ts';
import type { BegunContext } from '../../../src/sync/context.ts';
import { type Part, runLaterParts } from '../../../src/sync/laterParts.ts';
import { FETCH_STEP } from '../../../src/sync/steps.ts';

function begun() {
  const retries: number[] = [];
  const progress = { doubts: [] as object[] };
  const steps = createSteps(new Map(), { onRetry: (delay) => void retries.push(delay) });
  return { context: { steps, progress } as unknown as BegunContext, retries, doubts: progress.doubts };
}
const minutes = (count: number) => count * 60_000;
const idle = async () => {};

test('R10: a step of theirs has three attempts, and one that failed ends its own part alone', async () => {
  const { context, retries, doubts } = begun();
  let attempts = 0;
  const done: string[] = [];
  const failing: Part = {
    name: 'first',
    run: async ({ steps }) => {
      await steps.do('fails', FETCH_STEP, async () => {
        attempts += 1;
        throw new Error('no answer');
      });
      done.push('behind what failed');
    },
  };
  await runLaterParts(context, [failing, { name: 'second', run: async () => void done.push('second') }]);
  expect([attempts, retries, done]).toEqual([3, [10_000, 20_000], ['second']]);
  expect(doubts).toMatchObject([{ code: 'part_unfinished', part: 'first', reason: expect.any(String) }]);
});

test('R8: a run that lost its lease there ends without a word', async () => {
  const { context, doubts } = begun();
  const part: Part = {
    name: 'first',
    run: () => Promise.reject(new SupersededError('superseded')),
  };
  await expect(runLaterParts(context, [part])).rejects.toThrow(SupersededError);
  expect(doubts).toEqual([]);
});

test('R10: they have five minutes together, of which each may take an equal share of what is left', async () => {
  const { context } = begun();
  const left: number[] = [];
  const spending = (name: string, milliseconds: number): Part => ({
    name,
    run: async ({ time }) => {
      left.push(time.leftMs);
      time.spend(milliseconds);
    },
  });
  await runLaterParts(context, [spending('a', minutes(9)), spending('b', minutes(1)), spending('c', 0)]);
  // The first took far more than its share of 100 s: nothing is left to the others.
  expect(left).toEqual([100_000, 0, 0]);

  left.length = 0;
  await runLaterParts(context, [
    spending('a', 0),
    spending('b', minutes(1)),
    { name: 'c', run: idle },
    spending('d', 0),
  ]);
  expect(left).toEqual([75_000, 100_000, minutes(4)]);
});
