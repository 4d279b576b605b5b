const HTTP_DATE =
  /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d\d:\d\d:\d\d GMT$/;

/** An HTTP date in milliseconds since 1970, or null. Strict, for Date.parse alone takes `7` for a year. */
export function parseHttpDate(header: string | null): number | null {
  if (header === null || !HTTP_DATE.test(header)) return null;
  const ms = Date.parse(header);
  return Number.isNaN(ms) ? null : ms;
}

/**
 * How long a 429 asks us to wait, in milliseconds, or null when it doesn't say: the `Retry-After` header (seconds or a
 * date), else the seconds in the title, which ends like "… in 7 seconds.". `nowMs` is what the date is held against.
 */
export function retryAfterMs(header: string | null, title: string | null, nowMs: number): number | null {
  const text = header?.trim() ?? '';
  if (/^\d{1,9}(?:\.\d+)?$/.test(text)) return Math.ceil(Number(text) * 1000);

  const date = parseHttpDate(text);
  if (date !== null) return Math.max(0, date - nowMs);

  // The unit is asked for: a title may also hold the status or the limit that was passed.
  const named = [...(title ?? '').matchAll(/(?<![\d.])(\d{1,9}(?:\.\d+)?)\s*s(?:ec(?:ond)?s?)?\b/gi)].at(-1)?.[1];
  return named === undefined ? null : Math.ceil(Number(named) * 1000);
}
