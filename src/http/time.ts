import { z } from '@hono/zod-openapi';

export const time = z.iso.datetime();

/** A time as everybody writes it; null stays null. */
export function iso(time: string): string;
export function iso(time: string | null): string | null;
export function iso(time: string | null): string | null {
  return time === null ? null : new Date(time).toISOString();
}
