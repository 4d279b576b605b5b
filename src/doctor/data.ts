// How old the data of the workspaces is, and whether their last runs completed.
import type { WorkspaceRow } from '../supabase/reports.ts';
import { fail, type Finding, listed, ok, workspaceName } from './finding.ts';

/** As GET /workspaces says it (src/http/workspaceCondition.ts). */
export type TellCondition = (row: WorkspaceRow) => string;

const WHY = 'GET /workspaces says of each what happened and what to do.';

export function checkData(workspaces: WorkspaceRow[], conditionOf: TellCondition, isAll: boolean): Finding[] {
  const conditions = new Map(workspaces.map((row) => [row, conditionOf(row)]));
  const those = (...words: string[]) => workspaces.filter((row) => words.includes(conditions.get(row)!));
  const names = (rows: WorkspaceRow[]) => listed(rows.map((row) => workspaceName(row.workspace_id)));
  const [late, failing] = [those('late'), those('failing', 'refused')];
  const ages = those('fresh').flatMap((row) => row.age_seconds ?? []);
  const oldest = ages.length === 0 ? '' : ` The oldest that has to be fresh is ${Math.max(...ages)} seconds old.`;
  const rest = isAll ? '' : ` Only the first ${workspaces.length} workspaces were looked at.`;
  return [
    late.length > 0
      ? fail('oldest_data', `That of ${late.length} workspaces is late: ${names(late)}.${rest}`, WHY)
      : ok('oldest_data', `No workspace is late.${oldest}${rest}`),
    failing.length > 0
      ? fail('last_runs', `Those of ${failing.length} workspaces failed: ${names(failing)}.${rest}`, WHY)
      : ok('last_runs', `No workspace's last run failed.${rest}`),
  ];
}
