import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { hasDoneItsShare } from '../../../src/sync/handOver.ts';
import type { Usage } from './meter.ts';

const MIB = 1024 * 1024;
const wrangler = readFileSync(join(import.meta.dirname, '../../../wrangler.toml'), 'utf8');
const setTo = (limit: string) => Number(new RegExp(`\\b${limit} = (\\d+)`).exec(wrangler)![1]);

/** What Cloudflare lets one instance use. */
export const LIMITS = {
  steps: setTo('steps'),
  subrequests: setTo('subrequests'),
  resultBytes: MIB,
  stateBytes: 1e9,
  connections: 6,
};

const handsOverAt = (bytes: number) => hasDoneItsShare({ pages: 0, waits: 0, bytes }, Infinity);

/**
 * Every instance within its limits, also if it had gone on to the cap of so many pages with pages like these.
 */
export function expectWithinLimits(title: string, usages: Usage[], pagesAtCap: number): void {
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
