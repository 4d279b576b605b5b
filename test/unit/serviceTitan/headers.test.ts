import { expect, test } from 'vitest';
import { parseHttpDate, retryAfterMs } from '../../../src/serviceTitan/headers.ts';

const NOON = Date.parse('2026-03-02T12:00:00Z');

test('reads an HTTP date', () => {
  expect(parseHttpDate('Mon, 02 Mar 2026 12:00:00 GMT')).toBe(NOON);
});

test.each([
  null,
  '',
  '7',
  'Monday',
  '2026-03-02T12:00:00Z',
  'Mon, 02 Mar 2026 12:00:00',
  'Mon, 02 Mar 2026 99:00:00 GMT',
])('takes %j for no HTTP date', (header) => {
  expect(parseHttpDate(header)).toBeNull();
});

test('waits the seconds of Retry-After', () => {
  expect(retryAfterMs('7', 'Try again in 30 seconds.', NOON)).toBe(7000);
  expect(retryAfterMs('0', null, NOON)).toBe(0);
  expect(retryAfterMs(' 1.5 ', null, NOON)).toBe(1500);
});

test('waits until the date of Retry-After, and not at all when it has passed', () => {
  expect(retryAfterMs('Mon, 02 Mar 2026 12:00:09 GMT', null, NOON)).toBe(9000);
  expect(retryAfterMs('Mon, 02 Mar 2026 11:00:00 GMT', null, NOON)).toBe(0);
});

test.each([
  ['Rate limit is exceeded. Try again in 7 seconds.', 7000],
  ['429: at most 60 calls per 1 second, try again in 12 seconds.', 12_000],
  ['Quota used up, wait 0.5s', 500],
  ['Try again in 1 sec', 1000],
])('without a header waits the seconds of the title %j', (title, waitMs) => {
  expect(retryAfterMs(null, title, NOON)).toBe(waitMs);
});

test.each([null, '', 'Too Many Requests', '429 Too Many Requests', '60 calls were made, 5 sent too early'])(
  'names no wait for the title %j',
  (title) => {
    expect(retryAfterMs(null, title, NOON)).toBeNull();
  },
);

test('falls back to the title when Retry-After says nothing', () => {
  expect(retryAfterMs('soon', 'Try again in 3 seconds.', NOON)).toBe(3000);
  expect(retryAfterMs('-5', null, NOON)).toBeNull();
});
