// One measured run of one form: how long, what it cost, and whether the rows are right.
import type { Traffic } from './countingProxy.ts';
import type { Form, FormName, Work } from './forms/form.ts';
import { compareRows, type Parity } from './parity.ts';
import { type ByPart, cpuByPart, memoryByPart, minus, type Scope, type SystemPart } from './processCosts.ts';
import { waitedForDisk } from './disk.ts';
import type { Forms, System } from './system.ts';

export interface Measurement {
  form: FormName;
  milliseconds: number;
  parity: Parity;
  /** Rows of `contacts` that are new or have a new version. */
  rowsWritten: number;
  walBytes: number;
  /** Seconds that sessions of Postgres waited for reads, writes and syncs, all of them together. */
  diskSeconds: number;
  cpuSeconds: ByPart;
  /** The largest seen. */
  megabytes: ByPart;
  steps: number | null;
  /** Where proxies stand in between. */
  serviceTitan: Traffic | null;
  supabase: Traffic | null;
}

/** Reading /proc is work for the same cores. */
const SAMPLE_MS = 1000;

/** Runs the work and checks its rows against `expected`. Throws when they are not equal: a wrong run has no speed. */
export async function measure(
  system: System,
  forms: Forms,
  form: Form,
  work: Work,
  expected: Work['rows'],
): Promise<Measurement> {
  const { sql, source } = system;
  const scope = scopeOf(forms, form, source.pid);
  await sql`drop table if exists bench.before`;
  await sql`create table bench.before as select crm_id, ctid as version from public.contacts`;
  // The last form's rows wait to be written out: not at this one's expense.
  await sql`checkpoint`;
  forms.proxies?.serviceTitan.take();
  forms.proxies?.supabase.take();
  const [log] = await sql<{ at: string }[]>`select pg_current_wal_lsn()::text as at`;
  const diskBefore = await waitedForDisk(sql);
  const cpuBefore = cpuByPart(scope);
  const megabytes = memoryByPart(scope);
  const sampler = setInterval(() => {
    for (const [part, now] of Object.entries(memoryByPart(scope)) as [SystemPart, number][]) {
      megabytes[part] = Math.max(megabytes[part], now);
    }
  }, SAMPLE_MS);
  const startedAt = performance.now();
  try {
    await form.sync(work);
  } finally {
    clearInterval(sampler);
  }
  const milliseconds = performance.now() - startedAt;
  const cpuSeconds = minus(cpuByPart(scope), cpuBefore);
  const [written] = await sql<{ bytes: number; rows: number }[]>`
    select
      (pg_current_wal_lsn() - ${log!.at}::pg_lsn)::float8 as bytes,
      (
        select count(*)::int from public.contacts as stored
        left join bench.before using (crm_id)
        where before.version is distinct from stored.ctid
      ) as rows
  `;
  const diskSeconds = (await waitedForDisk(sql)) - diskBefore;
  const serviceTitan = forms.proxies?.serviceTitan.take() ?? null;
  const supabase = forms.proxies?.supabase.take() ?? null;
  const steps = (await form.steps?.()) ?? null;
  const parity = await compareRows(sql, work, expected);
  if (parity.different > 0) {
    throw new Error(`${form.name}: ${parity.different} rows differ from the source. Its figures count for nothing.`);
  }
  return {
    form: form.name,
    milliseconds,
    parity,
    rowsWritten: written!.rows,
    walBytes: written!.bytes,
    diskSeconds,
    cpuSeconds,
    megabytes,
    steps,
    serviceTitan,
    supabase,
  };
}

/** The processes that all share, and those of this form. */
export function scopeOf(forms: Forms, form: Form, sourcePid: number): Scope {
  return { sourcePid, without: forms.all.filter((other) => other !== form).map(({ own }) => own) };
}

/** The gate compares with a source that could itself be empty: throws when a first sync did not bring so many customers. */
export function requireAll({ form, parity }: Measurement, customers: number): void {
  if (parity.contacts !== customers) {
    throw new Error(`${form}: ${parity.contacts} customers were expected where the source has ${customers}.`);
  }
}
