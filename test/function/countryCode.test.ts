import { expect, test } from 'vitest';
import { toCountryCode } from '../../supabase/functions/servicetitan-contact-sync/countryCode.ts';

test.for([
  ['France', 'FR'],
  ['Russia', 'RU'],
  ['Serbia', 'RS'],
  ['Germany', 'DE'],
  ['JPN', 'JP'],
  ['Great Britain', 'GB'],
  ['the Netherlands', 'NL'],
  ['United States of America', 'US'],
  ['Türkiye', 'TR'],
  ['Cote d’Ivoire', 'CI'],
  ['Trinidad and Tobago', 'TT'],
  ['Hong Kong', 'HK'],
] as const)('%s is %s, not one of the retired codes that Intl names alike', ([country, code]) => {
  expect(toCountryCode(country)).toBe(code);
});

test.for(['EU', 'UN', 'ZZ', 'SU', 'FX', 'ZZZ'])('%s, which is no country of ISO 3166, is none', (country) => {
  expect(toCountryCode(country)).toBeNull();
});

test('all of ISO 3166-1 is known by alpha-2, and each is itself', () => {
  const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'];
  const pairs = letters.flatMap((first) => letters.map((second) => first + second));
  const known = pairs.filter((pair) => toCountryCode(pair) !== null);
  expect(known).toHaveLength(249 + 1);
  expect(known.filter((pair) => toCountryCode(pair) !== pair)).toEqual(['UK']);
});
