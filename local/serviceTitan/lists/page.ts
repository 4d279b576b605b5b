import type { Call } from '../call.ts';
import { unsorted } from './unsorted.ts';

const DEFAULT_PAGE_SIZE = 50;
const LARGEST_PAGE_SIZE = 5000;

/** Which part of a list is asked for. */
export interface Paging {
  /** As given; 0 means the first page too. A fault may show another one all the same. */
  page: number;
  /** As given, unless a fault cuts it down. */
  pageSize: number;
  offset: number;
  limit: number;
  includeTotal: boolean;
  /** Faults that are about the rows of any list. */
  isEmpty: boolean;
  rowsAtMost: number;
  unsortedBy: number | undefined;
}

/** The part of a list, and whether more follows; `total` only where it was asked for. */
export interface Part<Row> {
  rows: Row[];
  hasMore: boolean;
  total: number | undefined;
}

export interface ListPage {
  page: number;
  pageSize: number;
  hasMore: boolean;
  totalCount: number | null;
  data: unknown[];
}

export function readPaging({ query, world: { switches }, fault }: Pick<Call, 'query' | 'world' | 'fault'>): Paging {
  const page = query.integer('page') ?? 1;
  const asked = query.integer('pageSize') ?? DEFAULT_PAGE_SIZE;
  if (page < 0) query.refuse('page', 'The page must not be negative.');
  const isTooLarge = asked > LARGEST_PAGE_SIZE && switches.pageSizeAbove5000 === '400';
  if (asked < 1 || isTooLarge) query.refuse('pageSize', `The page size must be between 1 and ${LARGEST_PAGE_SIZE}.`);
  const pageSize = Math.min(asked, fault.pageSizeAtMost ?? Infinity);
  const limit = Math.min(pageSize, LARGEST_PAGE_SIZE);
  return {
    page,
    pageSize,
    offset: (Math.max(fault.pageShown ?? page, 1) - 1) * limit,
    limit,
    includeTotal: query.flag('includeTotal') ?? false,
    isEmpty: fault.empty ?? false,
    rowsAtMost: fault.rowsAtMost ?? Infinity,
    unsortedBy: fault.unsorted,
  };
}

/** The asked part of rows that are filtered and in order. */
export function partOf<Row extends { id: number }>(all: Iterable<Row>, paging: Paging): Part<Row> {
  const { offset, limit, includeTotal, isEmpty, rowsAtMost, unsortedBy } = paging;
  const rows = isEmpty ? [] : unsortedBy === undefined ? all : unsorted(all, unsortedBy);
  const part: Row[] = [];
  let count = 0;
  for (const row of rows) {
    if (count >= offset && part.length < limit) part.push(row);
    count++;
    // One row beyond the page tells that more follows; only a total needs the rest.
    if (!includeTotal && count > offset + limit) break;
  }
  const hasMore = count > offset + limit && rowsAtMost === Infinity;
  return { rows: part.slice(0, rowsAtMost), hasMore, total: includeTotal ? count : undefined };
}

export function listPage<Row>({ page, pageSize }: Paging, part: Part<Row>, show: (row: Row) => unknown): ListPage {
  return { page, pageSize, hasMore: part.hasMore, totalCount: part.total ?? null, data: part.rows.map(show) };
}
