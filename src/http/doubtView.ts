// A doubt as the API shows it: what a run could not make sure of.
import { z } from '@hono/zod-openapi';
import type { DoubtRow } from '../supabase/doubtRow.ts';
import { describeDoubt } from '../sync/doubts.ts';
import { iso, time } from './time.ts';

export const doubtSchema = z
  .object({
    code: z.string(),
    says: z.string().openapi({ description: 'The doubt in one sentence for people.' }),
    feed: z.string().nullable(),
    part: z.string().nullable(),
    id: z.string().nullable(),
    at: time.nullable(),
    until: time.nullable(),
  })
  .openapi('Doubt');

export function toDoubt(doubt: DoubtRow): z.infer<typeof doubtSchema> {
  return {
    code: doubt.code,
    says: describeDoubt(doubt),
    feed: doubt.feed ?? null,
    part: doubt.part ?? null,
    id: doubt.id ?? null,
    at: iso(doubt.at ?? null),
    until: iso(doubt.until ?? null),
  };
}
