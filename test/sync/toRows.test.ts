import { expect, test } from 'vitest';
import { foldById } from '../../src/sync/toRows.ts';

test('R3: a record that a page repeats stands once, in its newest version, of equal ones the later', () => {
  const rows = [
    { id: '1', modified_on: '2026-02-08T10:00:00.0000001Z', balance: 1 },
    { id: '2', modified_on: '2026-02-08T10:00:00.0000000Z', balance: 2 },
    { id: '1', modified_on: '2026-02-08T10:00:00.0000001Z', balance: 3 },
    { id: '1', modified_on: '2026-02-08T10:00:00.0000000Z', balance: 4 },
  ];
  expect(foldById(rows)).toEqual([rows[2], rows[1]]);
});
