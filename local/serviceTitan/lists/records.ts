import type { Answer, Call } from '../call.ts';
import { parseTicks } from '../ticks.ts';
import { listPage, partOf, readPaging } from './page.ts';
import { isWithin, type Sort } from './query.ts';

interface Stamped {
  id: number;
  createdOn: string;
  modifiedOn: string;
}

const SORT_FIELDS = ['Id', 'ModifiedOn', 'CreatedOn'];

/** A small list: filtered, sorted (newest id first unless asked) and cut to the page. */
export function listRecords<Record extends Stamped>(
  call: Call,
  records: () => Iterable<Record>,
  matches: (record: Record) => boolean,
): Answer {
  const { query } = call;
  const paging = readPaging(call);
  const created = query.created();
  const modified = query.modified();
  const sort = query.sort(SORT_FIELDS) ?? { field: 'Id', descending: true };
  query.check();
  const rows = Array.from(records()).filter(
    (record) =>
      isWithin(created, parseTicks(record.createdOn)!) &&
      isWithin(modified, parseTicks(record.modifiedOn)!) &&
      matches(record),
  );
  rows.sort(byField(sort));
  return { body: listPage(paging, partOf(rows, paging), (record) => record) };
}

function byField({ field, descending }: Sort): (left: Stamped, right: Stamped) => number {
  const sign = descending ? -1 : 1;
  if (field === 'ModifiedOn') return (left, right) => sign * compareTimes(left.modifiedOn, right.modifiedOn);
  if (field === 'CreatedOn') return (left, right) => sign * compareTimes(left.createdOn, right.createdOn);
  return (left, right) => sign * (left.id - right.id);
}

function compareTimes(left: string, right: string): number {
  const difference = parseTicks(left)! - parseTicks(right)!;
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}
