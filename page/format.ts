// Numbers, spans and times as people read them.

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const number = new Intl.NumberFormat('en');
export const count = (value: number) => number.format(value);

/** `1 customer`, `2 customers`. */
export function countOf(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** A span in its one or two largest units: `4 s`, `12 min`, `1 h 20 min`, `3 d 4 h`. */
export function span(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < MINUTE) return `${whole} s`;
  // From ten minutes on nobody asks for the seconds.
  if (whole < 10 * MINUTE) return twoUnits(whole, MINUTE, 'min', 1, 's');
  if (whole < HOUR) return `${Math.floor(whole / MINUTE)} min`;
  if (whole < DAY) return twoUnits(whole, HOUR, 'h', MINUTE, 'min');
  return twoUnits(whole, DAY, 'd', HOUR, 'h');
}

/** As `span`, for what nobody reads to the second: `45 s`, `7 min`. */
export function roughly(seconds: number): string {
  return seconds < MINUTE ? span(seconds) : span(Math.round(seconds / MINUTE) * MINUTE);
}

/** How long something took, where tenths count too. */
export function took(seconds: number): string {
  return seconds < 10 ? `${(Math.round(seconds * 10) / 10).toFixed(1)} s` : span(seconds);
}

function twoUnits(seconds: number, large: number, largeName: string, small: number, smallName: string): string {
  const rest = Math.floor((seconds % large) / small);
  return `${Math.floor(seconds / large)} ${largeName}${rest === 0 ? '' : ` ${rest} ${smallName}`}`;
}

/** `zone` is IANA's name; times without one, or with one that does not exist, are shown in UTC, as the Worker does. */
export interface Clock {
  zone: string;
  /** The time of day, with the date when it is not today's. */
  short: (iso: string, now: number) => string;
  /** Everything about the instant, zone included. */
  exact: (iso: string) => string;
}

const clocks = new Map<string | null, Clock>();

export function clockIn(zone: string | null): Clock {
  const clock = clocks.get(zone) ?? createClock(zone ?? 'UTC');
  clocks.set(zone, clock);
  return clock;
}

function createClock(wanted: string): Clock {
  const format = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat('en-GB', options);
  let timeZone = wanted;
  try {
    format({ timeZone });
  } catch {
    timeZone = 'UTC';
  }
  const day = format({ timeZone, dateStyle: 'short' });
  const time = format({ timeZone, timeStyle: 'short' });
  const both = format({ timeZone, day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' });
  const all = format({ timeZone, dateStyle: 'full', timeStyle: 'long' });
  return {
    zone: timeZone,
    short: (iso, now) => (day.format(new Date(iso)) === day.format(now) ? time : both).format(new Date(iso)),
    exact: (iso) => all.format(new Date(iso)),
  };
}

/** `6` → `06:00`. */
export const hour = (value: number) => `${String(value).padStart(2, '0')}:00`;
