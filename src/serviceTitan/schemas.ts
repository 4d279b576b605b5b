// What ServiceTitan sends, checked once and cut down to what the sync keeps. Lenient where its live answers are looser
// than its documents (null arrays, keys that came with later releases); unknown keys are ignored.
import { z } from 'zod';
import { MAX_TOKEN_LENGTH } from '../../supabase/functions/_shared/contactBatch.ts';
import { canonicalInstant, isYearOne } from './instant.ts';

/** An id as text. Refuses what a double can't hold exactly: a rounded id would be somebody else's. */
export const idSchema = z.int().nonnegative().transform(String);
const nullable = <Schema extends z.ZodType>(schema: Schema) => schema.nullish().transform((value) => value ?? null);
const listOf = <Schema extends z.ZodType>(schema: Schema) =>
  z
    .array(schema)
    .nullish()
    .transform((list) => list ?? []);

const text = nullable(z.string());
const flag = nullable(z.boolean());
const amount = nullable(z.number());

const instant = z.string().transform((value, context) => {
  const canonical = canonicalInstant(value);
  if (canonical !== null) return canonical;
  context.addIssue({ code: 'custom', message: 'not a date-time with up to 7 fraction digits' });
  return z.NEVER;
});

const NO_ADDRESS = {
  street: null,
  unit: null,
  city: null,
  state: null,
  zip: null,
  country: null,
  latitude: null,
  longitude: null,
};

const address = z
  .object({
    street: text,
    unit: text,
    city: text,
    state: text,
    zip: text,
    country: text,
    latitude: amount,
    longitude: amount,
  })
  .nullish()
  .transform((value) => value ?? NO_ADDRESS);

/** The customer record, the same in the list and in the export feed. It carries no phone and no e-mail. */
export const customerSchema = z.object({
  id: idSchema,
  name: z
    .string()
    .nullable()
    .transform((name) => name ?? ''),
  type: text,
  active: z.boolean(),
  mergedToId: nullable(idSchema),
  modifiedOn: instant,
  createdOn: nullable(instant).transform((value) => (value === null || isYearOne(value) ? null : value)),
  address,
  balance: amount,
  taxExempt: flag,
  doNotMail: flag,
  doNotService: flag,
  nationalAccount: flag,
  paymentTermId: nullable(idSchema),
  creditLimit: amount,
  creditLimitBalance: amount,
  tagTypeIds: listOf(idSchema),
  customFields: listOf(z.object({ typeId: idSchema, name: text, value: text })),
  externalData: listOf(z.object({ key: z.string(), value: text })),
});

const contactFields = z.object({
  id: idSchema,
  // Any text: other integrations saw types beyond the four documented ones.
  type: z.string(),
  value: z
    .string()
    .nullable()
    .transform((value) => value ?? ''),
  memo: text,
  phoneSettings: nullable(z.object({ doNotText: flag })),
  active: flag,
  modifiedOn: instant,
});

/** A contact of one customer's own list, which leaves the customer's id out. */
export function contactOfCustomerSchema(customerId: string) {
  return contactFields.transform(({ phoneSettings, ...contact }) => ({
    ...contact,
    customerId,
    doNotText: phoneSettings?.doNotText ?? null,
  }));
}

/** One phone number or e-mail. `active` is null where the source can't say, which is every list. */
export const contactSchema = contactFields
  .extend({ customerId: idSchema })
  .transform(({ phoneSettings, ...contact }) => ({ ...contact, doNotText: phoneSettings?.doNotText ?? null }));

/** A record as it came, for reading by people. */
export const rawRecordSchema = z.looseObject({});

const page = z.int().nonnegative();

/** A list's envelope. `totalCount` is null unless asked for. */
export const listSchema = z.object({
  page,
  pageSize: page,
  hasMore: z.boolean(),
  totalCount: nullable(z.int().nonnegative()),
  data: z.array(z.unknown()),
});

/** A list whose records stay as they came. */
export const rawListSchema = listSchema.extend({ data: z.array(rawRecordSchema) });

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

export type Customer = z.infer<typeof customerSchema>;
export type Contact = z.infer<typeof contactSchema>;
export type RawRecord = z.infer<typeof rawRecordSchema>;
