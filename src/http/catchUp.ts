// The cron may stay away without an error, for hours: then whoever calls does a tick's work, beside the answer. Harmless by R14, for
// the tick that comes late finds its runs started.
import type { MiddlewareHandler } from 'hono';
import { log } from '../log.ts';
import { wakeUpBy } from '../schedule/wakeUpBy.ts';
import type { AppEnv } from './appEnv.ts';
import { readLastTick, takeCatchUp } from './lastTick.ts';

/** Ticks come a little early or late. */
const OVERDUE_TICKS = 1.5;

export const catchUp: MiddlewareHandler<AppEnv> = async (context, next) => {
  const config = context.get('config');
  const everyMs = config.TICK_SECONDS * 1000;
  const now = Date.now();
  const last = await readLastTick(config, now);
  // Where none is on record the deployment is new, and its first tick is still to come.
  const seconds = last?.work_seconds_ago ?? null;
  const isOverdue = seconds !== null && Math.abs(seconds) > config.TICK_SECONDS * OVERDUE_TICKS;
  if (isOverdue && takeCatchUp(config, now)) {
    log({ event: 'tick_overdue', secondsAgo: seconds, advice: "look whether the Worker's cron trigger runs" });
    // As the tick would have been scheduled that did not come.
    const scheduledTime = new Date(Math.floor(now / everyMs) * everyMs);
    context.executionCtx.waitUntil(wakeUpBy(context.env, config, scheduledTime, true));
  }
  return next();
};
