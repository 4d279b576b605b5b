// Whether Cloudflare's cron comes.
import type { LastTick } from '../supabase/ticks.ts';
import { fail, type Finding, ok, warn } from './finding.ts';

/** A tick comes late now and then; /health gives up at three. */
const LATE_TICKS = 1.5;
const MISSED_TICKS = 3;

const ADVICE = "Look at the Worker's cron trigger in Cloudflare's dashboard, and deploy again if it is not there.";

export function checkTicks({ tick_seconds_ago: seconds }: LastTick, everySeconds: number): Finding {
  if (seconds === null)
    return warn('last_tick', `None has come yet. The cron brings the first within ${everySeconds} seconds.`, ADVICE);
  if (seconds < -LATE_TICKS * everySeconds)
    return fail(
      'last_tick',
      `The last one is on record for ${-seconds} seconds from now, so a clock has gone back since, or the row was changed.`,
      `The next tick mends that. ${ADVICE}`,
    );
  const said = `The last one came ${seconds} seconds ago; they are ${everySeconds} apart`;
  if (seconds <= LATE_TICKS * everySeconds) return ok('last_tick', `${said}.`);
  return (seconds > MISSED_TICKS * everySeconds ? fail : warn)('last_tick', `${said}, so one is missing.`, ADVICE);
}
