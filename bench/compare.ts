// The forms on the same work, taking turns: A B C D, A B C D, so that whatever else the machine does befalls all alike.
import type { Form, FormName } from './forms/form.ts';
import { measure, type Measurement, requireAll } from './measure.ts';
import type { Comparison } from './results.ts';
import { type Stamp, stamp } from './stamp.ts';
import {
  type Bench,
  createTenant,
  expectRows,
  type FormsOptions,
  resetRows,
  startForms,
  type System,
  WORKSPACE_ID,
} from './system.ts';

export interface ComparedWork {
  customers: number;
  /** Customers changed before each incremental run that follows an initial sync; none: initial syncs alone. */
  changes: number[];
  /** In the first all forms take part, in later ones those that are not too slow for it. */
  rounds: number;
  forms: readonly FormName[];
  latency: FormsOptions['latency'];
  /** The product's, where they differ from its defaults. */
  settings: Record<string, string>;
}

type Unstamped = Omit<Comparison, keyof Stamp>;

const WARM_UP_CUSTOMERS = 500;
/** Above it the slow forms, which take minutes, are measured once. */
const REPEATED_UP_TO = 10_000;
const SLOW: readonly FormName[] = ['naive', 'per-row'];

/** Rejects as soon as a form leaves rows that differ from the source. */
export async function compareForms(
  system: System,
  work: ComparedWork,
  report: (line: string) => void,
): Promise<Comparison[]> {
  const { customers, latency, settings } = work;
  const initial: Unstamped = { customers, changed: null, latency: latency !== null, measurements: [] };
  const incremental = work.changes.map((changed): Unstamped => ({ ...initial, changed, measurements: [] }));
  await warmUp(system, work);

  const bench = await createTenant(system, customers);
  const forms = await startForms(system, bench, { names: work.forms, latency, settings });
  for (let round = 0; round < work.rounds; round += 1) {
    for (const form of forms.all) {
      if (round > 0 && customers > REPEATED_UP_TO && SLOW.includes(form.name)) continue;
      await resetRows(system, bench);
      const rows = await expectRows(system, bench);
      const all = { workspaceId: WORKSPACE_ID, source: bench.source, since: null, rows };
      const measured = await measure(system, forms, form, all, rows);
      requireAll(measured, customers);
      initial.measurements.push(measured);
      report(describe(initial, measured));
      for (const comparison of incremental) {
        const again = await measureChanges(system, bench, forms, form, comparison.changed!);
        comparison.measurements.push(again);
        report(describe(comparison, again));
      }
    }
  }
  await forms.stop();
  await system.source.ask({ do: 'remove', tenantId: bench.tenant.tenantId });
  const now = stamp();
  return [initial, ...incremental].map((comparison) => ({ ...now, ...comparison }));
}

async function measureChanges(
  system: System,
  bench: Bench,
  forms: Awaited<ReturnType<typeof startForms>>,
  form: Form,
  changed: number,
): Promise<Measurement> {
  const since = new Date();
  await system.source.ask({ do: 'change', tenantId: bench.tenant.tenantId, count: changed });
  const rows = await expectRows(system, bench, changed);
  const expected = await expectRows(system, bench);
  return measure(system, forms, form, { workspaceId: WORKSPACE_ID, source: bench.source, since, rows }, expected);
}

/** Compiles what is compiled on first use, in every process that is not started anew for the measurement. */
async function warmUp(system: System, { forms: names, customers, settings }: ComparedWork): Promise<void> {
  const bench = await createTenant(system, Math.min(WARM_UP_CUSTOMERS, customers));
  const forms = await startForms(system, bench, { names, latency: null, settings });
  const rows = await expectRows(system, bench);
  for (const form of forms.all) {
    await resetRows(system, bench);
    await measure(system, forms, form, { workspaceId: WORKSPACE_ID, source: bench.source, since: null, rows }, rows);
  }
  await forms.stop();
  await system.source.ask({ do: 'remove', tenantId: bench.tenant.tenantId });
}

function describe({ customers, changed, latency }: Unstamped, { form, milliseconds }: Measurement): string {
  const what = changed === null ? 'initial' : `${changed} changed`;
  return `${customers} customers, ${what}${latency ? ', with latency' : ''}: ${form} ${(milliseconds / 1000).toFixed(2)} s, rows equal`;
}
