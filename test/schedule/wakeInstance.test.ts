import { expect, test } from 'vitest';
import type { SyncParams } from '../../src/config.ts';
import { wakeInstance } from '../../src/schedule/instances.ts';

/** An engine that knows one instance in this status, or none. */
function engineOf(status: string | null) {
  const seen: string[] = [];
  const workflow = {
    get: async () => {
      if (status === null) throw new Error('instance.not_found');
      return {
        status: async () => ({ status }),
        sendEvent: async ({ type }: { type: string }) => {
          seen.push(type);
        },
      };
    },
    create: async ({ id }: { id: string }) => {
      seen.push(`create ${id}`);
    },
  } as unknown as Workflow<SyncParams>;
  return { seen, wake: () => wakeInstance(workflow, 'sync-w-1', { workspaceId: 'w' }) };
}

test.for([
  ['running', 'woken', ['nudge']],
  ['waiting', 'woken', ['nudge']],
  ['queued', 'queued', ['nudge']],
  ['complete', 'woken', []],
  ['errored', 'woken', []],
  ['terminated', 'woken', []],
  [null, 'woken', ['create sync-w-1']],
] as const)('R8: an instance that is %s counts as %s and gets %j', async ([status, answer, events]) => {
  const { seen, wake } = engineOf(status);
  expect([await wake(), seen]).toEqual([answer, events]);
});
