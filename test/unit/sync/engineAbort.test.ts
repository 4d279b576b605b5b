// The engine may abort an instance in mid-run: for a deploy, or to move it. The run has not failed then.
import { expect, test } from 'vitest';
import { ServerError } from '../../../src/serviceTitan/errors.ts';
import { isEngineAbort } from '../../../src/sync/failure.ts';
import { syncWorkspace } from '../../../src/sync/syncWorkspace.ts';

const ABORTS = [
  'Aborting engine: Grace period complete',
  'Aborting engine',
  'Error: Durable Object reset because its code was updated.',
  'This script has been reset because its code was updated.',
];

/** A run whose first step rejects with this text; answers what was thrown and which steps were asked for. */
async function runThatMeets(text: string) {
  const steps: string[] = [];
  const thrown = await syncWorkspace({
    run: { workspaceId: 'w', instanceId: 'sync-w-1' },
    steps: {
      do: async (name: string) => {
        steps.push(name);
        if (name !== 'update-failed') throw new Error(text);
      },
    },
  } as never).catch((error: unknown) => error as Error);
  return { steps, thrown };
}

test.for(ABORTS)('a run that the engine aborts with "%s" is not written down as failed', async (text) => {
  const { steps, thrown } = await runThatMeets(text);
  expect(steps).toEqual(['get-credentials']);
  // As it is, for the engine knows its own errors.
  expect(thrown).toMatchObject({ message: text });
});

test('a run that a step fails is written down, whatever words of the engine its message holds', async () => {
  const text = '[database] Supabase could not answer the table x (status 500, code none): Aborting engine.';
  expect((await runThatMeets(text)).steps).toEqual(['get-credentials', 'update-failed']);
  const call = { method: 'GET', path: '/a', status: 500, title: 'Aborting engine', traceId: null };
  expect(isEngineAbort(new ServerError(call))).toBe(false);
});
