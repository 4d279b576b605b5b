// How old the data of the workspaces is, and whether their last runs completed.
import type { WorkspaceRow } from '../supabase/reports.ts';
import { counted, fail, type Finding, listed, ok, workspaceName } from './finding.ts';

/** As GET /workspaces says it (src/http/workspaceCondition.ts). */
export interface Standing {
  condition: string;
  /** Its data is older than it may be, whatever the condition: of a workspace that fails that is told first. */
  isLate: boolean;
}

export type TellStanding = (row: WorkspaceRow) => Standing;

const WHY = 'GET /workspaces says of each what happened and what to do.';

export function checkData(workspaces: WorkspaceRow[], standingOf: TellStanding, isAll: boolean): Finding[] {
  const all = workspaces.map((row) => ({ row, ...standingOf(row) }));
  const late = all.filter(({ isLate }) => isLate);
  const failing = all.filter(isFailing);
  const names = (some: typeof all) => listed(some.map(({ row }) => workspaceName(row.workspace_id)));
  const ages = all.flatMap(({ row, condition }) => (condition === 'fresh' ? (row.age_seconds ?? []) : []));
  const oldest = ages.length === 0 ? '' : ` The oldest that is fresh is ${Math.max(...ages)} seconds old.`;
  const rest = isAll ? '' : ` Only the first ${workspaces.length} workspaces were looked at.`;
  return [
    late.length > 0
      ? fail('oldest_data', `That of ${counted(late.length, 'workspace')} is late: ${names(late)}.${rest}`, WHY)
      : ok('oldest_data', `No workspace is late.${oldest}${rest}`),
    failing.length > 0
      ? fail(
          'last_runs',
          `The last run of ${counted(failing.length, 'workspace')} failed: ${names(failing)}.${rest}`,
          WHY,
        )
      : ok('last_runs', `No workspace's last run failed.${rest}`),
  ];
}

export function isFailing({ condition }: Pick<Standing, 'condition'>): boolean {
  return condition === 'failing' || condition === 'refused';
}
