import type { SortedIndex } from '../tenant/sortedIndex.ts';
import type { Version } from '../tenant/table.ts';
import type { TimeRange } from './query.ts';
import type { See } from './seen.ts';

// Sorting the few rows of a narrow range beats walking all rows in order; below this share of them, by rule of thumb.
const NARROW = 1 / 8;

export interface Selection<Record> {
  /** The order of the answer, and which of equal keys comes first. */
  order: SortedIndex<Version<Record>>;
  descending: boolean;
  tieOrder: 'idAscending' | 'idDescending';
  /** A range on one index that all matching rows are in, where there is one. */
  range?: { index: SortedIndex<Version<Record>>; between: TimeRange };
  /** What shows of a row instead of itself, where a fault is at work. */
  see?: See<Record> | undefined;
  /** Every filter, the range included. */
  matches: (version: Version<Record>) => boolean;
}

/** The matching rows in order, found by the range where that is narrow and else along the order. */
export function* select<Record>(selection: Selection<Record>): Generator<Version<Record>> {
  const { order, descending, tieOrder, see, matches } = selection;
  for (const version of inOrder(candidates(selection), order, descending, tieOrder)) {
    const seen = see === undefined ? version : see(version);
    if (seen !== undefined && matches(seen)) yield seen;
  }
}

/** In ascending order of the index. */
function candidates<Record>({ order, range }: Selection<Record>): readonly Version<Record>[] {
  const all = order.rows();
  if (range === undefined) return all;
  const { index, between } = range;
  const from = between.onOrAfter === undefined ? 0 : index.positionOf(between.onOrAfter);
  const until = between.before === undefined ? all.length : index.positionOf(between.before);
  if (index !== order && until - from > all.length * NARROW) return all;
  const rows = index.rows().slice(from, until);
  return index === order ? rows : rows.sort(order.compare);
}

function* inOrder<Record>(
  rows: readonly Version<Record>[],
  { keyOf }: SortedIndex<Version<Record>>,
  descending: boolean,
  tieOrder: 'idAscending' | 'idDescending',
): Generator<Version<Record>> {
  const backwards = tieOrder === 'idDescending';
  for (let done = 0; done < rows.length;) {
    const start = descending ? rows.length - 1 - done : done;
    const step = descending ? -1 : 1;
    const key = keyOf(rows[start]!);
    let end = start + step;
    while (end >= 0 && end < rows.length && keyOf(rows[end]!) === key) end += step;
    const low = Math.min(start, end + 1);
    const count = Math.abs(end - start);
    for (let tie = 0; tie < count; tie++) yield rows[backwards ? low + count - 1 - tie : low + tie]!;
    done += count;
  }
}
