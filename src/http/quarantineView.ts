// Why a customer is set aside, as /workspaces and /why show it.
import { z } from '@hono/zod-openapi';
import type { QuarantineRow } from '../supabase/quarantineRow.ts';
import { iso, time } from './time.ts';

export const setAsideSchema = z.object({
  feed: z.string(),
  reason: z.string(),
  attempts: z.int(),
  firstSeenAt: time,
  lastSeenAt: time,
});

export function toSetAside(row: QuarantineRow): z.infer<typeof setAsideSchema> {
  return {
    feed: row.feed,
    reason: row.reason,
    attempts: row.attempts,
    firstSeenAt: iso(row.first_seen_at),
    lastSeenAt: iso(row.last_seen_at),
  };
}
