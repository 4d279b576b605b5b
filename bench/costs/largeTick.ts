// A cron tick over thousands of connected workspaces, in the real Postgres through the real Data API.
import { startCountingProxy, type Traffic } from '../countingProxy.ts';
import { emptyTables, type System } from '../system.ts';
import { inProcess } from './inProcess.ts';
import type { CountedTick, TickJob } from './tickProcess.ts';

export interface MeasuredTick extends CountedTick {
  supabase: Traffic;
}

export interface TickCosts {
  workspaces: number;
  /** All of them are due. */
  due: MeasuredTick;
  /** The next one, while all of them run. */
  running: MeasuredTick;
}

const TICK_MS = 15 * 60_000;

export async function measureLargeTick(
  system: System,
  workspaces: number,
  report: (line: string) => void,
): Promise<TickCosts> {
  await emptyTables(system);
  await system.sql`
    insert into public.servicetitan_connections (workspace_id, environment, tenant_id, client_id, credentials_id, client_secret_sealed, app_key_sealed)
    select 'workspace-' || number, 'production', number::text, 'client', gen_random_uuid(), 'sealed', 'sealed'
    from generate_series(1, ${workspaces}::int) as number
  `;
  await system.sql`analyze public.servicetitan_connections`;
  const proxy = await startCountingProxy(system.gateway.url, 0);
  const now = Math.floor(Date.now() / TICK_MS) * TICK_MS;
  const measure = async (scheduledTime: number): Promise<MeasuredTick> => {
    const job = { supabaseUrl: proxy.url, secretKey: system.secrets.keys.secret.default, scheduledTime };
    const counted = await inProcess<TickJob, CountedTick>(system.stateFolder, 'tickProcess.ts', job);
    return { ...counted, supabase: proxy.take() };
  };
  const due = await measure(now);
  if (due.summary.started !== workspaces) throw new Error(`The tick started ${due.summary.started} of ${workspaces}.`);
  const running = await measure(now + TICK_MS);
  await proxy.stop();
  await emptyTables(system);
  report(`${workspaces} workspaces: ${due.supabase.calls} Supabase calls, ${due.batches} batches of instances`);
  return { workspaces, due, running };
}
