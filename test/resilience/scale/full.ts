// `npm run test:scale`: scale.test.ts with as much as a large firm has, and an instance that waits until it
// hands over. It takes minutes and gigabytes, so `npm test` does not look for it.
import { expect, test } from 'vitest';
import type { TestWorkspace } from '../../support/workspace.ts';
import { expectWithinLimits, LIMITS } from './limits.ts';
import { playBacklog, playInitialSync, useStack } from './plays.ts';

useStack();

test('R6: a backlog of 30,000 customers is worked off in successors, each within the platform limits', async () => {
  const { usages } = await playBacklog({ customers: 30_000 });
  expect(usages.length).toBeGreaterThanOrEqual(6);
  expectWithinLimits('30000 changed customers', usages, 100);
});

test('R6: an initial sync of 300,000 in batches of 137 customers finishes by itself, within the platform limits', async () => {
  const { usages } = await playInitialSync({ customers: 300_000, exportBatchSize: 137 });
  expect(usages.length).toBeGreaterThanOrEqual(6);
  expectWithinLimits('300000 customers at first', usages, 1000);
});

/** One wait less than a page is waited for before its run gives up. */
async function makeWait({ simulator }: TestWorkspace): Promise<void> {
  for (let page = 1; page <= 40; page += 1) {
    await simulator('POST', '/faults', {
      match: { pathIncludes: '/customers', queryIncludes: `page=${page}&` },
      times: 59,
      fault: { status: 429, body: 'problem', retryAfterSeconds: 1 },
    });
  }
}

// Each wait is a few calls of its own here: the limit can't be lowered, so it is met for real.
test('R6: an instance that ServiceTitan made wait 2,000 times hands over, within the platform limits', async () => {
  const { run, usages } = await playBacklog({
    customers: 50,
    settings: { INCREMENTAL_PAGE_SIZE: '1' },
    before: makeWait,
  });
  // 34 pages of 59 waits are the first to reach 2,000; the page cap is 100.
  expect(usages[0]!.steps).toBeLessThan(LIMITS.steps);
  expect(usages.length).toBe(2);
  expect(run.steps.filter((step) => step === 'hand-over')).toHaveLength(1);
  expect(run.steps.indexOf('incremental-fetch page 35')).toBeGreaterThan(run.steps.indexOf('hand-over'));
});
