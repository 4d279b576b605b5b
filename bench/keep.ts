// Where the figures stay: bench/results.json and the tables of docs/performance.md.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeDocument } from './report/document.ts';
import { isSameWork, type Results } from './results.ts';

const RESULTS_FILE = join(import.meta.dirname, 'results.json');
const DOCS = join(import.meta.dirname, '..', 'docs');

/** Writes what has been found so far; of what was not measured this time the figures of runs before stay. */
export function keep(results: Results): void {
  const last = JSON.parse(readFileSync(RESULTS_FILE, 'utf8')) as Results;
  const all = withTheRest(results, last);
  writeFileSync(RESULTS_FILE, `${JSON.stringify(all, null, 2)}\n`);
  writeDocument(all, DOCS);
}

/** All at once takes hours. What does not say on which commit it was measured counts no longer. */
export function withTheRest(results: Results, last: Results): Results {
  const old = last.comparisons.filter(
    (one) => Boolean(one.commit) && !results.comparisons.some((again) => isSameWork(again, one)),
  );
  const comparisons = [...old, ...results.comparisons].toSorted(
    (one, other) =>
      Number(other.latency) - Number(one.latency) ||
      one.customers - other.customers ||
      (one.changed ?? -1) - (other.changed ?? -1),
  );
  const oldCosts = Object.fromEntries(Object.entries(last.costs).filter(([, { commit }]) => Boolean(commit)));
  return { ...results, comparisons, costs: { ...oldCosts, ...results.costs } };
}
