// One measured run of one form: how long, what it cost, and whether the rows are right.
import type { Traffic } from './countingProxy.ts';
import type { Form, FormName, Work } from './forms/form.ts';
import { compareRows, type Parity } from './parity.ts';
import { cpuByPart, difference, memoryByPart, type Part } from './processCosts.ts';
import type { Forms, System } from './system.ts';

export interface Measurement {
  form: FormName;
  milliseconds: number;
  parity: Parity;
  /** Rows of `contacts` that are new or have a new version. */
  rowsWritten: number;
  walBytes: number;
  cpuSeconds: Record<Part, number>;
  /** The largest seen. */
  megabytes: Record<Part, number>;
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
  await sql`drop table if exists bench.before`;
  await sql`create table bench.before as select crm_id, ctid as version from public.contacts`;
  // The last form's rows wait to be written out: not at this one's expense.
  await sql`checkpoint`;
  forms.proxies?.serviceTitan.take();
  forms.proxies?.supabase.take();
  const [log] = await sql<{ at: string }[]>`select pg_current_wal_lsn()::text as at`;
  const cpuBefore = cpuByPart(source.pid);
  const megabytes = memoryByPart(source.pid);
  const sampler = setInterval(() => {
    for (const [part, now] of Object.entries(memoryByPart(source.pid)) as [Part, number][]) {
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
  const cpuSeconds = difference(cpuByPart(source.pid), cpuBefore);
  const [written] = await sql<{ bytes: number; rows: number }[]>`
    select
      (pg_current_wal_lsn() - ${log!.at}::pg_lsn)::float8 as bytes,
      (
        select count(*)::int from public.contacts as stored
        left join bench.before using (crm_id)
        where before.version is distinct from stored.ctid
      ) as rows
  `;
  const serviceTitan = forms.proxies?.serviceTitan.take() ?? null;
  const supabase = forms.proxies?.supabase.take() ?? null;
  const steps = (await form.steps?.()) ?? null;
  const parity = await compareRows(sql, work.workspaceId, expected);
  if (parity.different > 0) {
    throw new Error(`${form.name}: ${parity.different} rows differ from the source. Its figures count for nothing.`);
  }
  return {
    form: form.name,
    milliseconds,
    parity,
    rowsWritten: written!.rows,
    walBytes: written!.bytes,
    cpuSeconds,
    megabytes,
    steps,
    serviceTitan,
    supabase,
  };
}
