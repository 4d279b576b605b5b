// R25: where the firm's own country has become another one, all of its phones are graded anew, as they are stored.
import type { BegunRun } from './context.ts';
import type { Part } from './laterParts.ts';
import { numbered, STEP_DEADLINE_MS, SYNC_STEP } from './steps.ts';

/** No part at all where the workspace's phones are graded for its country, as in nearly every run. */
export function regradeParts({ graded_for, home }: BegunRun): Part[] {
  if (graded_for === null || graded_for === home) return [];
  return [
    {
      name: 'regrade',
      async run({ run, progress, steps, writeBatch, now, time }) {
        let after: string | null = null;
        for (let slice = 1; time.leftMs > 0; slice += 1) {
          const done = await steps.do(numbered('regrade-sync', slice), SYNC_STEP, async () => {
            const startedAt = now();
            const { regrade_after = null } = await writeBatch(
              {
                run: {
                  workspace_id: run.workspaceId,
                  instance_id: run.instanceId,
                  fence: run.fence,
                  page: Math.max(progress.written, 1),
                  chunk: 0,
                  country: home,
                },
                customers: [],
                contact_methods: [],
                rejected: [],
                commit: null,
                regrade: { after },
              },
              { signal: AbortSignal.timeout(STEP_DEADLINE_MS) },
            );
            return { after: regrade_after, ms: now() - startedAt };
          });
          time.spend(done.ms);
          if (done.after === null) return;
          after = done.after;
        }
      },
    },
  ];
}
