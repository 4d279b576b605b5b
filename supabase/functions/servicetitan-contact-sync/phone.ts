import { type CountryCode, parsePhoneNumberFromString } from 'libphonenumber-js/max';

/** Where a number is read when the customer's country is unknown. */
export const DEFAULT_COUNTRY = 'US';

/**
 * The number as E.164 when it is valid read in the country, else as it was given, trimmed; null when nothing is left.
 */
export function normalizePhone(value: string, countryCode: string): string | null {
  const trimmed = value.trim();
  const number = parsePhoneNumberFromString(trimmed, countryCode as CountryCode);
  return number?.isValid() ? number.number : trimmed || null;
}
