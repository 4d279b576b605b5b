// Whether the Worker's key opens what is sealed in the database.
import type { Config } from '../config.ts';
import { openCredentials } from '../credentials/openCredentials.ts';
import type { ConnectionToReseal } from '../supabase/connections.ts';
import { counted, fail, type Finding, listed, ok, warn, workspaceName } from './finding.ts';

export interface OpenedConnection {
  connection: ConnectionToReseal;
  opened: Awaited<ReturnType<typeof openCredentials>>;
}

/** Opens each. What opens is handed on, to be tried. `isAll`: there are no more than these. */
export async function checkKeys(
  config: Config,
  connections: readonly ConnectionToReseal[],
  isAll: boolean,
): Promise<{ finding: Finding; opened: OpenedConnection[] }> {
  const opened: OpenedConnection[] = [];
  const closed: string[] = [];
  for (const connection of connections) {
    try {
      opened.push({ connection, opened: await openCredentials(config, connection.workspace_id, connection) });
    } catch {
      closed.push(workspaceName(connection.workspace_id));
    }
  }
  return { finding: toFinding(closed, connections.length, isAll), opened };
}

function toFinding(closed: string[], count: number, isAll: boolean): Finding {
  const check = 'credentials_key';
  if (closed.length > 0)
    return fail(
      check,
      `It does not open ${closed.length} of ${counted(count, 'connection')}, so nothing is synced for: ${listed(closed, 20)}.`,
      'Put the key that sealed them into CREDENTIALS_KEY_PREVIOUS, or connect these workspaces again: `npm run connect`.',
    );
  if (!isAll) return warn(check, `It opens the first ${count} connections. The others were not tried.`, null);
  return ok(check, count === 0 ? 'There is no connection to open.' : `It opens every connection: ${count}.`);
}
