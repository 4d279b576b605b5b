// The tables for the console and for docs/performance.md: first what does not depend on the machine, then ratios of times.
import { FORM_NAMES } from '../forms/form.ts';
import type { Measurement } from '../measure.ts';
import { costTables } from './costTables.ts';
import type { Table } from './table.ts';
import { type Comparison, median, ofForm, ratio, type Results } from '../results.ts';

export function printTables(results: Results): void {
  for (const { title, head, rows } of tablesOf(results)) {
    console.log(`\n${title}`);
    const widths = head.map((text, column) => Math.max(text.length, ...rows.map((row) => row[column]!.length)));
    for (const row of [head, ...rows])
      console.log(row.map((text, column) => text.padStart(widths[column]! + 2)).join(''));
  }
}

/** Those that have something to say. */
export function tablesOf({ comparisons, costs }: Results): Table[] {
  return [...comparisonTables(comparisons), ...costTables(costs)].filter(({ rows }) => rows.length > 0);
}

function comparisonTables(comparisons: Comparison[]): Table[] {
  const counted = comparisons.filter(({ latency }) => latency);
  const undelayed = comparisons.filter(({ latency }) => !latency);
  const initial = undelayed.filter(({ changed }) => changed === null);
  return [
    {
      title: 'What each form asks for',
      head: [
        'work',
        'form',
        'steps',
        'ServiceTitan calls',
        'Supabase calls',
        'most at once',
        'MB sent',
        'MB received',
        'rows of contacts written',
        'WAL bytes a row',
      ],
      rows: counted.flatMap((comparison) =>
        comparison.measurements.map((one) => [nameOf(comparison), one.form, ...countsOf(one)]),
      ),
    },
    {
      title: 'Times, as multiples of the product in the same run (above 1: slower than the product)',
      head: ['work', 'latency', ...FORM_NAMES],
      rows: comparisons.map((comparison) => [
        nameOf(comparison),
        comparison.latency ? '200 ms / 30 ms' : 'none',
        ...FORM_NAMES.map((name) => formatRatio(ratio(comparison, name, 'ours'))),
      ]),
    },
    {
      title: 'Where the CPU time of the product goes, in percent',
      head: ['work', 'workerd', 'Edge Function', 'PostgREST', 'Postgres', 'gateway', 'simulated ServiceTitan'],
      rows: undelayed.map((comparison) => [nameOf(comparison), ...sharesOf(comparison)]),
    },
    {
      title: 'How the product grows with the number of customers',
      head: ['work', 'CPU s for 10,000', 'cores in use', 'workerd, MB', 'Edge Function, MB', 'PostgREST, MB'],
      rows: initial.map((comparison) => [nameOf(comparison), ...growthOf(comparison)]),
      note: 'Medians; memory is the largest resident size seen. In workerd is the local Workflow engine, which keeps something of every step until the run ends.',
    },
  ];
}

export function nameOf({ customers, changed }: Comparison): string {
  const size = customers.toLocaleString('en-US');
  return changed === null ? `initial, ${size}` : `${changed.toLocaleString('en-US')} changed of ${size}`;
}

function countsOf({ steps, serviceTitan, supabase, rowsWritten, walBytes }: Measurement): string[] {
  const megabytes = (bytes: number | undefined) => (bytes === undefined ? '' : (bytes / 1e6).toFixed(2));
  return [
    String(steps ?? ''),
    String(serviceTitan?.calls ?? ''),
    String(supabase?.calls ?? ''),
    serviceTitan && supabase ? `${serviceTitan.mostAtOnce} + ${supabase.mostAtOnce}` : '',
    megabytes(supabase?.bytesSent),
    megabytes(serviceTitan?.bytesReceived),
    String(rowsWritten),
    rowsWritten === 0 ? '' : String(Math.round(walBytes / rowsWritten)),
  ];
}

function sharesOf(comparison: Comparison): string[] {
  const ours = ofForm(comparison, 'ours');
  const parts = (['workerd', 'deno', 'postgrest', 'postgres', 'node', 'source'] as const).map((part) =>
    median(ours.map(({ cpuSeconds }) => cpuSeconds[part])),
  );
  const all = parts.reduce((sum, part) => sum + part, 0);
  return parts.map((part) => (all === 0 ? '' : ((part / all) * 100).toFixed(0)));
}

function growthOf(comparison: Comparison): string[] {
  const ours = ofForm(comparison, 'ours');
  const cpuOf = ({ cpuSeconds }: Measurement) => Object.values(cpuSeconds).reduce((sum, seconds) => sum + seconds, 0);
  const largest = (part: 'workerd' | 'deno' | 'postgrest') => median(ours.map(({ megabytes }) => megabytes[part]));
  return [
    ((median(ours.map(cpuOf)) * 10_000) / comparison.customers).toFixed(1),
    median(ours.map((one) => (cpuOf(one) * 1000) / one.milliseconds)).toFixed(2),
    ...(['workerd', 'deno', 'postgrest'] as const).map((part) => largest(part).toFixed(0)),
  ];
}

export function formatRatio(value: number | null): string {
  return value === null ? '' : value.toFixed(value < 10 ? 2 : 1);
}
