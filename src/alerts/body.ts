import { withoutSecretsInJson } from '../secrets.ts';
import type { Alert } from '../supabase/alerts.ts';
import { LONGEST_NAME, toShown } from '../supabase/storedText.ts';

export type AlertFormat = 'json' | 'slack';

/** The body of a message: an event as the Standard Webhooks have it, or Slack's form. It holds no person's data and no secret. */
export function toBody(given: Alert, format: AlertFormat): string {
  const name = given.name === null ? null : toShown(given.name, LONGEST_NAME);
  const alert = { ...given, name, message: toShown(given.message) };
  return withoutSecretsInJson(JSON.stringify(format === 'slack' ? { text: toSlackText(alert) } : toEvent(alert)));
}

function toEvent(alert: Alert) {
  return {
    type: `alert.${alert.event}`,
    timestamp: new Date(alert.closed_at ?? alert.opened_at).toISOString(),
    data: {
      id: alert.id,
      kind: alert.kind,
      workspaceId: alert.workspace_id,
      workspaceName: alert.name,
      message: alert.message,
      openedAt: new Date(alert.opened_at).toISOString(),
      closedAt: alert.closed_at && new Date(alert.closed_at).toISOString(),
    },
  };
}

function toSlackText(alert: Alert): string {
  const who = `*${escape(alert.name ?? 'Workspace')}* (${alert.workspace_id})`;
  return alert.event === 'opened'
    ? `:red_circle: ${who}: ${escape(alert.message)}`
    : `:large_green_circle: ${who}: over since ${new Date(alert.closed_at!).toISOString()}. It was: ${escape(alert.message)}`;
}

/** What Slack takes for links and mentions. */
function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
