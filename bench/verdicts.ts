import { costTargets } from './costs/targets.ts';
import type { Results } from './results.ts';
import { speedTargets } from './speedTargets.ts';
import type { Target } from './target.ts';

/** Those of the targets whose work was measured. */
export function targetsOf({ comparisons, costs }: Pick<Results, 'comparisons' | 'costs'>): Target[] {
  return [...speedTargets(comparisons), ...costTargets(costs)];
}

/** Whether the command has done well: what depends on the machine is told, and is no reason to fail. */
export function isGoodEnough(targets: Target[]): boolean {
  return targets.every(({ isMet, isRatio }) => isMet || isRatio);
}
