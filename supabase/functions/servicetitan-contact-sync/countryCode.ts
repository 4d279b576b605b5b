// ServiceTitan's country is free text: USA, US, United States, CAN, … all occur.

const REGION_NAMES = new Intl.DisplayNames(['en'], { type: 'region', fallback: 'none' });
const LETTERS = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'];
const ALPHA_2 = LETTERS.flatMap((first) => LETTERS.map((second) => first + second)).filter(
  (code) => REGION_NAMES.of(code) !== undefined,
);
const BY_NAME = new Map(ALPHA_2.map((code) => [REGION_NAMES.of(code)!.toUpperCase(), code]));

/** ISO 3166 alpha-3 of the countries that ServiceTitan sells to and of their neighbours' most common addresses. */
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

/** ISO 3166 alpha-2 of a country given as alpha-2, alpha-3 or English name; null when there is none or it is unknown. */
export function toCountryCode(country: string | null): string | null {
  const text = country?.trim().toUpperCase();
  if (!text) return null;
  return BY_ALPHA_3[text] ?? BY_NAME.get(text) ?? (ALPHA_2.includes(text) ? text : null);
}
