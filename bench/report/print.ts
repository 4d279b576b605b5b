// The tables for the console and for docs/performance.md: first what does not depend on the machine, then ratios of times.
import type { Results } from '../results.ts';
import { targetsOf } from '../verdicts.ts';
import { comparisonTables } from './comparisonTables.ts';
import { costTables } from './costTables.ts';
import type { Table } from './table.ts';

export function printTables(results: Results): void {
  for (const { title, head, rows } of tablesOf(results)) {
    console.log(`\n${title}`);
    const widths = head.map((text, column) => Math.max(text.length, ...rows.map((row) => row[column]!.length)));
    for (const row of [head, ...rows])
      console.log(row.map((text, column) => text.padStart(widths[column]! + 2)).join(''));
  }
}

/** Those that have something to say. */
export function tablesOf(results: Results): Table[] {
  const tables = [...comparisonTables(results.comparisons), targetTable(results), ...costTables(results.costs)];
  return tables.filter(({ rows }) => rows.length > 0);
}

function targetTable(results: Results): Table {
  return {
    title: 'Targets that these measurements show',
    head: ['target', 'found', 'met'],
    rows: targetsOf(results).map(({ target, found, isMet }) => [target, found, isMet ? 'yes' : 'no']),
  };
}
