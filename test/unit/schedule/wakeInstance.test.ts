// What a tick does with a run that shows no life, by what the engine and the ledger say of it.
import { expect, test } from 'vitest';
import { DatabaseError } from '../../../src/errors.ts';
import type { SyncParams } from '../../../src/config.ts';
import { wakeRun, wakeRuns } from '../../../src/schedule/wakeRuns.ts';
import type { GoneRun, Ledger } from '../../../src/supabase/ledger.ts';
import { toStepMessage } from '../../../src/sync/failure.ts';

/** An engine that knows one instance in this status, or none, and a ledger that believes its run to be in another. */
function stalledRun(status: string | null, inLedger: string, error?: { name: string; message: string }) {
  const seen: string[] = [];
  const workflow = {
    get: async () => {
      if (status === null) throw new Error('(instance.not_found) Provided id does not exist');
      return {
        status: async () => ({ status, error }),
        sendEvent: async ({ type }: { type: string }) => {
          seen.push(type);
        },
      };
    },
    create: async ({ params }: { params: SyncParams }) => {
      seen.push(`create with ${JSON.stringify(params)}`);
    },
  } as unknown as Workflow<SyncParams>;
  const ledger = {
    keepQueued: async () => {
      seen.push('keep');
    },
    endGone: async (gone: GoneRun[]) =>
      gone.flatMap(({ run, failure: { code, message }, unlessQueued }) => {
        if (unlessQueued && inLedger === 'queued') return [];
        seen.push(`${code}: ${message}`);
        return run.instanceId;
      }),
  } as unknown as Ledger;
  return { seen, wake: () => wakeRun(workflow, ledger, { workspaceId: 'w', instanceId: 'sync-w-1' }) };
}

test.for([
  ['running', 'running', 'woken', ['nudge']],
  ['waiting', 'running', 'woken', ['nudge']],
  ['paused', 'running', 'woken', []],
  ['queued', 'queued', 'queued', ['nudge', 'keep']],
  [null, 'queued', 'created', ['create with {"workspaceId":"w"}']],
] as const)('R8: an instance that is %s, of a run that is %s, counts as %s and gets %j', async (row) => {
  const [status, inLedger, answer, events] = row;
  const { seen, wake } = stalledRun(status, inLedger);
  expect([await wake(), seen]).toEqual([answer, events]);
});

test.for([
  ['terminated', 'running', /^instance_gone: .*terminated by hand.*next run goes on/],
  ['terminated', 'queued', /^instance_gone: .*terminated by hand/],
  ['complete', 'running', /^instance_gone: .*ended before the run was done/],
  [null, 'running', /^instance_gone: .*deleted by hand.*next run goes on/],
] as const)('R8: a run whose instance is %s is ended in the ledger, where it was %s', async (row) => {
  const [status, inLedger, told] = row;
  const { seen, wake } = stalledRun(status, inLedger);
  expect(await wake()).toBe('gone');
  expect(seen).toEqual([expect.stringMatching(told)]);
});

test("R8: the reason that a run could not write down is taken from its instance's error", async () => {
  const message = toStepMessage(new DatabaseError('the SQL function begin_servicetitan_run', 503, 'none'));
  const error = { name: 'Error', message };
  const { seen, wake } = stalledRun('errored', 'running', error);
  expect(await wake()).toBe('gone');
  expect(seen[0]).toMatch(/^database: Supabase could not answer/);
});

test('R8: an engine that can not say what became of the instance ends nothing', async () => {
  const { seen, wake } = stalledRun('running', 'running');
  const workflow = { get: () => Promise.reject(new Error('internal error')) } as unknown as Workflow<SyncParams>;
  await expect(wakeRun(workflow, {} as Ledger, { workspaceId: 'w', instanceId: 'sync-w-1' })).rejects.toThrow(
    'internal',
  );
  await wake();
  expect(seen).toEqual(['nudge']);
});

test('R14: a hundred runs that died at once are asked about four at a time and ended in one call', async () => {
  let [atOnce, most, calls] = [0, 0, 0];
  const workflow = {
    get: async () => {
      most = Math.max(most, (atOnce += 1));
      await new Promise((resolve) => setImmediate(resolve));
      return { status: async () => ((atOnce -= 1), { status: 'terminated' }) };
    },
  } as unknown as Workflow<SyncParams>;
  const ledger = {
    endGone: async (gone: GoneRun[]) => ((calls += 1), gone.map(({ run }) => run.instanceId)),
  } as unknown as Ledger;
  const runs = Array.from({ length: 100 }, (_, index) => ({
    workspaceId: `w${index}`,
    instanceId: `sync-w${index}-1`,
  }));
  const woken = await wakeRuns(workflow, ledger, runs);
  expect(woken.map(({ run, found }) => [run, found])).toEqual(runs.map((run) => [run, 'gone']));
  expect([most, calls]).toEqual([4, 1]);
});

test('R14: a run that the engine can not tell of keeps no other asleep', async () => {
  const events: string[] = [];
  const workflow = {
    get: async (id: string) => {
      if (id === 'sync-w1-1') throw new Error('internal error of Lucia Ortega');
      return { status: async () => ({ status: 'running' }), sendEvent: async () => void events.push(id) };
    },
  } as unknown as Workflow<SyncParams>;
  const runs = [0, 1, 2].map((index) => ({ workspaceId: `w${index}`, instanceId: `sync-w${index}-1` }));
  const woken = await wakeRuns(workflow, { endGone: async () => [] } as unknown as Ledger, runs);
  expect(woken.map(({ found }) => found)).toEqual(['woken', 'failed', 'woken']);
  expect(woken[1]!.reason).toBe('Error');
  expect(events).toEqual(['sync-w0-1', 'sync-w2-1']);
});
