// R6 and the platform's limits: however much there is to read, runs go on in successors by themselves, and
// none comes near what Cloudflare lets an instance use. Here in small; `npm run test:scale` (full.ts) reads
// as much as a large firm has.
import { expect, test } from 'vitest';
import { expectWithinLimits } from './limits.ts';
import { playBacklog, playInitialSync, useStack } from './plays.ts';

useStack();

test('R6: a backlog after an outage is worked off in successors, each within the platform limits', async () => {
  const settings = { INCREMENTAL_PAGE_SIZE: '20', INCREMENTAL_MAX_PAGES: '5' };
  const { usages } = await playBacklog({ customers: 600, settings });
  expect(usages.length).toBeGreaterThanOrEqual(6);
  expectWithinLimits('600 changed customers', usages, 100);
}, 120_000);

test('R6: an initial sync in batches of 137 customers finishes by itself, within the platform limits', async () => {
  const { usages } = await playInitialSync({ customers: 1000, exportBatchSize: 137 });
  expectWithinLimits('1000 customers at first', usages, 1000);
}, 120_000);
