// What people are told, held against the ledger: whatever happens, "fresh" is said of no data over the limit, and of no workspace
// whose last finished run failed.
import type { Sql } from 'postgres';
import { describeStanding } from '../../../src/http/workspaceCondition.ts';
import { createClock } from '../../../src/schedule/nextTick.ts';
import { createReports } from '../../../src/supabase/reports.ts';
import type { DataApi } from './dataApi.ts';

const HOURS = { BUSINESS_HOURS_START: 0, BUSINESS_HOURS_END: 24, TICK_SECONDS: 900 };
const LIMIT_SECONDS = 1800;

/** After these calls something else may be told; in between time passes. */
export const TELLING = [
  'advance_servicetitan_cursor',
  'begin_servicetitan_run',
  'claim_servicetitan_runs',
  'complete_servicetitan_run',
  'end_servicetitan_gone_runs',
  'fail_servicetitan_run',
  'note_servicetitan_retry',
  'read_servicetitan_credentials',
];

/** Null, or what is told and is not so. `now` is the history's, by which its cursors go. */
export async function readFalseFresh(
  admin: Sql,
  dataApi: DataApi,
  workspaceId: string,
  now: number,
): Promise<{ standing: string; breach: string | null }> {
  const rpc = (name: string, parameters: object) => ({ abortSignal: () => dataApi.call(name, parameters) });
  const row = await createReports({ rpc } as never).readWorkspace(workspaceId, HOURS);
  if (row === null) return { standing: 'nothing', breach: null };
  const age = row.cursor === null ? null : Math.floor((now - Date.parse(row.cursor)) / 1000);
  // The database's clock is another than the history's.
  const aged = { ...row, age_seconds: age, opened_at: null };
  const { condition, activity } = describeStanding(aged, createClock(HOURS, new Date(now))(row.time_zone));
  if (condition !== 'fresh') return { standing: `${condition}, ${activity}`, breach: null };
  // A run that failed before it began names no tenant: it is of the one that was connected then.
  const [last] = await admin<{ status: string; own: boolean }[]>`
    select run.status, coalesce(run.source = state.source, run.created_at > connection.updated_at) as own
    from public.servicetitan_sync_runs as run
    join public.servicetitan_sync_state as state using (workspace_id)
    join public.servicetitan_connections as connection using (workspace_id)
    where run.workspace_id = ${workspaceId}
      and run.status in ('completed', 'failed')
    order by run.fence desc
    limit 1
  `;
  const breach =
    last?.own && last.status === 'failed'
      ? 'told as fresh while the last finished run failed'
      : age === null || age > LIMIT_SECONDS
        ? `told as fresh while the data is ${age} s old`
        : null;
  return { standing: `fresh, ${activity}`, breach };
}
