import { isBusinessTime } from './businessHours.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
/** No zone's hours begin in between. */
const QUARTER_MS = 15 * 60 * 1000;

export interface Hours {
  BUSINESS_HOURS_START: number;
  BUSINESS_HOURS_END: number;
  TICK_SECONDS: number;
}

/** A zone's present as ticks see it. */
export interface Moment {
  now: Date;
  timeZone: string | null;
  /** How often a tick comes. */
  tickSeconds: number;
  /** Within business hours. */
  isOpen: boolean;
  /** The first tick within business hours from now on; null when there is none within two days. */
  nextTickAt: Date | null;
}

/** Answers each zone's moment, worked out once a zone. One that does not exist has no hours, so that it is always open (R15). */
export function createClock(hours: Hours, now: Date): (timeZone: string | null) => Moment {
  const known = new Map<string | null, Moment>();
  const { TICK_SECONDS: tickSeconds } = hours;
  return (timeZone) => {
    let moment = known.get(timeZone);
    if (!moment) {
      const isOpen = (at: number) => isOpenAt(new Date(at), timeZone, hours);
      const nextTickAt = findNextTick(now.getTime(), tickSeconds * 1000, isOpen);
      moment = { now, timeZone, tickSeconds, isOpen: isOpen(now.getTime()), nextTickAt };
      known.set(timeZone, moment);
    }
    return moment;
  };
}

function isOpenAt(at: Date, timeZone: string | null, hours: Hours): boolean {
  try {
    return isBusinessTime(at, timeZone, hours.BUSINESS_HOURS_START, hours.BUSINESS_HOURS_END);
  } catch {
    return true;
  }
}

/** Ticks come on multiples of `everyMs`. */
function findNextTick(now: number, everyMs: number, isOpen: (at: number) => boolean): Date | null {
  const first = Math.floor(now / everyMs) * everyMs + everyMs;
  if (isOpen(first)) return new Date(first);
  const stride = Math.max(everyMs, QUARTER_MS);
  for (let at = Math.ceil(first / stride) * stride; at < first + 2 * DAY_MS; at += stride) {
    if (isOpen(at)) return new Date(at);
  }
  return null;
}
