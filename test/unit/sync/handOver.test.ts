import { expect, test } from 'vitest';
import { hasDoneItsShare, successorId } from '../../../src/sync/handOver.ts';

test('R6: successors count up behind the first id', () => {
  expect(successorId('sync-45963-1770520988299')).toBe('sync-45963-1770520988299-2');
  expect(successorId('sync-45963-1770520988299-2')).toBe('sync-45963-1770520988299-3');
  expect(successorId('sync-45963-1770520988299-99')).toBe('sync-45963-1770520988299-100');
});

test('R6: a workspace id that ends like a number is not taken for a count', () => {
  expect(successorId('sync-acme-2-1770520988299')).toBe('sync-acme-2-1770520988299-2');
  expect(successorId('sync-1770520988299-5-1770520988300')).toBe('sync-1770520988299-5-1770520988300-2');
});

const MIB = 1024 * 1024;

test.for([
  ['pages', 100],
  ['waits', 2000],
  ['bytes', 256 * MIB],
] as const)('R6: an instance hands over at its limit of %s, %i, and not just below it', ([what, limit]) => {
  const isDoneAt = (count: number) => hasDoneItsShare({ pages: 0, waits: 0, bytes: 0, [what]: count }, 100);
  expect([isDoneAt(limit - 1), isDoneAt(limit), isDoneAt(limit + 1)]).toEqual([false, true, true]);
});

test('R6: neither steps nor calls nor writes make an instance hand over', () => {
  const most = { pages: 99, waits: 1999, bytes: 256 * MIB - 1, steps: 1e9, calls: 1e9, written: 1e9 };
  expect(hasDoneItsShare(most, 100)).toBe(false);
});
