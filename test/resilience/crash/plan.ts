// What a round of the crash test does, drawn from its seed.
import { createRandom } from '../../../local/serviceTitan/seed/random.ts';

/**
 * `resumed`: the Worker is killed, and the next tick wakes its instance. `taken over`: the same, but the instance stays
 * silent, and another run takes over. `deploy`: the Worker is stopped in good order and started with other settings.
 */
export const DISRUPTIONS = [
  'resumed',
  'taken over',
  'deploy',
  'function killed',
  'database restarted',
  'database killed',
] as const;
export type Disruption = (typeof DISRUPTIONS)[number];

export interface Phase {
  mode: 'initial' | 'incremental';
  disruptions: {
    what: Disruption;
    /** Calls to ServiceTitan after which it comes, counted from the phase's start or the disruption before. */
    afterCalls: number;
    /** Milliseconds later still: in the middle of a write, or of a step of the ledger. */
    delayMs: number;
  }[];
}

/** An initial sync and two incremental ones, each disturbed once or twice. */
export function planRound(seed: number): Phase[] {
  const random = createRandom(seed);
  return (['initial', 'incremental', 'incremental'] as const).map((mode) => ({
    mode,
    disruptions: Array.from({ length: 1 + random.below(2) }, () => ({
      what: random.pick(DISRUPTIONS),
      afterCalls: random.below(18),
      delayMs: random.below(200),
    })),
  }));
}
