// In workerd, whose zones the Worker goes by. R25: the country that a workspace's phone numbers are read in.
import { expect, test } from 'vitest';
import { homeCountryOf } from '../../src/sync/homeCountry.ts';

test.for([
  ['GB', 'America/Denver', 'GB'],
  ['GB', null, 'GB'],
  [null, null, 'US'],
  [null, 'America/Denver', 'US'],
  [null, 'US/Eastern', 'US'],
  [null, 'america/denver', 'US'],
  [null, 'America/Indiana/Indianapolis', 'US'],
  [null, 'America/Toronto', 'CA'],
  [null, 'Canada/Pacific', 'CA'],
  [null, 'America/Puerto_Rico', 'PR'],
  [null, 'Europe/London', 'GB'],
  [null, 'GB', 'GB'],
  [null, 'Europe/Belfast', 'GB'],
  [null, 'Europe/Berlin', 'DE'],
  [null, 'Europe/Kyiv', 'UA'],
  [null, 'Europe/Kiev', 'UA'],
  [null, 'Asia/Kolkata', 'IN'],
  [null, 'Asia/Calcutta', 'IN'],
  [null, 'Australia/NSW', 'AU'],
  [null, 'Pacific/Auckland', 'NZ'],
  [null, 'UTC', 'US'],
  [null, 'Etc/GMT+5', 'US'],
  [null, 'EST5EDT', 'US'],
  [null, 'Mars/Olympus', 'US'],
] as const)('R25: said %s, in the zone %s, is %s', ([country, timeZone, expected]) => {
  expect(homeCountryOf(country, timeZone)).toBe(expected);
});
