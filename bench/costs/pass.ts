// What it costs to compare everything (R18) where all is equal: calls, runs, what was written, and the sweep's time.
import { setTimeout as delay } from 'node:timers/promises';
import { createTenant, expectRows, resetRows, startForms, type System, WORKSPACE_ID } from '../system.ts';
import { NO_DELAY } from './countedCalls.ts';

export interface PassCost {
  customers: number;
  /** Of contacts and of contact methods. */
  rows: number;
  serviceTitanCalls: number;
  functionCalls: number;
  dataApiCalls: number;
  runs: number;
  /** Rows that the pass wrote. */
  written: number;
  /** Milliseconds that Postgres took to compare both as sets, all sweeps of the pass together. */
  sweepMs: number;
}

/** Throws where the pass found anything. */
export async function measurePass(
  system: System,
  customers: number,
  report: (line: string) => void,
): Promise<PassCost> {
  const { sql } = system;
  const bench = await createTenant(system, customers);
  const forms = await startForms(system, bench, { names: ['ours'], latency: NO_DELAY });
  await resetRows(system, bench);
  const rows = await expectRows(system, bench);
  const sync = (since: Date | null) =>
    forms.all[0]!.sync({ workspaceId: WORKSPACE_ID, source: bench.source, since, rows });
  await sync(null);
  await sync(new Date()); // what the overlap reads once more is no cost of a pass

  await sql`alter system set track_functions = 'all'`;
  await sql`select pg_reload_conf()`;
  const [before] = await sql<{ xid: string }[]>`select pg_current_xact_id()::text as xid`;
  await sql`select pg_stat_reset()`;
  forms.proxies!.serviceTitan.take();
  forms.proxies!.supabase.take();
  await sql`update public.servicetitan_sync_state set pass_wanted_at = now() where workspace_id = ${WORKSPACE_ID}`;
  await sync(new Date());
  const proof = await untilEnded(system);
  const supabase = forms.proxies!.supabase.take();
  const functionCalls = supabase.byPath['servicetitan-contact-sync'] ?? 0;
  const [stored] = await sql<{ rows: number; written: number }[]>`
    select
      count(*)::integer as rows,
      count(*) filter (where xid >= ${before!.xid}::bigint)::integer as written
    from (
      select xmin::text::bigint as xid from public.contacts where workspace_id = ${WORKSPACE_ID}
      union all
      select xmin::text::bigint from public.servicetitan_contact_methods where workspace_id = ${WORKSPACE_ID}
    ) as stored
  `;
  const [ran] = await sql<{ runs: number }[]>`
    select count(*)::integer as runs from public.servicetitan_sync_runs
    where workspace_id = ${WORKSPACE_ID} and fence >= ${proof}
  `;
  const cost: PassCost = {
    customers,
    ...stored!,
    serviceTitanCalls: forms.proxies!.serviceTitan.take().calls,
    functionCalls,
    dataApiCalls: supabase.calls - functionCalls,
    runs: ran!.runs,
    sweepMs: await sweepMs(system),
  };
  await forms.stop();
  await system.source.ask({ do: 'remove', tenantId: bench.tenant.tenantId });
  report(
    `a pass of ${customers} customers: ${cost.serviceTitanCalls} ServiceTitan calls in ${cost.runs} runs, ${cost.written} of ${cost.rows} rows written, ${cost.sweepMs.toFixed(0)} ms of sweep`,
  );
  return cost;
}

/** The fence of the run with which it began. */
async function untilEnded({ sql }: System): Promise<string> {
  for (;;) {
    const [proof] = await sql<{ pass: string; whole: boolean; found: string }[]>`
      select pass::text, whole, missing + stale + differing + went_back + gone + refused as found
      from public.servicetitan_proofs
      where workspace_id = ${WORKSPACE_ID} and ended_at is not null
      order by servicetitan_proofs.pass desc
      limit 1
    `;
    if (proof?.whole === true && Number(proof.found) === 0) return proof.pass;
    if (proof) throw new Error(`The pass found ${proof.found} differences, or is not whole, where all is equal.`);
    await delay(100);
  }
}

/** Waits for the session that swept, which tells its statistics when it has been idle for some seconds. */
async function sweepMs({ sql }: System): Promise<number> {
  for (;;) {
    const [swept] = await sql.begin(async (own) => {
      await own`set local stats_fetch_consistency = 'none'`;
      return own<{ ms: number }[]>`
        select total_time::float8 as ms from pg_stat_user_functions where funcname = 'sweep_servicetitan_pass' and calls > 0
      `;
    });
    if (swept) return swept.ms;
    await delay(500);
  }
}
