import { expect, test } from 'vitest';
import { foldById, withoutRejected } from '../../../src/sync/toRows.ts';

test('R9: a contact that two customers share stands under each of them', () => {
  const of = (customer_id: string, modified_on: string) => ({ id: '11', customer_id, modified_on });
  const rows = [of('1', '2026-01-26'), of('2', '2026-03-05'), of('1', '2026-02-01')];
  expect(foldById(rows)).toEqual([rows[2], rows[1]]);
});

test('R3: a record that a page repeats stands once, in its newest version, of equal ones the later', () => {
  const rows = [
    { id: '1', modified_on: '2026-02-08T10:00:00.0000001Z', balance: 1 },
    { id: '2', modified_on: '2026-02-08T10:00:00.0000000Z', balance: 2 },
    { id: '1', modified_on: '2026-02-08T10:00:00.0000001Z', balance: 3 },
    { id: '1', modified_on: '2026-02-08T10:00:00.0000000Z', balance: 4 },
  ];
  expect(foldById(rows)).toEqual([rows[2], rows[1]]);
});

test('R1: a row whose customer the page also shows unreadable is left to the quarantine', () => {
  const rows = ['1', '2'].map((id) => ({ id })) as Parameters<typeof withoutRejected>[0];
  const rejected = [{ feed: 'customers' as const, customer_id: '1', reason: 'x' }];
  expect(withoutRejected(rows, rejected).map(({ id }) => id)).toEqual(['2']);
  expect(withoutRejected(rows, [{ ...rejected[0]!, feed: 'contacts' }])).toHaveLength(2);
});
