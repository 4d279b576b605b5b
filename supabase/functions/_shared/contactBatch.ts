// The wire between the Workflow and the Edge Function: one batch of what ServiceTitan said, and the answer to it.
// Imported by both sides, so it exists once. snake_case on the wire; nothing here depends on a runtime.
import { z } from 'zod';

/** The function's name, which is also the last part of its path. */
export const FUNCTION_NAME = 'servicetitan-contact-sync';

/** By which lines of the Worker's log and of the function's are found together, whatever becomes of the body. */
export const CORRELATION_HEADER = 'x-correlation-id';

/** `sync-45963-1770520988299/2/0`: run, page and chunk. */
export function correlationId({ instance_id, page, chunk }: Pick<Run, 'instance_id' | 'page' | 'chunk'>): string {
  return `${instance_id}/${page}/${chunk}`;
}

/** The largest chunk: more would not fit into the 8 s that hosted Supabase gives a statement. */
export const MAX_RECORDS = 1000;

/** A continueFrom is opaque; recorded ones have 28 characters. */
export const MAX_TOKEN_LENGTH = 8000;

/** Fewer customers with bad records than this are a matter of those customers, however few there are beside them. */
export const SYSTEMIC_FROM = 10;

/** R10: the records of most customers are bad, so the fault is not in single ones and the run has to stop. */
export function isSystemic(bad: number, all: number): boolean {
  return bad >= SYSTEMIC_FROM && bad * 2 > all;
}

/** ServiceTitan's int64 ids travel as text: a double can't hold them all. */
const id = z.string().regex(/^\d{1,19}$/);

/** Canonical instant, always 28 characters, so that text order (collate "C") is time order to all seven digits. */
export const canonicalInstant = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z$/);

const text = z.string().max(10_000);
const number = z.number().nullable();

/** One phone number or e-mail. `active` is null where the source can't say (the list); the export feed can. */
export const contactMethodSchema = z.object({
  id,
  customer_id: id,
  type: text,
  value: text,
  memo: text.nullable(),
  do_not_text: z.boolean().nullable(),
  active: z.boolean().nullable(),
  modified_on: canonicalInstant,
});

export const customerSchema = z.object({
  id,
  name: text,
  type: text.nullable(),
  active: z.boolean(),
  merged_to_id: id.nullable(),
  modified_on: canonicalInstant,
  created_on: canonicalInstant.nullable(),
  address: z.object({
    street: text.nullable(),
    unit: text.nullable(),
    city: text.nullable(),
    state: text.nullable(),
    zip: text.nullable(),
    country: text.nullable(),
    latitude: number,
    longitude: number,
  }),
  balance: number,
  tax_exempt: z.boolean().nullable(),
  do_not_mail: z.boolean().nullable(),
  do_not_service: z.boolean().nullable(),
  national_account: z.boolean().nullable(),
  payment_term_id: id.nullable(),
  credit_limit: number,
  credit_limit_balance: number,
  tag_type_ids: z.array(id),
  custom_fields: z.array(z.object({ type_id: id, name: text.nullable(), value: text.nullable() })),
  external_data: z.array(z.object({ key: text, value: text.nullable() })),
  /** All of the customer's contact methods, re-read whole; null: not re-read, keep what is stored. */
  contact_methods: z.array(contactMethodSchema).nullable(),
});

/** A record that can't be used, set aside by id. The reason names fields and rules, never a person's data. */
export const rejectedSchema = z.object({
  feed: z.enum(['customers', 'contacts']),
  customer_id: id,
  reason: z.string().max(500),
});

/** Where a feed goes on, stored in the same transaction as the rows it stands for (R12). */
export const commitSchema = z.object({
  feed: z.enum(['initial_contacts', 'initial_customers', 'contacts']),
  continue_from: z.string().min(1).max(MAX_TOKEN_LENGTH).nullable(),
  /** True when the feed has no more for now. */
  done: z.boolean(),
  /** The `Date` ServiceTitan answered with; the initial sync began no later than the earliest of these. */
  read_at: z.iso.datetime().nullable(),
});

/** Who writes: the database refuses a run whose fence is old (R8) and a page earlier than the last applied (R2). */
export const runSchema = z.object({
  workspace_id: z.string().min(1).max(64),
  instance_id: z.string().min(1).max(100),
  fence: z.number().int().positive(),
  /** Position of the page among all pages of this run, from 1. */
  page: z.number().int().positive(),
  /** Position of this chunk in its page; a repeated chunk is written again but counted once. */
  chunk: z.number().int().nonnegative(),
  /** Customers of the run's window as ServiceTitan counts them, for the progress; known with the first page. */
  expected: z.number().int().nonnegative().nullish(),
});

/** The envelope is checked at once, each record on its own, so that one bad record harms only itself (R10). */
export const batchEnvelopeSchema = z.object({
  run: runSchema,
  customers: z.array(z.unknown()).max(MAX_RECORDS),
  contact_methods: z.array(z.unknown()).max(MAX_RECORDS),
  rejected: z.array(rejectedSchema).max(MAX_RECORDS),
  /** A stored contact method that was modified later may be too young for the re-read to show: it stays. Null: all that are missing go. */
  unlist_before: canonicalInstant.nullish(),
  /** The customers were asked for by id because they are in the quarantine: those that pass leave it (R10). */
  retries_quarantined: z.boolean().optional(),
  commit: commitSchema.nullable(),
});

/** The answer to a batch that was written. `errors` are the records set aside in this call. */
export const batchResultSchema = z.object({
  created: z.number(),
  updated: z.number(),
  unchanged: z.number(),
  stale: z.number(),
  errors: z.array(rejectedSchema),
});

export type Customer = z.infer<typeof customerSchema>;
export type ContactMethod = z.infer<typeof contactMethodSchema>;
export type Rejected = z.infer<typeof rejectedSchema>;
export type Commit = z.infer<typeof commitSchema>;
export type Run = z.infer<typeof runSchema>;
export type BatchEnvelope = z.infer<typeof batchEnvelopeSchema>;
export type BatchResult = z.infer<typeof batchResultSchema>;

/** A batch as the Worker builds it. */
export interface Batch extends Omit<BatchEnvelope, 'customers' | 'contact_methods'> {
  customers: Customer[];
  contact_methods: ContactMethod[];
}
