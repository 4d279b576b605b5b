import { expect, test } from 'vitest';
import { successorId } from '../../src/sync/handOver.ts';

test('R6: successors count up behind the first id', () => {
  expect(successorId('sync-45963-1770520988299')).toBe('sync-45963-1770520988299-2');
  expect(successorId('sync-45963-1770520988299-2')).toBe('sync-45963-1770520988299-3');
  expect(successorId('sync-45963-1770520988299-99')).toBe('sync-45963-1770520988299-100');
});

test('R6: a workspace id that ends like a number is not taken for a count', () => {
  expect(successorId('sync-acme-2-1770520988299')).toBe('sync-acme-2-1770520988299-2');
  expect(successorId('sync-1770520988299-5-1770520988300')).toBe('sync-1770520988299-5-1770520988300-2');
});
