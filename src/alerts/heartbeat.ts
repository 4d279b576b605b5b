// Tells somebody outside that a tick did its work, so that whoever waits for it notices when cron, Worker or database are gone:
// nothing inside could tell that.
import type { Config } from '../config.ts';
import { tellError } from '../errors.ts';
import { outgoing } from '../outgoing.ts';

const TIMEOUT_MS = 8_000;

/** Calls HEARTBEAT_URL, or with `/fail` behind its path where the tick did not do all its work. Never rejects. */
export async function sendHeartbeat(
  config: Pick<Config, 'HEARTBEAT_URL'>,
  isDone: boolean,
  log: (entry: object) => void,
): Promise<void> {
  if (config.HEARTBEAT_URL === undefined) return;
  const url = new URL(config.HEARTBEAT_URL);
  if (!isDone) url.pathname = `${url.pathname.replace(/\/$/, '')}/fail`;
  try {
    const response = await outgoing('HEARTBEAT_URL')(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    await response.body?.cancel();
    if (!response.ok) log({ event: 'heartbeat_not_sent', status: response.status });
  } catch (error) {
    // The address is a secret: whoever has it may say that all is well.
    log({ event: 'heartbeat_not_sent', reason: tellError(error) });
  }
}
