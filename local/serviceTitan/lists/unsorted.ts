interface Row {
  readonly id: number;
  readonly modified?: bigint;
  readonly modifiedOn?: string;
}

/** The rows in no order, the same for the same seed; a row that changes moves. */
export function unsorted<Listed extends Row>(rows: Iterable<Listed>, seed: number): Listed[] {
  const keyed = Array.from(rows, (row) => ({
    row,
    key: hash(`${seed} ${row.id} ${row.modified ?? row.modifiedOn ?? ''}`),
  }));
  return keyed.sort((left, right) => left.key - right.key || left.row.id - right.row.id).map(({ row }) => row);
}

/** FNV-1a, then mixed, because the last characters differ and have to reach the high bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}
