// Tells what a person has to know, once when it begins and once when it is over. Nothing here may harm a tick or a run: a
// fault is logged, and what was not told comes again with the next tick.
import pMap from 'p-map';
import type { Config } from '../config.ts';
import { tellError } from '../errors.ts';
import { outgoing } from '../outgoing.ts';
import type { Alert, Alerts } from '../supabase/alerts.ts';
import { toBody } from './body.ts';
import { sign } from './sign.ts';

export interface AlertContext {
  config: Config;
  alerts: Alerts;
  log: (entry: object) => void;
  now: () => number;
}

const MESSAGES_PER_TICK = 50;
/** Below the two minutes that a tick has its messages for: fifty of them, four at a time. */
const TIMEOUT_MS = 8_000;
const CONCURRENCY = 4;

/** Without ALERT_WEBHOOK_URL nothing is looked at. Answers whether all was told. Never rejects. */
export async function sendAlerts({ config, alerts, log, now }: AlertContext): Promise<boolean> {
  const { ALERT_WEBHOOK_URL: url, ALERT_WEBHOOK_SECRET: secret, ALERT_WEBHOOK_FORMAT: format } = config;
  if (url === undefined) return true;
  try {
    const claimed = await alerts.claim(config, MESSAGES_PER_TICK);
    if (claimed.length === 0) return true;
    const told: Alert[] = [];
    const send = async (alert: Alert) => {
      const { workspace_id: workspaceId, kind, event: what } = alert;
      try {
        await post(url, secret, String(Math.floor(now() / 1000)), `${alert.id}_${what}`, toBody(alert, format));
        told.push(alert);
        log({ event: 'alert_told', workspaceId, kind, what });
      } catch (error) {
        // The address itself may be a secret, as Slack's is: it stands in no log.
        const reason = error instanceof Refused ? error.message : tellError(error);
        log({
          event: 'alert_not_told',
          workspaceId,
          kind,
          what,
          reason,
          advice: 'it is tried again with the next tick',
        });
      }
    };
    await pMap(claimed, send, { concurrency: CONCURRENCY });
    await alerts.settle(claimed, told);
    return told.length === claimed.length;
  } catch (error) {
    log({ event: 'alerts_failed', reason: tellError(error) });
    return false;
  }
}

class Refused extends Error {}

/** One message; `id` is the same whenever it is sent again, so that the receiver knows it. */
async function post(
  url: string,
  secret: string | undefined,
  timestamp: string,
  id: string,
  body: string,
): Promise<void> {
  const signature = secret === undefined ? {} : { 'webhook-signature': await sign(secret, id, timestamp, body) };
  const response = await outgoing('ALERT_WEBHOOK_URL')(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'webhook-id': id, 'webhook-timestamp': timestamp, ...signature },
    body,
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  await response.body?.cancel();
  if (!response.ok) throw new Refused(`the receiver answered ${response.status}`);
}
