// R19: a part that is stopped ends alone, and the run after it.
import { expect, test } from 'vitest';
import { SupersededError } from '../../../src/errors.ts';
import type { BegunContext } from '../../../src/sync/context.ts';
import { continueInSuccessor } from '../../../src/sync/handOver.ts';
import { runLaterParts } from '../../../src/sync/laterParts.ts';
import { StoppedError, throwIfStopped, unlessStopped } from '../../../src/sync/stopped.ts';
import { createSteps } from '../../support/engine.ts';

function begun() {
  const ran: string[] = [];
  const steps = createSteps(new Map(), { onStep: (name) => void ran.push(name) });
  const progress = { doubts: [] as object[], stopped: [] as StoppedError[] };
  return { context: { steps, progress } as unknown as BegunContext, progress, ran };
}
const stopped = () => new StoppedError('customers list', 'it shows one page again and again');

test('R19: a part that is stopped is remembered, and the run fails with it when the others are done', async () => {
  const { context, progress } = begun();
  const first = stopped();
  expect(await unlessStopped(context, () => Promise.reject(first))).toBeUndefined();
  expect(await unlessStopped(context, async () => 'whole')).toBe('whole');
  await unlessStopped(context, () => Promise.reject(stopped()));
  expect(progress.stopped).toHaveLength(2);
  expect(() => throwIfStopped(context)).toThrow(first);
});

test('R19: a run of which nothing was stopped does not fail for it', () => {
  expect(() => throwIfStopped(begun().context)).not.toThrow();
});

test('R19: any other error of a part ends the run there', async () => {
  const { context, progress } = begun();
  const error = new SupersededError('superseded');
  await expect(unlessStopped(context, () => Promise.reject(error))).rejects.toBe(error);
  expect(progress.stopped).toEqual([]);
});

test('R19: a part after the live readers that is stopped costs the ones behind it nothing, and the run its good end', async () => {
  const { context, progress } = begun();
  let isReached = false;
  await runLaterParts(context, [
    { name: 'first', run: () => Promise.reject(stopped()) },
    { name: 'second', run: async () => void (isReached = true) },
  ]);
  expect(isReached).toBe(true);
  expect(progress.doubts).toEqual([]);
  expect(() => throwIfStopped(context)).toThrow(StoppedError);
});

test('R19: a run of which a part was stopped hands nothing over', async () => {
  const { context, ran } = begun();
  await unlessStopped(context, () => Promise.reject(stopped()));
  await expect(continueInSuccessor(context, null, { exportSeen: [], exportAgain: null })).rejects.toThrow(StoppedError);
  expect(ran).toEqual([]);
});
