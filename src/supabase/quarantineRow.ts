// A row of the quarantine as people see it.
import { z } from 'zod';
import { storedMessage } from './storedText.ts';

export const quarantineRowSchema = z.object({
  crm_id: z.string(),
  feed: z.string(),
  reason: storedMessage,
  attempts: z.number(),
  first_seen_at: z.string(),
  last_seen_at: z.string(),
});

export type QuarantineRow = z.infer<typeof quarantineRowSchema>;

/** For a select of just these. */
export const QUARANTINE_COLUMNS = Object.keys(quarantineRowSchema.shape).join(', ');
