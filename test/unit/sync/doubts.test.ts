import { expect, test } from 'vitest';
import { describeDoubt, DOUBTS } from '../../../src/sync/doubts.ts';

test('a doubt is told in words, with what it is about', () => {
  const at = '2026-02-08T10:00:00Z';
  expect(describeDoubt({ code: 'most_refused', feed: 'customers', count: 412, of: 500, reason: 'A check.' })).toBe(
    '412 of 500 customers of one page were refused and set aside. The commonest reason: A check.',
  );
  expect(describeDoubt({ code: 'place_unread', feed: 'customers', position: 10, at })).toContain(
    `place 10 of those modified since ${at}`,
  );
});

test('a code of another version is told as it is, and no sentence shows a gap for a field', () => {
  expect(describeDoubt({ code: 'of_tomorrow' })).toBe('of_tomorrow');
  const fields = {
    feed: 'contacts',
    part: 'p',
    id: 'i',
    at: 'a',
    until: 'u',
    position: 1,
    count: 1,
    of: 2,
    reason: 'r',
  } as const;
  for (const code of Object.keys(DOUBTS)) expect(describeDoubt({ code, ...fields })).not.toMatch(/[{}…]/);
});
