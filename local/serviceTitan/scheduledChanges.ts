import { z } from 'zod';
import { callMatch, isMatch, type ObservedCall } from './faults/callMatch.ts';
import { apply, operation } from './operations.ts';
import type { World } from './tenant/world.ts';

/** When the nth matching call arrives, the operations come before its answer. */
export const scheduledChange = z.strictObject({
  match: callMatch.prefault({}),
  nth: z.int().positive().default(1),
  operations: z.array(operation),
});

export type ScheduledChange = z.input<typeof scheduledChange>;

/** Changes customers between two calls, for tests that run in another process than the world. */
export function schedule(world: World, change: ScheduledChange): void {
  const { match, nth, operations } = scheduledChange.parse(change);
  let callsLeft = nth;
  const end = world.onRequest((call: ObservedCall) => {
    if (!isMatch(match, call) || --callsLeft > 0) return;
    end();
    for (const one of operations) apply(world, one);
  });
}
