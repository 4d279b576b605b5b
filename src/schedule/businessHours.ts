import { formatInTimeZone } from 'date-fns-tz';

/**
 * R15: whether a tick scheduled at this instant is within business hours in the zone. Both ends are in: with 6 and 20 the
 * first sync is at 06:00 and the last at 20:00, while 20:15 is out. A null zone has no hours and is always in. Throws
 * `RangeError` on a zone that does not exist.
 */
export function isBusinessTime(
  scheduledTime: Date,
  timeZone: string | null,
  startHour: number,
  endHour: number,
): boolean {
  if (timeZone === null) return true;
  const [hours = 0, minutes = 0] = formatInTimeZone(scheduledTime, timeZone, 'H:m').split(':').map(Number);
  const minuteOfDay = hours * 60 + minutes;
  return minuteOfDay >= startHour * 60 && minuteOfDay <= endHour * 60;
}

/** Whether this is the name of an IANA zone. Offsets such as +05:00 are none: they know no daylight saving. */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z][\w+/-]*$/.test(name)) return false;
  try {
    return Intl.DateTimeFormat('en', { timeZone: name }) !== undefined;
  } catch {
    return false;
  }
}
