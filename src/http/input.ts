// What a caller may send, checked before anything is started.
import { z } from '@hono/zod-openapi';
import { ALPHA_3 } from '../../supabase/functions/_shared/countryCodes.ts';
import { isTimeZone } from '../schedule/businessHours.ts';
import { canonicalInstant, CREDENTIAL } from '../serviceTitanApi.ts';

/** Ids are accepted as text or number. */
const asText = (pattern: RegExp, shape: string, example: string) =>
  z
    .union([z.string(), z.int().nonnegative()], `has to be ${shape}`)
    .transform(String)
    .pipe(z.string().regex(pattern, `has to be ${shape}`))
    .openapi({ type: ['string', 'integer'], description: `Has to be ${shape}.`, example });

export const workspaceId = asText(
  /^[A-Za-z0-9_-]{1,64}$/,
  'text of up to 64 letters, digits, "_" and "-", or a number',
  '45963',
);
export const serviceTitanId = asText(/^\d{1,19}$/, 'a ServiceTitan id: digits only', '410387862');
export const instanceIdText = z
  .string('is missing')
  .regex(/^[A-Za-z0-9_][A-Za-z0-9_-]{0,99}$/, 'has to be an instance id, such as sync-45963-1770520988299')
  .openapi({ example: 'sync-45963-1770520988299' });

/** A whole number in a query. */
export function wholeNumberText(from: number, to: number, byDefault: number) {
  const shape = `has to be a whole number from ${from} to ${to}`;
  return z
    .string()
    .regex(/^\d{1,9}$/, shape)
    .transform(Number)
    .pipe(z.number().min(from, shape).max(to, shape))
    .optional()
    .transform((value) => value ?? byDefault)
    .openapi({ type: 'integer', minimum: from, maximum: to, default: byDefault });
}

const TIME = 'has to be a time such as 2026-02-08T10:15:00Z, or the nextBefore of the last answer';

/** A time in a query, and one that the database takes: there is a year 0 for zod, and a fraction of any length. */
export const timeText = z.iso.datetime(TIME).refine((text) => canonicalInstant(text) !== null, TIME);

/** A client id, a secret or a key, as pasted. */
export const credentialText = z
  .string('has to be text')
  .trim()
  .max(1000, 'is too long')
  .regex(CREDENTIAL, 'has to be printable ASCII without a line break');
export const plainText = z
  .string('has to be text')
  .trim()
  .min(1, 'is empty')
  .max(200, 'is longer than 200 characters')
  .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'has to be one line of text');
export const timeZone = z
  .string('has to be an IANA time zone, such as America/Denver')
  .refine(isTimeZone, 'has to be an IANA time zone, such as America/Denver')
  .openapi({ example: 'America/Denver' });

const COUNTRY = 'has to be the two letters of a country (ISO 3166-1), such as US';

export const countryCode = z
  .string(COUNTRY)
  .trim()
  .toUpperCase()
  .refine((code) => ALPHA_3.has(code), COUNTRY);
