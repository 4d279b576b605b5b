import type { z } from 'zod';
import type { UnreadableField } from '../../supabase/functions/_shared/contactBatch.ts';
import type { Fields } from './fields.ts';

/** What a record's way through the sync hangs on, and what has to be right in it. */
export interface Steering {
  id: string;
  customerId?: string;
  modifiedOn: string;
}

/** Which key of a record holds its customer's id; or that id itself, where the records leave it out. */
export type CustomerId = { key: 'id' | 'customerId' } | { is: string };

/** How records of one kind are read. */
export interface RecordKind<Item> {
  customerId: CustomerId;
  steering: z.ZodType<Steering>;
  /** Fields that every record has. */
  expected: readonly UnreadableField[];
  read(record: Record<string, unknown>, steering: Steering, fields: Fields): Item;
}
