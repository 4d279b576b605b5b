// What the database holds of the ticks, the workspaces and the connections, and what ServiceTitan says of
// those.
import type { Config, Settings } from '../config.ts';
import { createSupabase } from '../supabase/client.ts';
import { type ConnectionToReseal, createConnections } from '../supabase/connections.ts';
import { createReports, type WorkspaceRow } from '../supabase/reports.ts';
import { createTicks } from '../supabase/ticks.ts';
import { again } from './again.ts';
import { checkData, isFailing, type TellStanding } from './data.ts';
import type { Examination } from './examination.ts';
import { fail, type Finding, notLookedAt, ok } from './finding.ts';
import { checkHours } from './hours.ts';
import { inTime } from './inTime.ts';
import { checkKeys, type OpenedConnection } from './keys.ts';
import { part } from './part.ts';
import { PAGE, readAll } from './readAll.ts';
import { checkScopes } from './scopes.ts';
import { checkTicks } from './ticks.ts';

const NOT_CONNECTED = 'the workspace is not connected';

const OF_KEY = ['credentials_key'];
const OF_SCOPES = ['scopes', 'clocks/servicetitan'];
const OF_WORKSPACES = ['workspaces', 'business_hours', 'oldest_data', 'last_runs'];
/** Every line that is told here. */
export const BEHIND_THE_DATABASE = ['last_tick', ...OF_WORKSPACES, ...OF_KEY, ...OF_SCOPES];

/** What the scopes wait for; with both tries of them it is less than a part has. */
const KNOWN_MS = 3_000;

/** Each part by itself: a list that does not come hides no line that does without it. */
export async function lookAtRecords(settings: Settings, config: Config, examination: Examination): Promise<Finding[]> {
  const { now, wait, workspaceId } = examination;
  const supabase = createSupabase(config);
  const reports = createReports(supabase);
  const connections = createConnections(supabase);
  const isWanted = (row: { workspace_id: string }) => workspaceId === null || row.workspace_id === workspaceId;
  const rows = once(async () => {
    if (workspaceId !== null) {
      const row = await again(() => reports.readWorkspace(workspaceId, config), wait);
      return { all: row === null ? [] : [row], isAll: true };
    }
    return readAll(isWanted, async (after) => {
      const { workspaces, next_after } = await again(() => reports.readWorkspaces(after, PAGE, config), wait);
      return { rows: workspaces, next_after };
    });
  });
  const keys = once(async () => {
    const { all, isAll } = await readAll(isWanted, async (after) => {
      // No key has the empty id, so these are all connections.
      const page = await again(() => connections.listToReseal('', after, PAGE), wait);
      return { rows: page.connections, next_after: page.next_after };
    });
    return { count: all.length, ...(await checkKeys(config, all, isAll)) };
  });
  const areHoursAtFault = settings.faults.some(({ setting }) => setting.startsWith('BUSINESS_HOURS_'));
  const standingOf = examination.standingOf(config);
  const parts = await Promise.all([
    part(['last_tick'], async () => {
      const last = await again(() => createTicks(supabase, config.DEPLOYMENT).read(), wait);
      return [checkTicks(last, config.TICK_SECONDS)];
    }),
    part(OF_WORKSPACES, async () => {
      const { all, isAll } = await rows();
      const [first, ...others] = OF_WORKSPACES;
      if (workspaceId !== null && all.length === 0)
        return [
          fail(first!, 'There is no workspace of this id.', 'GET /workspaces names those there are.'),
          ...others.map((check) => notLookedAt(check, 'there is no such workspace')),
        ];
      return [
        ok(first!, 'They can be read.'),
        checkHours(all, config, areHoursAtFault, new Date(now())),
        ...checkData(all, standingOf, isAll),
      ];
    }),
    part(OF_KEY, async () => {
      const { count, finding } = await keys();
      return [count === 0 && workspaceId !== null ? notLookedAt(finding.check, NOT_CONNECTED) : finding];
    }),
    part(OF_SCOPES, async () => {
      const [opened, known] = await Promise.all([
        inTime(keys, KNOWN_MS).catch(() => null),
        // Which of them fails, and which is paused; who does not know that tries them as they come.
        inTime(rows, KNOWN_MS).catch(() => ({ all: [] })),
      ]);
      const because = opened === null ? 'no connection could be read' : NOT_CONNECTED;
      if (opened === null || (opened.count === 0 && workspaceId !== null))
        return OF_SCOPES.map((check) => notLookedAt(check, because));
      return checkScopes(config, worstFirst(opened.opened, known.all, standingOf), examination);
    }),
  ]);
  return parts.flat();
}

/** Those that are not paused. */
function worstFirst(opened: OpenedConnection[], rows: WorkspaceRow[], standingOf: TellStanding): OpenedConnection[] {
  const byId = new Map(rows.map((row) => [row.workspace_id, row]));
  const rank = ({ connection }: { connection: ConnectionToReseal }) => {
    const row = byId.get(connection.workspace_id);
    return row !== undefined && isFailing(standingOf(row)) ? 0 : 1;
  };
  return opened
    .filter(({ connection }) => byId.get(connection.workspace_id)?.enabled ?? true)
    .toSorted((one, other) => rank(one) - rank(other));
}

function once<Value>(work: () => Promise<Value>): () => Promise<Value> {
  let begun: Promise<Value> | undefined;
  return () => (begun ??= work());
}
