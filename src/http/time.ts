import { z } from '@hono/zod-openapi';

export const time = z.iso.datetime();

/** The years that such a time can have. */
const [FIRST, LAST] = ['0001-01-01T00:00:00.000Z', '9999-12-31T23:59:59.999Z'].map(Date.parse) as [number, number];

/**
 * A time as everybody writes it; null stays null. What somebody has written by hand, infinity or a year beyond all others, is
 * told as the first or the last one that can be written.
 */
export function iso(time: string): string;
export function iso(time: string | null): string | null;
export function iso(time: string | null): string | null {
  if (time === null) return null;
  const at = Date.parse(time);
  const outside = /^-|BC$/.test(time) ? FIRST : LAST;
  return new Date(Number.isNaN(at) ? outside : Math.min(Math.max(at, FIRST), LAST)).toISOString();
}
