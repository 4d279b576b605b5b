// Whether some tick falls into each workspace's business hours, for else it is never synced by itself (R15).
import type { Config } from '../config.ts';
import { zoneOf } from '../schedule/businessHours.ts';
import { createClock } from '../schedule/nextTick.ts';
import type { WorkspaceRow } from '../supabase/reports.ts';
import { counted, fail, type Finding, listed, ok, warn, workspaceName } from './finding.ts';

const CHECK = 'business_hours';

export function checkHours(workspaces: WorkspaceRow[], config: Config, isAtFault: boolean, now: Date): Finding {
  const connected = workspaces.filter((workspace) => workspace.connected);
  if (isAtFault)
    return fail(
      CHECK,
      'They are empty or malformed as they are set, so the default holds.',
      'Correct BUSINESS_HOURS_START and BUSINESS_HOURS_END: the first has to be the smaller one.',
    );
  const clock = createClock(config, now);
  const zones = connected.length === 0 ? [{ workspace_id: '', zone: 'UTC' as string | null }] : connected.map(named);
  const never = zones.filter(({ zone }) => clock(zone).nextTickAt === null);
  if (never.length > 0)
    return fail(
      CHECK,
      connected.length === 0
        ? 'No tick falls into them.'
        : `No tick of the next two days falls into those of ${counted(never.length, 'workspace')}: ${ids(never)}.`,
      'Widen BUSINESS_HOURS_START and BUSINESS_HOURS_END, or let ticks come more often (TICK_SECONDS with crons in wrangler.toml).',
    );
  const withoutZone = connected.filter((row) => row.time_zone !== null && !row.time_zone_known);
  if (withoutZone.length > 0)
    return warn(
      CHECK,
      `The time zone of ${counted(withoutZone.length, 'workspace')} is not known, so it is synced at any hour: ${ids(withoutZone)}.`,
      'Connect them again with an IANA name, such as America/Denver, or correct time_zone in the table workspaces.',
    );
  return ok(CHECK, 'Ticks fall into them, in the time zone of each workspace.');
}

const named = (row: WorkspaceRow) => ({ workspace_id: row.workspace_id, zone: zoneOf(row) });
const ids = (rows: { workspace_id: string }[]) => listed(rows.map((row) => workspaceName(row.workspace_id)));
