import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SortedIndex } from '../../local/serviceTitan/tenant/sortedIndex.ts';

interface Row {
  id: number;
  key: number;
}

const changes = fc.array(fc.record({ id: fc.nat(8), key: fc.nat(5), isRead: fc.boolean() }), { maxLength: 60 });

test('holds the last version of every row in order, whenever it is read', () => {
  fc.assert(
    fc.property(changes, (steps) => {
      const index = new SortedIndex<Row>((row) => row.key);
      const rows = new Map<number, Row>();
      for (const { id, key, isRead } of steps) {
        const row = { id, key };
        index.replace(rows.get(id), row);
        rows.set(id, row);
        if (isRead) index.rows();
      }
      const expected = [...rows.values()].sort((left, right) => left.key - right.key || left.id - right.id);
      expect(index.rows()).toEqual(expected);
      for (let key = 0; key <= 6; key++) {
        const first = expected.findIndex((row) => row.key >= key);
        expect(index.positionOf(key)).toBe(first === -1 ? expected.length : first);
      }
    }),
  );
});
