import { formatInTimeZone } from 'date-fns-tz';

/**
 * R15: whether a tick scheduled at this instant is within business hours in the zone. Both ends are in: with 6 and 20 the
 * first sync is at 06:00 and the last at 20:00, while 20:15 is out. A null zone has no hours and is always in. Throws
 * `RangeError` on a text that names no zone.
 */
export function isBusinessTime(
  scheduledTime: Date,
  timeZone: string | null,
  startHour: number,
  endHour: number,
): boolean {
  if (timeZone === null) return true;
  if (!hasNameOfZone(timeZone)) throw new RangeError('That is not the IANA name of a time zone.');
  const [hours = 0, minutes = 0] = formatInTimeZone(scheduledTime, timeZone, 'H:m').split(':').map(Number);
  const minuteOfDay = hours * 60 + minutes;
  return minuteOfDay >= startHour * 60 && minuteOfDay <= endHour * 60;
}

/**
 * What Postgres takes for the same zone as the Worker does: is_servicetitan_time_zone() has the same form. Offsets
 * (+05:00) and abbreviations (CET) are none, because they know no daylight saving, or mean another thing there.
 */
const IANA_NAME =
  /^(?:UTC|GMT|EST5EDT|CST6CDT|MST7MDT|PST8PDT|Etc\/GMT(?:\+(?:\d|1[0-2])|-(?:\d|1[0-4]))|(?!(?:posix|right)\/)[A-Z_]+(?:\/[A-Z_-]+){1,2})$/i;
/** The Worker's runtime still knows it; Postgres has dropped it with the IANA. */
const DROPPED = /^US\/Pacific-New$/i;

function hasNameOfZone(name: string): boolean {
  return IANA_NAME.test(name) && !DROPPED.test(name);
}

/** Whether this is the IANA name of a zone. */
export function isTimeZone(name: string): boolean {
  if (!hasNameOfZone(name)) return false;
  try {
    return Intl.DateTimeFormat('en', { timeZone: name }) !== undefined;
  } catch {
    return false;
  }
}

/** Of a zone that the database does not know nothing is reckoned, so that both sides agree (R15). */
export function zoneOf(row: { time_zone: string | null; time_zone_known: boolean }): string | null {
  return row.time_zone_known ? row.time_zone : null;
}
