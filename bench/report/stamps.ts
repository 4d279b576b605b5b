import type { Results } from '../results.ts';
import type { Stamp } from '../stamp.ts';
import { nameOf } from './comparisonTables.ts';

/** On which commits the figures were measured, and when: a line each. What belongs to which is said where there are several. */
export function describeStamps({ comparisons, costs }: Results): string {
  const all = [
    ...Object.entries(costs).map(([part, stamp]) => ({ name: part, ...stampOf(stamp) })),
    ...comparisons.map((one) => ({ name: `${nameOf(one)}${one.latency ? ' with latency' : ''}`, ...stampOf(one) })),
  ];
  const byCommit = Map.groupBy(all, ({ commit }) => commit);
  const lines = [...byCommit].map(([commit, measured]) => {
    const times = measured.map(({ at }) => at).toSorted();
    const names = byCommit.size === 1 ? 'all of it' : measured.map(({ name }) => name).join('; ');
    return `- Commit \`${commit}\`, ${minute(times.at(0)!)} to ${minute(times.at(-1)!)} UTC: ${names}.`;
  });
  return ['Measured, each comparison and each part of the costs in one run:', '', ...lines].join('\n');
}

function stampOf({ at, commit }: Stamp): Stamp {
  return { at, commit };
}

/** `2026-11-25 09:41` */
function minute(instant: string): string {
  return instant.slice(0, 16).replace('T', ' ');
}
