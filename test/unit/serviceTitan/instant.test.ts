import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalInstant, isYearOne } from '../../../src/serviceTitan/instant.ts';

test.each([
  ['2026-03-02T17:25:10Z', '2026-03-02T17:25:10.0000000Z'],
  ['2026-03-02T17:25:10.4Z', '2026-03-02T17:25:10.4000000Z'],
  ['2026-03-02T17:25:10.49Z', '2026-03-02T17:25:10.4900000Z'],
  ['2026-03-02T17:25:10.0062311Z', '2026-03-02T17:25:10.0062311Z'],
])('fills the fraction of %s up to seven digits', (text, canonical) => {
  expect(canonicalInstant(text)).toBe(canonical);
});

test('takes a time without a zone as UTC', () => {
  expect(canonicalInstant('2026-03-02T17:25:10.5')).toBe('2026-03-02T17:25:10.5000000Z');
});

test.each([
  ['2026-03-02T17:25:10.1234567+02:00', '2026-03-02T15:25:10.1234567Z'],
  ['2026-12-31T23:30:00-05:30', '2027-01-01T05:00:00.0000000Z'],
  ['2024-03-01T00:30:00+01:00', '2024-02-29T23:30:00.0000000Z'],
])('moves %s to UTC and keeps its ticks', (text, canonical) => {
  expect(canonicalInstant(text)).toBe(canonical);
});

test('knows leap days', () => {
  expect(canonicalInstant('2024-02-29T00:00:00Z')).toBe('2024-02-29T00:00:00.0000000Z');
  expect(canonicalInstant('2000-02-29T00:00:00Z')).not.toBeNull();
  expect(canonicalInstant('2023-02-29T00:00:00Z')).toBeNull();
  expect(canonicalInstant('1900-02-29T00:00:00Z')).toBeNull();
});

test('keeps the year 1 of imported records', () => {
  const canonical = canonicalInstant('0001-01-01T00:00:00Z');
  expect(canonical).toBe('0001-01-01T00:00:00.0000000Z');
  expect(isYearOne(canonical!)).toBe(true);
  expect(isYearOne('2001-01-01T00:00:00.0000000Z')).toBe(false);
});

test.each([
  '',
  'soon',
  '2026-03-02',
  '2026-03-02 17:25:10Z',
  '2026-03-02T17:25Z',
  '2026-03-02T17:25:10.Z',
  '2026-03-02T17:25:10.12345678Z',
  '2026-02-30T00:00:00Z',
  '2026-04-31T00:00:00+02:00',
  '2026-13-01T00:00:00Z',
  '2026-03-02T24:00:00Z',
  '2026-03-02T17:60:00Z',
  '2026-03-02T17:25:60Z',
  '2026-03-02T17:25:10+24:00',
  '2026-03-02T17:25:10+0200',
  '2026-03-02T17:25:10Z\n',
  '0000-06-01T00:00:00Z',
  '0001-01-01T00:00:00+01:00',
  '9999-12-31T23:59:59-01:00',
  '+012026-03-02T17:25:10Z',
])('refuses %j', (text) => {
  expect(canonicalInstant(text)).toBeNull();
});

test('orders canonical instants as text the way time orders them', () => {
  const ticks = fc.tuple(fc.integer({ min: 0, max: 4e9 }), fc.integer({ min: 0, max: 9_999_999 }));
  const canonicalOf = ([seconds, fraction]: [number, number]) =>
    canonicalInstant(`${new Date(seconds * 1000).toISOString().slice(0, 19)}.${String(fraction).padStart(7, '0')}Z`)!;
  fc.assert(
    fc.property(ticks, ticks, (left, right) => {
      const isEarlier = left[0] < right[0] || (left[0] === right[0] && left[1] < right[1]);
      expect(canonicalOf(left)).toHaveLength(28);
      expect(canonicalOf(left) < canonicalOf(right)).toBe(isEarlier);
    }),
    { numRuns: 200 },
  );
});
