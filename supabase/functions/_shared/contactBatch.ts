// The wire between the Workflow and the Edge Function: one batch of what ServiceTitan said, and the answer to it.
// Imported by both sides, so it exists once. snake_case on the wire; nothing here depends on a runtime.
import { z } from 'zod';
import { DEFAULT_COUNTRY } from './countryCodes.ts';

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

/** ServiceTitan's int64 ids travel as text: a double can't hold them all. */
const id = z.string().regex(/^\d{1,19}$/);

/** Canonical instant, always 28 characters, so that text order (collate "C") is time order to all seven digits. */
export const canonicalInstant = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z$/);

/** The Worker cuts a longer text, with a mark (R20). */
export const MAX_TEXT_LENGTH = 10_000;

const text = z.string().max(MAX_TEXT_LENGTH);
const number = z.number().nullable();

/** What may come in a form that can't be read, by ServiceTitan's names: nothing else is told of it (R20). */
export const UNREADABLE_FIELDS = [
  'customer.id',
  'customer.name',
  'customer.type',
  'customer.active',
  'customer.mergedToId',
  'customer.createdOn',
  'customer.address',
  'customer.address.street',
  'customer.address.unit',
  'customer.address.city',
  'customer.address.state',
  'customer.address.zip',
  'customer.address.country',
  'customer.address.latitude',
  'customer.address.longitude',
  'customer.balance',
  'customer.taxExempt',
  'customer.doNotMail',
  'customer.doNotService',
  'customer.nationalAccount',
  'customer.paymentTermId',
  'customer.creditLimit',
  'customer.creditLimitBalance',
  'customer.tagTypeIds',
  'customer.customFields',
  'customer.externalData',
  'contact.customerId',
  'contact.type',
  'contact.value',
  'contact.memo',
  'contact.phoneSettings',
  'contact.phoneSettings.doNotText',
  'contact.preferences',
  'contact.preferences.marketingUpdatesEnabled',
  'contact.active',
] as const;
export type UnreadableField = (typeof UNREADABLE_FIELDS)[number];

/** In how many records each field could not be read. */
export type Unreadable = Partial<Record<UnreadableField, number>>;

const records = z.number().int().positive().optional();
/** A name that is none of these goes no further. */
export const unreadableSchema = z.object(
  Object.fromEntries(UNREADABLE_FIELDS.map((name) => [name, records])) as Record<UnreadableField, typeof records>,
);

/**
 * One phone number or e-mail. `active` is null where the source can't say (the list); the export feed can. A
 * key that is absent could not be read: the stored value stays (R20).
 */
export const contactMethodSchema = z.object({
  id,
  customer_id: id,
  type: text.optional(),
  value: text.optional(),
  memo: text.nullable().optional(),
  do_not_text: z.boolean().nullable().optional(),
  /** Whether marketing may be sent to it; null where ServiceTitan doesn't say. */
  marketing: z.boolean().nullable().optional(),
  active: z.boolean().nullable().optional(),
  modified_on: canonicalInstant,
});

/**
 * A key that is absent could not be read, or was empty where nothing may be (`name`, `active`): the stored
 * value stays (R20).
 */
export const customerSchema = z.object({
  id,
  name: text.optional(),
  type: text.nullable().optional(),
  active: z.boolean().optional(),
  merged_to_id: id.nullable().optional(),
  modified_on: canonicalInstant,
  created_on: canonicalInstant.nullable().optional(),
  address: z.object({
    street: text.nullable().optional(),
    unit: text.nullable().optional(),
    city: text.nullable().optional(),
    state: text.nullable().optional(),
    zip: text.nullable().optional(),
    country: text.nullable().optional(),
    latitude: number.optional(),
    longitude: number.optional(),
  }),
  balance: number.optional(),
  tax_exempt: z.boolean().nullable().optional(),
  do_not_mail: z.boolean().nullable().optional(),
  do_not_service: z.boolean().nullable().optional(),
  national_account: z.boolean().nullable().optional(),
  payment_term_id: id.nullable().optional(),
  credit_limit: number.optional(),
  credit_limit_balance: number.optional(),
  tag_type_ids: z.array(id).optional(),
  custom_fields: z.array(z.object({ type_id: id, name: text.nullable(), value: text.nullable() })).optional(),
  external_data: z.array(z.object({ key: text, value: text.nullable() })).optional(),
  /** All of the customer's contact methods, re-read whole; null: not re-read, keep what is stored. */
  contact_methods: z.array(contactMethodSchema).nullable(),
  /**
   * Contact methods that the re-read showed in a form that can't be read: they are there, and stay as they
   * are stored.
   */
  unread_method_ids: z.array(id).optional(),
});

/** How a customer's contact methods were asked for: by a list of ids, or by its own list (R16). */
export const witnessSchema = z.enum(['list', 'own']);

/**
 * The answer to a recheck: all contact methods of one customer, read whole, or null where they could not be. What is lacking
 * in them is a witness of that kind; null: the answers of this run can't be believed, so only what is in it counts. `customer`
 * is its record, without contact methods, where that was asked for too. `is_whole` is false where one of the two could not be
 * read: what was read is written, and the customer is asked again.
 */
export const recheckSchema = z.object({
  customer_id: id,
  witness: witnessSchema.nullable(),
  contact_methods: z.array(contactMethodSchema).nullable(),
  unread_method_ids: z.array(id).optional(),
  customer: customerSchema.nullable(),
  is_whole: z.boolean(),
});

