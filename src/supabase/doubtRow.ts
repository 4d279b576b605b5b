// A doubt as the ledger keeps it: what a run could not make sure of. The codes are in src/sync/doubts.ts.
import { z } from 'zod';

/** The code may be one of another version. */
export const doubtSchema = z.object({
  code: z.string(),
  feed: z.enum(['customers', 'contacts']).exactOptional(),
  /** Which of the parts after the live readers. */
  part: z.string().exactOptional(),
  id: z.string().exactOptional(),
  at: z.string().exactOptional(),
  /** Exclusive. */
  until: z.string().exactOptional(),
  /** Counted from 1. */
  position: z.number().exactOptional(),
  count: z.number().exactOptional(),
  of: z.number().exactOptional(),
  reason: z.string().exactOptional(),
});

export type DoubtRow = z.infer<typeof doubtSchema>;
