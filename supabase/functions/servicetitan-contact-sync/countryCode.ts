// ServiceTitan's country is free text: USA, US, United States, CAN, … all occur.
import { getCountries } from 'libphonenumber-js/max';

const REGION_NAMES = new Intl.DisplayNames(['en'], { type: 'region', fallback: 'none' });
// The library's list holds the countries there are; Intl's also those of the past and second codes of the same one.
const ALPHA_2: ReadonlySet<string> = new Set(getCountries());
const BY_NAME = new Map([...ALPHA_2].map((code) => [REGION_NAMES.of(code)?.toUpperCase(), code]));

/** ISO 3166 alpha-3 of the countries that ServiceTitan sells to and of those its customers' addresses are mostly in. */
const BY_ALPHA_3: Record<string, string> = {
  USA: 'US',
  CAN: 'CA',
  AUS: 'AU',
  NZL: 'NZ',
  GBR: 'GB',
  IRL: 'IE',
  MEX: 'MX',
  PRI: 'PR',
  BMU: 'BM',
  BHS: 'BS',
  DEU: 'DE',
  FRA: 'FR',
  ESP: 'ES',
  ITA: 'IT',
  NLD: 'NL',
  IND: 'IN',
  ZAF: 'ZA',
};

/** In common use, and neither a code nor the official name. */
const BY_HABIT: Record<string, string> = {
  UK: 'GB',
  ENGLAND: 'GB',
  SCOTLAND: 'GB',
  WALES: 'GB',
  'UNITED STATES OF AMERICA': 'US',
};

/** ISO 3166 alpha-2 of a country given as alpha-2, alpha-3 or English name; null when there is none or it is unknown. */
export function toCountryCode(country: string | null): string | null {
  const text = country?.trim().toUpperCase().replaceAll('.', '');
  if (!text) return null;
  return BY_ALPHA_3[text] ?? BY_HABIT[text] ?? BY_NAME.get(text) ?? (ALPHA_2.has(text) ? text : null);
}