/** A record that can't be used, set aside by id. The reason names fields and rules, never a person's data. */
export const rejectedSchema = z.object({
  feed: z.enum(['customers', 'contacts']),
  customer_id: id,
  reason: z.string().max(500),
  /** The call that would show it failed, again and again: it is asked alone from now on (R10). */
  call_failed: z.boolean().optional(),
});

/** Where a feed goes on, stored in the same transaction as the rows it stands for (R12). */
export const commitSchema = z.object({
  feed: z.enum([
    'initial_contacts',
    'initial_customers',
    'contacts',
    'settled_customers',
    'settled_contacts',
    'pass_contacts',
    'pass_customers',
  ]),
  continue_from: z.string().min(1).max(MAX_TOKEN_LENGTH).nullable(),
  /** True when the feed has no more for now. */
  done: z.boolean(),
  /** The page shows a stamp in the future, behind which the token would miss later changes (R9). */
  past_future: z.boolean().default(false),
  /** The `Date` ServiceTitan answered with; the initial sync began no later than the earliest of these. */
  read_at: z.iso.datetime().nullable(),
  /** The newest `modifiedOn` that the feed has shown: a batch that can't be read is passed over from there (R10). */
  stamp: canonicalInstant.nullish(),
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
  /** The workspace's own country, in which numbers are read that name none (R25). */
  country: z
    .string()
    .regex(/^[A-Z]{2}$/)
    .default(DEFAULT_COUNTRY),
  /**
   * The last page of the run that was written whole, and how many chunks it had: the database refuses what
   * comes behind it, unless it still holds them (R21). Before the first there is page 0, of none.
   */
  before: z.object({ page: z.number().int().nonnegative(), chunks: z.number().int().nonnegative() }).optional(),
  /** Which of the chunk's records the call holds, where it does not hold all of them (R24). */
  records: z
    .object({
      from: z.number().int().nonnegative(),
      to: z.number().int().nonnegative(),
      of: z.number().int().positive(),
    })
    .optional(),
  /** Customers of the run's window as ServiceTitan counts them, for the progress; known with the first page. */
  expected: z.number().int().nonnegative().nullish(),
});

/** The tags that customers may carry. */
export const tagTypesSchema = z
  .array(z.object({ id, name: text, active: z.boolean() }))
  .max(10_000)
  .nullable();
export type TagTypes = z.infer<typeof tagTypesSchema>;

/** The page of a pass that the batch is of (R18). */
export const passPageSchema = z.object({
  pass: z.number().int().positive(),
  feed: z.enum(['contacts', 'customers', 'asked']),
  /** Counted over the whole pass, from 1. */
  page: z.number().int().positive(),
  /** How many customers ServiceTitan counts; with the customers list. */
  listed: z.number().int().nonnegative().nullish(),
  /** Customers of which nobody can tell who they are. */
  unnamed: z.number().int().positive().optional(),
});

/** The envelope is checked at once, each record on its own, so that one bad record harms only itself (R10). */
export const batchEnvelopeSchema = z.object({
  run: runSchema,
  customers: z.array(z.unknown()).max(MAX_RECORDS),
  contact_methods: z.array(z.unknown()).max(MAX_RECORDS),
  rejected: z.array(rejectedSchema).max(MAX_RECORDS),
  /** What was left out of the records of this page. */
  unreadable: unreadableSchema.optional(),
  /** Customers that the recheck list asked for. */
  rechecked: z.array(z.unknown()).max(MAX_RECORDS).default([]),
  /** The customers were asked for by id because they are in the quarantine: those that pass leave it (R10). */
  retries_quarantined: z.boolean().optional(),
  /** Who read the page, where it was not the live reader (R17). */
  reader: z.enum(['settled']).optional(),
  /** What the batch changes is counted as wrong. */
  pass: passPageSchema.optional(),
  commit: commitSchema.nullable(),
  /** All that ServiceTitan lists; null: the app may not read them. */
  tag_types: tagTypesSchema.optional(),
  /**
   * In place of records: the workspace's own country has become another one, and the stored phones of the contacts behind
   * this one are graded anew (R25).
   */
  regrade: z.object({ after: z.string().max(100).nullable() }).optional(),
});

/** The answer to a batch that was written. `errors` are the records set aside in this call. */
export const batchResultSchema = z.object({
  created: z.number(),
  updated: z.number(),
  unchanged: z.number(),
  stale: z.number(),
  errors: z.array(rejectedSchema),
  /** Where the next call with `regrade` goes on; null behind the last contact. */
  regrade_after: z.string().nullable().optional(),
});

export type Customer = z.infer<typeof customerSchema>;
export type ContactMethod = z.infer<typeof contactMethodSchema>;
export type Witness = z.infer<typeof witnessSchema>;
export type Recheck = z.infer<typeof recheckSchema>;
export type Rejected = z.infer<typeof rejectedSchema>;
export type Commit = z.input<typeof commitSchema>;
export type PassPage = z.infer<typeof passPageSchema>;
export type Run = z.infer<typeof runSchema>;
export type RunOfBatch = z.input<typeof runSchema>;
export type BatchEnvelope = z.infer<typeof batchEnvelopeSchema>;
export type BatchResult = z.infer<typeof batchResultSchema>;

/** A batch as the Worker builds it. */
export interface Batch extends Omit<BatchEnvelope, 'run' | 'customers' | 'contact_methods' | 'rechecked' | 'commit'> {
  run: RunOfBatch;
  customers: Customer[];
  contact_methods: ContactMethod[];
  rechecked?: Recheck[];
  commit: Commit | null;
}
