// A count of what the histories met. A kind that is expected and never met means that nothing was proved about it.
import { FAULTS } from './faults.ts';
import { HARMS } from './harm.ts';
import { PLANTS } from './plants.ts';
import { DEEDS } from './tenant.ts';

export class Met {
  readonly counts = new Map<string, number>();

  add(kind: string, times = 1): void {
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + times);
  }

  merge(counts: Iterable<[string, number]>): void {
    for (const [kind, times] of counts) this.add(kind, times);
  }

  /** Kinds of `expected` that no history met. */
  missing(expected: readonly string[]): string[] {
    return expected.filter((kind) => !this.counts.has(kind));
  }

  toString(): string {
    const lines = [...this.counts].toSorted(([one], [other]) => one.localeCompare(other));
    const width = Math.max(0, ...lines.map(([kind]) => kind.length));
    return lines.map(([kind, times]) => `${kind.padEnd(width)} ${String(times).padStart(9)}`).join('\n');
  }
}

/** What many histories have to have met. */
export const EXPECTED_KINDS: readonly string[] = [
  ...DEEDS,
  ...FAULTS,
  ...PLANTS,
  'everything compared, nothing planted',
  'everything compared while faults went on',
  ...HARMS.map((what) => `database harmed: ${what}`),
  "database harmed: went back between a page's chunks and its end",
  "database harmed: went back between a page's chunks and its end, behind a halved chunk",
  'refused: went_back',
  'calls of serviceTitan',
  'calls of function',
  'calls of sql',
  'call carried out after its caller gave up',
  'connected to another tenant',
  'contact methods lost',
  'clocks differed by days',
  'cursor passed what the live readers lost',
  'crash at a call of serviceTitan',
  'crash at a call of function',
  'crash at a call of sql',
  'halted run went on',
  'page size changed by a deploy',
  'settings of the settled reader changed by a deploy',
  'place unread',
  'recheck at rest',
  'refused: page_out_of_order',
  'refused: superseded',
  'run completed',
  'run continued',
  'run failed',
  'run stopped in its reading',
  'run replayed from its memo',
  'run superseded',
  'row became visible late',
  'clocks differed',
  'tick failed',
  'tick repeated',
  'two ticks at once',
  'trigger full: claimed',
  'trigger without a mode: running',
  'trigger without a mode: stalled',
  'ledger: incremental run superseded',
  'ledger: initial run superseded',
  'ledger: incremental run continued',
  'ledger: no mode run failed (not_created)',
  'ledger: run with errors',
  'ledger: run with stale',
  'ledger: run with took_over',
  'ledger: successor',
];
