import { callWorker } from './workerCall.ts';

/** What it takes of the Worker's answer about a workspace. */
export interface WorkspaceNow {
  condition: string;
  activity: string;
  activityText: string;
  timeZone: string | null;
  businessHours: { start: number; end: number; open: boolean };
}

/** Why a tick started no run, asked of the Worker; one sentence without its end. Rejects where the Worker does not answer. */
export async function whyNoRun(workerUrl: string, workspaceId: string): Promise<string> {
  const access = { url: workerUrl, token: undefined };
  const { workspace } = await callWorker<{ workspace: WorkspaceNow }>(access, 'GET', `/workspaces/${workspaceId}`);
  return tellWhyNoRun(workspace);
}

/** The one reason that a tick goes by, in the order in which it looks for them. */
export function tellWhyNoRun({ condition, activity, activityText, timeZone, businessHours }: WorkspaceNow): string {
  const next = withoutEnd(activityText);
  if (condition === 'disconnected') return 'the workspace is not connected to ServiceTitan; connect it again';
  if (condition === 'paused') return 'the workspace is paused; resume it on the status page';
  if (!businessHours.open) {
    const { start, end } = businessHours;
    return `it is outside of the business hours, ${hour(start)} to ${hour(end)} in ${timeZone ?? 'UTC'}; ${decapitalized(next)}`;
  }
  if (activity !== 'idle') return `one is under way (${decapitalized(next)})`;
  if (condition === 'refused')
    return `ServiceTitan refused the credentials not long ago; connect the workspace again, or press Sync now. ${next}`;
  return `the Worker's log says why. ${next}`;
}

const hour = (at: number) => `${String(at).padStart(2, '0')}:00`;
const withoutEnd = (text: string) => text.replace(/\.$/, '');
const decapitalized = (text: string) => text.charAt(0).toLowerCase() + text.slice(1);
