const INSTANT = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,7}))?(Z|[+-](?:0\d|1\d|2[0-3]):[0-5]\d)?$/;

/**
 * A ServiceTitan time as `YYYY-MM-DDTHH:MM:SS.fffffffZ`: always 28 characters, always UTC, so that text order is time
 * order to all seven digits (a Date holds only three). No zone means UTC. Null for what is no such time, and for what
 * falls outside the years 1 to 9999.
 */
export function canonicalInstant(text: string): string | null {
  const match = INSTANT.exec(text);
  if (match === null) return null;
  const [, seconds = '', fraction = '', zone = 'Z'] = match;

  // Date.parse carries 30 February over to March; a time that reads back differently was none.
  const ms = Date.parse(`${seconds}Z`);
  if (Number.isNaN(ms) || wholeSeconds(ms) !== seconds) return null;

  const utc = zone === 'Z' ? seconds : wholeSeconds(Date.parse(`${seconds}${zone}`));
  if (utc.length !== 19 || utc.startsWith('0000')) return null;
  return `${utc}.${fraction.padEnd(7, '0')}Z`;
}

/** Whether a canonical instant is .NET's zero, which imported records carry as their `createdOn`. */
export function isYearOne(canonical: string): boolean {
  return canonical.startsWith('0001-');
}

function wholeSeconds(ms: number): string {
  return new Date(ms).toISOString().slice(0, -5);
}
