/** What an index holds: something with an id. */
export interface Identified {
  readonly id: number;
}

/**
 * Rows in order of a key, then of id. Changes are gathered and merged in when the order is next read: one pass however
 * many there were, and no sort of rows that did not move.
 */
export class SortedIndex<Row extends Identified> {
  readonly keyOf: (row: Row) => bigint | number;
  #sorted: Row[] = [];
  #added: Row[] = [];
  readonly #removed = new Set<Row>();

  constructor(keyOf: (row: Row) => bigint | number) {
    this.keyOf = keyOf;
  }

  /** Takes a row in the place of its former version. */
  replace(former: Row | undefined, row: Row): void {
    if (former !== undefined) this.#removed.add(former);
    this.#added.push(row);
  }

  rows(): readonly Row[] {
    if (this.#added.length > 0) this.#merge();
    return this.#sorted;
  }

  /** The position of the first row at or after (key, id). */
  positionOf(key: bigint | number, id = 0): number {
    const rows = this.rows();
    let low = 0;
    let high = rows.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const row = rows[middle]!;
      const rowKey = this.keyOf(row);
      if (rowKey < key || (rowKey === key && row.id < id)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  readonly compare = (left: Row, right: Row): number => {
    const leftKey = this.keyOf(left);
    const rightKey = this.keyOf(right);
    if (leftKey === rightKey) return left.id - right.id;
    return leftKey < rightKey ? -1 : 1;
  };

  #merge(): void {
    const isKept = (row: Row) => !this.#removed.has(row);
    const kept = this.#removed.size === 0 ? this.#sorted : this.#sorted.filter(isKept);
    const added = this.#added.filter(isKept).sort(this.compare);
    const merged: Row[] = [];
    let next = 0;
    for (const row of added) {
      while (next < kept.length && this.compare(kept[next]!, row) < 0) merged.push(kept[next++]!);
      merged.push(row);
    }
    while (next < kept.length) merged.push(kept[next++]!);
    this.#sorted = merged;
    this.#added = [];
    this.#removed.clear();
  }
}
