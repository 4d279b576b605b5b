// What the run of one workspace costs when little has changed. One is too short to be measured, so many follow each other.
import { CLAIM } from '../countingProxy.ts';
import type { FormName } from '../forms/form.ts';
import { type ByPart, cpuByPart, cpuOf, minus, type Scope } from '../processCosts.ts';
import { scopeOf } from '../measure.ts';
import { createTenant, resetRows, startForms, type System, WORKSPACE_ID } from '../system.ts';
import { NO_DELAY } from './countedCalls.ts';

/** Of one run, on average. */
export interface RunCost {
  form: FormName;
  /** Customers changed before each run. */
  changed: number;
  runs: number;
  steps: number;
  serviceTitanCalls: number;
  functionCalls: number;
  /** Calls to the Data API, claims left out: those are the tick's, for a hundred workspaces each. */
  dataApiCalls: number;
  /** Milliseconds. */
  cpu: ByPart;
}

const FORMS = ['ours', 'naive'] as const;
const CHANGES = [0, 1];

export async function measureRuns(
  system: System,
  { customers, runs }: { customers: number; runs: number },
  report: (line: string) => void,
): Promise<RunCost[]> {
  const bench = await createTenant(system, customers);
  const { tenantId } = bench.tenant;
  const forms = await startForms(system, bench, { names: FORMS, latency: NO_DELAY });
  await resetRows(system, bench);
  const files = system.files('none');
  const sync = async (form: (typeof forms.all)[number], since: Date | null) =>
    form.sync({ workspaceId: WORKSPACE_ID, source: bench.source, since, rows: files });
  // The product's, for both: the rows are the same.
  await sync(forms.all[0]!, null);

  const costs: RunCost[] = [];
  for (const form of forms.all) {
    const scope = scopeOf(forms, form, system.source.pid);
    for (const changed of CHANGES) {
      const once = async () => {
        const since = new Date();
        if (changed > 0) await system.source.ask({ do: 'change', tenantId, count: changed });
        await sync(form, since);
      };
      await once(); // compiles, and makes connections
      forms.proxies!.serviceTitan.take();
      forms.proxies!.supabase.take();
      const before = await cpuMilliseconds(system, scope);
      for (let run = 0; run < runs; run += 1) await once();
      const spent = minus(await cpuMilliseconds(system, scope), before);
      const supabase = forms.proxies!.supabase.take();
      const functionCalls =
        (supabase.byPath['servicetitan-contact-sync'] ?? 0) + (supabase.byPath['naive-contact-sync'] ?? 0);
      const cost: RunCost = {
        form: form.name,
        changed,
        runs,
        // A run of a few steps is always listed.
        steps: (await form.steps!())!,
        serviceTitanCalls: forms.proxies!.serviceTitan.take().calls / runs,
        functionCalls: functionCalls / runs,
        dataApiCalls: (supabase.calls - functionCalls - (supabase.byPath[CLAIM] ?? 0)) / runs,
        cpu: Object.fromEntries(Object.entries(spent).map(([part, ms]) => [part, ms / runs])) as RunCost['cpu'],
      };
      costs.push(cost);
      report(
        `${changed} changed, ${form.name}: ${cost.steps} steps, ${cost.cpu.workerd.toFixed(1)} ms of CPU in workerd, ${cost.cpu.postgres.toFixed(1)} in Postgres`,
      );
    }
  }
  await forms.stop();
  await system.source.ask({ do: 'remove', tenantId });
  return costs;
}

/** By part; of Postgres without the sessions of the benchmark itself, which asks all the time whether the run has ended. */
async function cpuMilliseconds({ sql }: System, scope: Scope): Promise<ByPart> {
  const sessions = await sql<{ pid: number }[]>`select pid from pg_stat_activity where usename = 'postgres'`;
  const all = cpuByPart(scope);
  const own = cpuOf(sessions.map(({ pid }) => pid));
  const seconds = { ...all, postgres: all.postgres - own };
  return Object.fromEntries(Object.entries(seconds).map(([part, value]) => [part, value * 1000])) as typeof all;
}
