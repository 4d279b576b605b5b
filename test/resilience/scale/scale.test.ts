// R6 and the platform's limits: however much there is to read, runs go on in successors by themselves, and none comes near
// what Cloudflare lets an instance use. `npm run test:scale` reads as much as a large firm has; `npm test` the same in small.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, inject, test } from 'vitest';
import { compareContacts } from '../../../local/compare.ts';
import { expectContact } from '../../../local/expectation.ts';
import { startTestStack, type TestStack } from '../../../local/testStack.ts';
import { hasDoneItsShare } from '../../../src/sync/handOver.ts';
import { runSync } from '../../support/ring.ts';
import { createWorkspace, type TestWorkspace } from '../../support/workspace.ts';
import { type Meter, startMeter, type Usage } from './meter.ts';

const IS_FULL = process.env['SCALE'] === 'full';
const PATIENCE_MS = IS_FULL ? 3_600_000 : 120_000;

const MIB = 1024 * 1024;
const wrangler = readFileSync(join(import.meta.dirname, '..', '..', '..', 'wrangler.toml'), 'utf8');
const setTo = (limit: string) => Number(new RegExp(`\\b${limit} = (\\d+)`).exec(wrangler)![1]);
const LIMITS = {
  steps: setTo('steps'),
  subrequests: setTo('subrequests'),
  resultBytes: MIB,
  stateBytes: 1e9,
  connections: 6,
};

let stack: TestStack;
let meter: Meter | undefined;
beforeAll(async () => {
  stack = await startTestStack();
});
afterEach(() => meter?.stop());
afterAll(() => stack.stop());

const createLargeWorkspace = (customers: number, exportBatchSize: number) =>
  createWorkspace({
    customers,
    switches: { exportBatchSize, callsPerSecond: null, tokenLifetimeSeconds: 3600 },
    stack: { ...stack, credentialsKey: inject('stack').credentialsKey },
  });

async function differences({ tenantId, workspaceId, supabase }: TestWorkspace) {
  const world = stack.serviceTitan.world(tenantId);
  const source = `production/${tenantId}`;
  const expected = world.customers.map((customer) => expectContact(customer, world.contactsOf(customer.id), source));
  return (await compareContacts(supabase, workspaceId, source, expected)).differences;
}

const handsOverAt = (bytes: number) =>
  hasDoneItsShare({ pages: 0, steps: 0, waits: 0, calls: 0, written: 0, bytes }, Infinity);

/** Every instance within its limits, also if it had gone on to the cap of so many pages with pages like these. */
function expectWithinLimits(title: string, usages: Usage[], pagesAtCap: number): void {
  for (const usage of usages) {
    const factor = Math.max(1, pagesAtCap / usage.pages);
    expect(usage.steps * factor).toBeLessThan(LIMITS.steps);
    expect(usage.subrequests * factor).toBeLessThan(LIMITS.subrequests);
    // It may also hand over before its cap, at the bytes it has in the engine's state.
    const byBytes = [1, 2, 3].map((share) => (share * LIMITS.stateBytes) / 4).find(handsOverAt)!;
    const state = Math.min(usage.stateBytes * factor, byBytes + (2 * usage.stateBytes) / usage.pages);
    expect(state).toBeLessThan(LIMITS.stateBytes);
    expect(usage.largestResultBytes).toBeLessThan(LIMITS.resultBytes);
    expect(usage.connections).toBeLessThanOrEqual(LIMITS.connections);
  }
  const most = (key: Exclude<keyof Usage, 'instanceId'>) => Math.max(...usages.map((usage) => usage[key]));
  console.log(
    `${title}: ${usages.length} instances; most of one: ${most('pages')} pages, ${most('steps')} of ${LIMITS.steps} steps, ` +
      `${most('subrequests')} of ${LIMITS.subrequests} subrequests, ${(most('stateBytes') / MIB).toFixed(1)} MiB of state (1 GB), ` +
      `${most('largestResultBytes')} bytes in a plain result (1 MiB), ${most('connections')} connections (6)`,
  );
}

test(
  'R6: a backlog after an outage is worked off in successors, each within the platform limits',
  async () => {
    const customers = IS_FULL ? 30_000 : 600;
    const settings = IS_FULL ? {} : { INCREMENTAL_PAGE_SIZE: '20', INCREMENTAL_MAX_PAGES: '5' };
    const workspace = await createLargeWorkspace(customers, 5000);
    expect((await runSync(workspace)).outcome).toEqual({ status: 'completed' });
    const world = stack.serviceTitan.world(workspace.tenantId);
    for (const id of world.customerIds) world.changeCustomer(id, { name: `Renamed ${id}` });

    meter = startMeter();
    const run = await runSync(workspace, { settings, onInstanceEnd: meter.onInstanceEnd });
    meter.stop();
    expect(run.outcome).toEqual({ status: 'completed' });
    expect(meter.usages.length).toBeGreaterThanOrEqual(6);
    expectWithinLimits(`${customers} changed customers`, meter.usages, 100);
    expect(await differences(workspace)).toEqual([]);
  },
  PATIENCE_MS,
);

test(
  'R6: an initial sync in batches of 137 customers finishes by itself, within the platform limits',
  async () => {
    const customers = IS_FULL ? 300_000 : 1000;
    const workspace = await createLargeWorkspace(customers, 137);
    meter = startMeter();
    const run = await runSync(workspace, { onInstanceEnd: meter.onInstanceEnd });
    meter.stop();
    expect(run.outcome).toEqual({ status: 'completed' });
    if (IS_FULL) expect(meter.usages.length).toBeGreaterThanOrEqual(6);
    expectWithinLimits(`${customers} customers at first`, meter.usages, 1000);
    expect(await differences(workspace)).toEqual([]);
  },
  PATIENCE_MS,
);

// Each wait is a few calls of its own here: the limit can't be lowered, so it is met for real.
test.runIf(IS_FULL)(
  'R6: an instance that ServiceTitan made wait 2,000 times hands over, within the platform limits',
  async () => {
    const workspace = await createLargeWorkspace(50, 5000);
    expect((await runSync(workspace)).outcome).toEqual({ status: 'completed' });
    const world = stack.serviceTitan.world(workspace.tenantId);
    for (const id of world.customerIds) world.changeCustomer(id, { name: `Renamed ${id}` });
    // One less than a page is waited for before its run gives up.
    for (let page = 1; page <= 40; page += 1) {
      const match = { pathIncludes: '/customers', queryIncludes: `page=${page}&` };
      await workspace.simulator('POST', '/faults', {
        match,
        times: 59,
        fault: { status: 429, body: 'problem', retryAfterSeconds: 1 },
      });
    }
    meter = startMeter();
    const run = await runSync(workspace, {
      settings: { INCREMENTAL_PAGE_SIZE: '1' },
      onInstanceEnd: meter.onInstanceEnd,
    });
    meter.stop();
    expect(run.outcome).toEqual({ status: 'completed' });
    // 34 pages of 59 waits are the first to reach 2,000; the page cap is 100.
    expect(meter.usages[0]!.steps).toBeLessThan(LIMITS.steps);
    expect(meter.usages.length).toBe(2);
    expect(run.steps.filter((step) => step === 'hand-over')).toHaveLength(1);
    expect(run.steps.indexOf('incremental-fetch page 35')).toBeGreaterThan(run.steps.indexOf('hand-over'));
    expect(await differences(workspace)).toEqual([]);
  },
  PATIENCE_MS,
);
