import { z } from 'zod';
import { isSystemic } from '../../supabase/functions/_shared/contactBatch.ts';
import { describeIssues } from '../../supabase/functions/_shared/shapes.ts';
import { PayloadError } from '../errors.ts';
import type { Rejected } from './api.ts';
import { idSchema } from './schemas.ts';

export interface ParsedRecords<Item> {
  data: Item[];
  rejected: Rejected[];
}

/** Which key of a record holds its customer's id; or that id itself, where the records leave it out. */
export type CustomerId = { key: 'id' | 'customerId' } | { is: string };

/**
 * Checks records one by one, so that a bad one harms only itself. Throws `PayloadError` when a bad one can't be told
 * by its customer's id, or when those of so many customers are bad that it is not about single ones (`isSystemic`). `where` is method and path.
 */
export function parseRecords<Item>(
  records: readonly unknown[],
  schema: z.ZodType<Item>,
  customerId: CustomerId,
  where: string,
): ParsedRecords<Item> {
  const data: Item[] = [];
  const rejected: Rejected[] = [];
  for (const [index, record] of records.entries()) {
    const parsed = schema.safeParse(record);
    if (parsed.success) {
      data.push(parsed.data);
      continue;
    }
    const reason = describeIssues(parsed.error);
    const owner = readCustomerId(record, customerId);
    if (owner === null) {
      throw new PayloadError(
        `ServiceTitan answered ${where} with a record whose customer id can't be read (data.${index}: ${reason}): ` +
          'nothing of the page is used, for a customer would be lost; compare the answer with its API documents',
      );
    }
    rejected.push({ customerId: owner, reason });
  }
  const [first] = rejected;
  if (first === undefined) return { data, rejected };
  const bad = new Set(rejected.map((record) => record.customerId)).size;
  const all = new Set(records.map((record) => readCustomerId(record, customerId))).size;
  if (isSystemic(bad, all)) {
    throw new PayloadError(
      `ServiceTitan answered ${where} with unusable records for ${bad} of ${all} customers ` +
        `(the first: ${first.reason}): nothing of the page is used; compare the answer with its API documents`,
    );
  }
  return { data, rejected };
}

function readCustomerId(record: unknown, customerId: CustomerId): string | null {
  if ('is' in customerId) return customerId.is;
  if (typeof record !== 'object' || record === null) return null;
  return idSchema.safeParse(Reflect.get(record, customerId.key)).data ?? null;
}
