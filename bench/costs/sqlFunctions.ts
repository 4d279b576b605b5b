import type { Sql } from 'postgres';
import { cpuOf } from '../processCosts.ts';

/**
 * CPU milliseconds that each SQL function took in itself, without those it called, while these batches were written, one after
 * another in one session of the role that the Edge Function has. Postgres tells elapsed time; it is cut to the session's CPU time.
 */
export async function timeSqlFunctions(sql: Sql, batches: object[]): Promise<Map<string, number>> {
  const session = await sql.reserve();
  try {
    const read = async () => {
      await session`select pg_stat_force_next_flush()`;
      const rows = await session<{ name: string; ms: number }[]>`
        select funcname as name, sum(self_time)::float8 as ms from pg_stat_user_functions group by funcname
      `;
      return new Map(rows.map(({ name, ms }) => [name, ms]));
    };
    await session`set track_functions = 'all'`;
    const [backend] = await session<{ pid: number }[]>`select pg_backend_pid() as pid`;
    const before = await read();
    const cpuBefore = cpuOf([backend!.pid]);
    await session`set role service_role`;
    for (const batch of batches)
      await session`select public.sync_servicetitan_contacts(${session.json(batch as never)})`;
    await session`reset role`;
    const cpuMs = (cpuOf([backend!.pid]) - cpuBefore) * 1000;
    const after = await read();
    const elapsed = [...after].map(([name, ms]) => [name, ms - (before.get(name) ?? 0)] as const);
    const all = elapsed.reduce((sum, [, ms]) => sum + ms, 0);
    const share = Math.min(1, cpuMs / all);
    return new Map(elapsed.filter(([, ms]) => ms > 0).map(([name, ms]) => [name, ms * share]));
  } finally {
    await session`reset all`;
    session.release();
  }
}
