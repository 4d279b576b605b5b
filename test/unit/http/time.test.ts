// Times as the API tells them.
import { expect, test } from 'vitest';
import { iso, time } from '../../../src/http/time.ts';

test.for([
  ['2026-02-09T21:03:00+00:00', '2026-02-09T21:03:00.000Z'],
  ['infinity', '9999-12-31T23:59:59.999Z'],
  ['290000-01-01T00:00:00+00:00', '9999-12-31T23:59:59.999Z'],
  ['10000-01-01T00:00:00+00:00', '9999-12-31T23:59:59.999Z'],
  ['-infinity', '0001-01-01T00:00:00.000Z'],
  ['4000-01-01T00:00:00+00:00 BC', '0001-01-01T00:00:00.000Z'],
] as const)('%s is told as %s', ([stored, told]) => {
  expect(iso(stored)).toBe(told);
  expect(time.safeParse(told).success).toBe(true);
});

test('no time stays none', () => {
  expect(iso(null)).toBeNull();
});
