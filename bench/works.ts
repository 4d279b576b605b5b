// Which comparisons a run of the benchmark makes, in their order.
import type { ComparedWork } from './compare.ts';
import type { Options } from './options.ts';

/** What users have: ServiceTitan far away, the Supabase project in the same region. */
const LATENCY = { serviceTitanMs: 200, supabaseMs: 30 };

export function worksOf({
  sizes,
  latencySizes,
  largeSizes,
  changes,
  rounds,
  forms,
  settings,
}: Options): ComparedWork[] {
  // One call a row takes half an hour for the large ones, and shows nothing that the first does not.
  const withoutPerRow = forms.filter((name) => name !== 'per-row');
  const fast = forms.filter((name) => name === 'ours' || name === 'limit');
  const changesOf = (index: number) => (index === 0 ? changes : []);
  return [
    ...latencySizes.map((customers, index) => ({
      customers,
      changes: changesOf(index),
      rounds: 1,
      forms: index === 0 ? forms : withoutPerRow,
      latency: LATENCY,
      settings,
    })),
    ...sizes.map((customers, index) => ({
      customers,
      changes: changesOf(index),
      rounds,
      forms,
      latency: null,
      settings,
    })),
    ...largeSizes.map((customers) => ({ customers, changes: [], rounds: 1, forms: fast, latency: null, settings })),
  ];
}
