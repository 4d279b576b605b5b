import type { Sql } from 'postgres';

/** What has Postgres time its waits for the disk. */
export const DISK_TIMING = ['track_io_timing=on', 'track_wal_io_timing=on'];

/**
 * Seconds that the processes of Postgres have waited for reads, writes and syncs of tables and of the log, together. Sessions
 * tell once a second, and what they did in their last second some seconds later: of use for runs of many seconds.
 */
export async function waitedForDisk(sql: Sql): Promise<number> {
  await sql`select pg_stat_force_next_flush()`;
  const [waited] = await sql<{ ms: number }[]>`
    select (
      (select sum(coalesce(read_time, 0) + coalesce(write_time, 0) + coalesce(writeback_time, 0) + coalesce(extend_time, 0) + coalesce(fsync_time, 0)) from pg_stat_io)
      + (select wal_write_time + wal_sync_time from pg_stat_wal)
    )::float8 as ms
  `;
  return waited!.ms / 1000;
}
