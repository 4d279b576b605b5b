// What ServiceTitan sends, checked once. Envelopes and what steers the sync are strict; unknown keys are
// ignored.
import { z } from 'zod';
import { MAX_TOKEN_LENGTH } from '../../supabase/functions/_shared/contactBatch.ts';
import { canonicalInstant } from './instant.ts';
import { readId } from './kinds.ts';

/** A value that `read` takes; `what` says what it must be, and never what it is. */
const readBy = (read: (value: unknown) => string | undefined, what: string) =>
  z.unknown().transform((value, context) => {
    const taken = read(value);
    if (taken !== undefined) return taken;
    context.addIssue({ code: 'custom', message: what });
    return z.NEVER;
  });

export const idSchema = readBy(readId, 'not a whole number of at most 64 bits');
export const instant = readBy(
  (value) => (typeof value === 'string' ? (canonicalInstant(value) ?? undefined) : undefined),
  'not a date-time with up to 7 fraction digits',
);

/** A record as it came, for reading by people. */
export const rawRecordSchema = z.looseObject({});

const page = z.int().nonnegative();

/** A list's envelope. `totalCount` is null unless asked for; one that is no count says as little, and steers nothing. */
export const listSchema = z.object({
  page,
  pageSize: page,
  hasMore: z.boolean(),
  totalCount: page.nullable().catch(null),
  data: z.array(z.unknown()),
});

/** A feed's envelope. An empty token would start the feed from its first record, so it is refused. */
export const exportSchema = z.object({
  hasMore: z.boolean(),
  continueFrom: z
    .string()
    .max(MAX_TOKEN_LENGTH)
    .regex(/^[\x20-\x7e]+$/),
  data: z.array(z.unknown()),
});

/** The token endpoint's answer; `expires_in` is in seconds. The token has to fit into a header. */
export const tokenSchema = z.object({
  access_token: z.string().regex(/^[\x21-\x7e]+$/),
  expires_in: z.number().positive(),
  scope: z.string().optional().catch(undefined),
});

export type RawRecord = z.infer<typeof rawRecordSchema>;
