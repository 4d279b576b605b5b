import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatTicks, parseTicks, ticksOfUnixMs, unixMsOfTicks, YEAR_ONE } from '../../local/serviceTitan/ticks.ts';

test.each([
  ['2026-03-02T17:20:41.0062311Z', '2026-03-02T17:20:41.0062311Z'],
  ['2026-03-02T17:20:17.4900000Z', '2026-03-02T17:20:17.49Z'],
  ['2026-03-02T17:20:00.000Z', '2026-03-02T17:20:00Z'],
  ['2026-03-02T17:20:00', '2026-03-02T17:20:00Z'],
  ['2026-03-02T17:20', '2026-03-02T17:20:00Z'],
  ['2020-01-01', '2020-01-01T00:00:00Z'],
  ['2024-02-29T23:30:00-01:00', '2024-03-01T00:30:00Z'],
  ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00Z'],
  ['9999-12-31T23:59:59.9999999Z', '9999-12-31T23:59:59.9999999Z'],
])('reads %s and writes %s', (text, written) => {
  expect(formatTicks(parseTicks(text)!)).toBe(written);
});

test.each([
  '',
  'soon',
  '2026-02-30',
  '2023-02-29T00:00:00Z',
  '2026-01-01T24:00:01Z',
  '2026-01-01T00:00:00.12345678Z',
  '2026-01-01T00:00:00 01:00',
  '0001-01-01T00:00:00+01:00',
  '20260101',
])('does not take %j for a time', (text) => {
  expect(parseTicks(text)).toBeUndefined();
});

test('counts from year 1, in 100 ns', () => {
  expect(parseTicks('0001-01-01T00:00:00Z')).toBe(YEAR_ONE);
  expect(parseTicks('0001-01-01T00:00:00.0000001Z')).toBe(1n);
  expect(unixMsOfTicks(parseTicks('1970-01-01T00:00:00.0019999Z')!)).toBe(1);
  expect(formatTicks(ticksOfUnixMs(1_500))).toBe('1970-01-01T00:00:01.5Z');
});

test('writing and reading gives the same ticks, and order of ticks is order of time', () => {
  const ticks = fc.bigInt({ min: 0n, max: 3_155_378_975_999_999_999n });
  fc.assert(
    fc.property(ticks, ticks, (left, right) => {
      expect(parseTicks(formatTicks(left))).toBe(left);
      const padded = (value: bigint) => formatTicks(value).slice(0, -1).padEnd(20, '.').padEnd(27, '0');
      expect(left < right).toBe(padded(left) < padded(right));
    }),
  );
});
