// Which country an address names. GB stands for a firm to which two letters are no state.
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
  ['Republic of Korea', 'KR'],
  ['Ivory Coast', 'CI'],
  ['ＵＳＡ', 'US'],
  ['Georgia', 'GE'],
  ['NA', 'NA'],
] as const)('%s is %s, not one of the retired codes that Intl names alike', ([country, code]) => {
  expect(toCountryCode(country, null, 'GB')).toBe(code);
});

test.for(['EU', 'UN', 'ZZ', 'SU', 'FX', 'ZZZ', 'N/A', 'n.a.'])(
  '%s, which is no country of ISO 3166, is none',
  (country) => {
    expect(toCountryCode(country, null, 'GB')).toBeNull();
  },
);

test('all of ISO 3166-1 is known by alpha-2, and each is itself', () => {
  const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'];
  const pairs = letters.flatMap((first) => letters.map((second) => first + second));
  const known = pairs.filter((pair) => toCountryCode(pair, null, 'GB') !== null);
  expect(known).toHaveLength(249 + 1);
  expect(known.filter((pair) => toCountryCode(pair, null, 'GB') !== pair)).toEqual(['UK']);
});

test.for([
  ['IN', 'IN', null],
  ['in', '', null],
  ['CA', 'CA', null],
  ['DE', 'DE', null],
  ['GA', 'GA', null],
  ['CO', 'CO', null],
  ['NL', 'NL', null],
  ['CA', 'ON', 'CA'],
  ['CA', ' bc ', 'CA'],
  ['CA', 'Ontario', 'CA'],
  ['CA', 'B.C.', 'CA'],
  ['CA', 'Québec', 'CA'],
  ['CA', 'California', null],
  ['Georgia', 'GA', null],
  ['GEORGIA', '', null],
  ['NA', '', null],
  ['N/A', 'TX', null],
  ['CAN', 'CA', 'CA'],
  ['IND', 'IN', 'IN'],
  ['India', 'IN', 'IN'],
  ['GB', 'IN', 'GB'],
  ['US', 'IN', 'US'],
] as const)(
  'R25: to a firm of North America the country "%s" beside the state "%s" is %s',
  ([country, state, code]) => {
    for (const home of ['US', 'CA', 'PR']) expect(toCountryCode(country, state, home)).toBe(code);
  },
);

test('R25: CA without a state is California to an American firm, and Canada to one of Canada', () => {
  expect(['US', 'PR', 'CA'].map((home) => toCountryCode('CA', '', home))).toEqual([null, null, 'CA']);
  expect(['US', 'CA'].map((home) => toCountryCode('CA', null, home))).toEqual([null, 'CA']);
});
