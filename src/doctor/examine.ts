// Looks at everything that a sync needs, part by part. It changes nothing, and no part's fault hides
// another's.
import type { Config, Settings } from '../config.ts';
import { createSupabase } from '../supabase/client.ts';
import { type ConnectionToReseal, createConnections } from '../supabase/connections.ts';
import { askFunction } from '../supabase/contract.ts';
import { createReports, type WorkspaceRow } from '../supabase/reports.ts';
import { inspectDatabase } from '../supabase/schemaCheck.ts';
import { createTicks } from '../supabase/ticks.ts';
import { again, type Wait } from './again.ts';
import { checkData, isFailing, type TellStanding } from './data.ts';
import { checkDatabase } from './database.ts';
import { checkFunction } from './edgeFunction.ts';
import { failed, type Finding, notLookedAt } from './finding.ts';
import { checkHours } from './hours.ts';
import { checkKeys, type OpenedConnection } from './keys.ts';
import { inTime } from './inTime.ts';
import { PAGE, readAll } from './readAll.ts';
import { checkScopes } from './scopes.ts';
import { checkSettings } from './settings.ts';
import { checkTelling } from './telling.ts';
import { checkTicks } from './ticks.ts';

export interface Examination {
  /** Only this workspace, where one is named. */
  workspaceId: string | null;
  standingOf: (config: Config) => TellStanding;
  /** Milliseconds since 1970. */
  now: () => number;
  wait: Wait;
}

const CALL_MS = 3_000;

const OF_THE_DATABASE = ['database', 'schema', 'tables', 'clocks/database'];
const OF_THE_FUNCTION = ['function', 'function_key', 'function_contract', 'function_region'];
const OF_CONNECTIONS = ['credentials_key', 'scopes', 'clocks/servicetitan'];
const OF_WORKSPACES = ['business_hours', 'oldest_data', 'last_runs'];

/** Never rejects; it takes at most eighteen seconds. */
export async function examine(settings: Settings, examination: Examination): Promise<Finding[]> {
  const { config } = settings;
  const findings = [...checkSettings(settings), ...checkTelling(settings)];
  if (config === null) {
    const others = [...OF_THE_DATABASE, ...OF_THE_FUNCTION, 'last_tick', ...OF_WORKSPACES, ...OF_CONNECTIONS];
    return [...findings, ...others.map((check) => notLookedAt(check, 'settings are missing that everything needs'))];
  }
  const [ofFunction, ofRest] = await Promise.all([
    part(OF_THE_FUNCTION, () => lookAtFunction(config, examination)),
    lookAtDatabase(settings, config, examination),
  ]);
  return [...findings, ...ofRest, ...ofFunction];
}

/** What takes too long, or throws, is told in the first of the lines, and the others are not looked at. */
async function part(checks: readonly string[], work: () => Promise<Finding[]>): Promise<Finding[]> {
  try {
    return await inTime(work);
  } catch (error) {
    const [first, ...others] = checks;
    return [failed(first!, error), ...others.map((check) => notLookedAt(check, 'what comes before it failed'))];
  }
}

async function lookAtFunction(config: Config, { wait }: Examination): Promise<Finding[]> {
  const ask = () => again(() => askFunction(config, AbortSignal.timeout(CALL_MS)), wait);
  return checkFunction(async () => {
    const asked = await ask();
    if (asked.outcome === 'same' || asked.outcome === 'other') return asked;
    await wait(1000);
    return ask();
  }, config.SUPABASE_REGION);
}

async function lookAtDatabase(settings: Settings, config: Config, examination: Examination): Promise<Finding[]> {
  const { now, wait, workspaceId } = examination;
  const supabase = createSupabase(config);
  let isThere = false;
  const findings = await part(OF_THE_DATABASE, async () => {
    const looked = await checkDatabase(() => again(() => inspectDatabase(supabase), wait), now);
    isThere = looked.isThere;
    return looked.findings;
  });
  if (!isThere) {
    const others = ['last_tick', ...OF_WORKSPACES, ...OF_CONNECTIONS];
    return [...findings, ...others.map((check) => notLookedAt(check, 'the database does not answer'))];
  }

  const reports = createReports(supabase);
  const connections = createConnections(supabase);
  const isWanted = (row: { workspace_id: string }) => workspaceId === null || row.workspace_id === workspaceId;
  const rows = once(() =>
    readAll(isWanted, async (after) => {
      const { workspaces, next_after } = await again(() => reports.readWorkspaces(after, PAGE, config), wait);
      return { rows: workspaces, next_after };
    }),
  );
  const areHoursAtFault = settings.faults.some(({ setting }) => setting.startsWith('BUSINESS_HOURS_'));
  const standingOf = examination.standingOf(config);
  const parts = await Promise.all([
    part(['last_tick'], async () => {
      const last = await again(() => createTicks(supabase, config.DEPLOYMENT).read(), wait);
      return [checkTicks(last, config.TICK_SECONDS)];
    }),
    part(OF_WORKSPACES, async () => {
      const { all, isAll } = await rows();
      return [checkHours(all, config, areHoursAtFault, new Date(now())), ...checkData(all, standingOf, isAll)];
    }),
    part(OF_CONNECTIONS, async () => {
      const { all, isAll } = await readAll(isWanted, async (after) => {
        // No key has the empty id, so these are all connections.
        const page = await again(() => connections.listToReseal('', after, PAGE), wait);
        return { rows: page.connections, next_after: page.next_after };
      });
      const { finding, opened } = await checkKeys(config, all, isAll);
      const known = await rows().catch(() => ({ all: [] }));
      return [finding, ...(await checkScopes(config, worstFirst(opened, known.all, standingOf), examination))];
    }),
  ]);
  return [...findings, ...parts.flat()];
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
