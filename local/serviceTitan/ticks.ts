/** An instant as .NET counts it: 100 ns units since 0001-01-01T00:00:00Z. A Date would lose four of the seven digits. */
export type Ticks = bigint;

export const TICKS_PER_SECOND = 10_000_000n;
export const TICKS_PER_MS = 10_000n;

/** What imported records carry as their `createdOn`. */
export const YEAR_ONE: Ticks = 0n;

const UNIX_EPOCH: Ticks = 621_355_968_000_000_000n;
const LAST: Ticks = 3_155_378_975_999_999_999n;
const DATE_TIME = /^(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d(?::\d\d)?)(?:\.(\d{1,7}))?(Z|[+-](?:0\d|1[0-4]):[0-5]\d)?)?$/;

export function ticksOfUnixMs(ms: number): Ticks {
  return UNIX_EPOCH + BigInt(Math.trunc(ms)) * TICKS_PER_MS;
}

/** Cut, not rounded, to the millisecond. */
export function unixMsOfTicks(ticks: Ticks): number {
  return Number((ticks - UNIX_EPOCH) / TICKS_PER_MS);
}

/** The instant as ServiceTitan writes it: UTC, and of the seven fraction digits the trailing zeros cut. */
export function formatTicks(ticks: Ticks): string {
  const fraction = ticks % TICKS_PER_SECOND;
  const seconds = new Date(unixMsOfTicks(ticks - fraction)).toISOString().slice(0, 19);
  if (fraction === 0n) return `${seconds}Z`;
  return `${seconds}.${fraction.toString().padStart(7, '0').replace(/0+$/, '')}Z`;
}

/**
 * Reads a date (`2020-01-01`) or a date-time with 0 to 7 fraction digits and Z, an offset, or no zone, which means UTC.
 * Undefined for anything else, for days that no month has, and outside the years 1 to 9999.
 */
export function parseTicks(text: string): Ticks | undefined {
  const match = DATE_TIME.exec(text);
  if (match === null) return undefined;
  const [, day = '', time = '00:00', fraction = '', zone = 'Z'] = match;
  const seconds = time.length === 5 ? `${time}:00` : time;

  // Date.parse carries 30 February over to March; a day that reads back differently was none.
  const asUtc = Date.parse(`${day}T${seconds}Z`);
  if (Number.isNaN(asUtc) || new Date(asUtc).toISOString().slice(0, 19) !== `${day}T${seconds}`) return undefined;

  const ticks = ticksOfUnixMs(Date.parse(`${day}T${seconds}${zone}`)) + BigInt(fraction.padEnd(7, '0'));
  return ticks < YEAR_ONE || ticks > LAST ? undefined : ticks;
}
