// What the comparisons of the forms are shown as.
import { FORM_NAMES } from '../forms/form.ts';
import type { Measurement } from '../measure.ts';
import { median } from '../median.ts';
import { PRODUCT_PARTS, SYSTEM_PARTS, type SystemPart } from '../processCosts.ts';
import { type Comparison, ofForm, ratio } from '../results.ts';
import type { Table } from './table.ts';

const COLUMNS = {
  workerd: 'workerd',
  deno: 'Edge Function',
  postgrest: 'PostgREST',
  postgres: 'Postgres',
  gateway: 'gateway and benchmark',
  source: 'simulated ServiceTitan',
  other: 'wrangler and helpers',
} as const satisfies Record<SystemPart, string>;

export function comparisonTables(comparisons: Comparison[]): Table[] {
  const counted = comparisons.filter(({ latency }) => latency);
  const undelayed = comparisons.filter(({ latency }) => !latency);
  const withOurs = undelayed.filter((one) => ofForm(one, 'ours').length > 0);
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
        'WAL, kB',
      ],
      note: 'Counted by proxies, so of the runs with latency. Supabase calls are those from outside: the claim of a run is one, what the Edge Function asks of the Data API is not.',
      rows: counted.flatMap((comparison) =>
        comparison.measurements.map((one) => [nameOf(comparison), one.form, ...countsOf(one)]),
      ),
    },
    {
      title: 'Times, as multiples of the product in the same comparison (above 1: slower than the product)',
      head: ['work', 'latency', ...FORM_NAMES],
      rows: comparisons.map((comparison) => [
        nameOf(comparison),
        comparison.latency ? '200 ms / 30 ms' : 'none',
        ...FORM_NAMES.map((name) => formatRatio(ratio(comparison, name, 'ours'))),
      ]),
    },
    {
      title: 'Where the CPU time of the product goes, in percent',
      head: ['work', ...SYSTEM_PARTS.map((part) => COLUMNS[part])],
      rows: withOurs.map((comparison) => [nameOf(comparison), ...sharesOf(comparison)]),
    },
    {
      title: 'How the product grows with the number of customers',
      head: [
        'work',
        'form',
        'CPU s for 10,000',
        'cores in use',
        'WAL bytes a row of contacts',
        'Postgres waited for the disk, s',
        'workerd, MB',
        'Edge Function, MB',
        'PostgREST, MB',
      ],
      rows: initial.flatMap((comparison) =>
        (['ours', 'limit'] as const).flatMap((form) =>
          ofForm(comparison, form).length === 0 ? [] : [[nameOf(comparison), form, ...growthOf(comparison, form)]],
        ),
      ),
      note:
        'Medians. CPU is that of workerd, Edge Function, PostgREST and Postgres alone; the cores in use are those of everything on the machine that the benchmark started. The waits of all sessions and helpers of Postgres ' +
        'are added up, so they may be longer than the run. Memory is the largest resident size seen; in workerd is the local Workflow engine, which keeps something of every step until the run ends.',
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
    (walBytes / 1000).toFixed(0),
  ];
}

function sharesOf(comparison: Comparison): string[] {
  const ours = ofForm(comparison, 'ours');
  const parts = SYSTEM_PARTS.map((part) => median(ours.map(({ cpuSeconds }) => cpuSeconds[part])));
  const all = parts.reduce((sum, part) => sum + part, 0);
  return parts.map((part) => (all === 0 ? '' : ((part / all) * 100).toFixed(0)));
}

function growthOf(comparison: Comparison, form: 'ours' | 'limit'): string[] {
  const all = ofForm(comparison, form);
  const middle = (of: (one: Measurement) => number) => median(all.map(of));
  const cpuOf = ({ cpuSeconds }: Measurement, parts: readonly SystemPart[]) =>
    parts.reduce((sum, part) => sum + cpuSeconds[part], 0);
  const { customers } = comparison;
  return [
    ((middle((one) => cpuOf(one, PRODUCT_PARTS)) * 10_000) / customers).toFixed(1),
    middle((one) => (cpuOf(one, SYSTEM_PARTS) * 1000) / one.milliseconds).toFixed(2),
    (middle(({ walBytes }) => walBytes) / customers).toFixed(0),
    middle(({ diskSeconds }) => diskSeconds).toFixed(1),
    ...(['workerd', 'deno', 'postgrest'] as const).map((part) =>
      form === 'ours' ? middle(({ megabytes }) => megabytes[part]).toFixed(0) : '',
    ),
  ];
}

export function formatRatio(value: number | null): string {
  return value === null ? '' : value.toFixed(value < 10 ? 2 : 1);
}
