import type { Switches } from '../switches.ts';
import type { Query } from './query.ts';

const DEFAULT_PAGE_SIZE = 50;
const LARGEST_PAGE_SIZE = 5000;

/** Which part of a list is asked for. */
export interface Paging {
  /** As given; 0 means the first page too. */
  page: number;
  /** As given. */
  pageSize: number;
  offset: number;
  limit: number;
  includeTotal: boolean;
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

export function readPaging(query: Query, switches: Switches): Paging {
  const page = query.integer('page') ?? 1;
  const pageSize = query.integer('pageSize') ?? DEFAULT_PAGE_SIZE;
  if (page < 0) query.refuse('page', 'The page must not be negative.');
  const isTooLarge = pageSize > LARGEST_PAGE_SIZE && switches.pageSizeAbove5000 === '400';
  if (pageSize < 1 || isTooLarge) query.refuse('pageSize', `The page size must be between 1 and ${LARGEST_PAGE_SIZE}.`);
  const limit = Math.min(pageSize, LARGEST_PAGE_SIZE);
  return {
    page,
    pageSize,
    offset: (Math.max(page, 1) - 1) * limit,
    limit,
    includeTotal: query.flag('includeTotal') ?? false,
  };
}

/** The asked part of rows that are filtered and in order. */
export function partOf<Row>(rows: Iterable<Row>, { offset, limit, includeTotal }: Paging): Part<Row> {
  const part: Row[] = [];
  let count = 0;
  for (const row of rows) {
    if (count >= offset && part.length < limit) part.push(row);
    count++;
    // One row beyond the page tells that more follows; only a total needs the rest.
    if (!includeTotal && count > offset + limit) break;
  }
  return { rows: part, hasMore: count > offset + limit, total: includeTotal ? count : undefined };
}

export function listPage<Row>({ page, pageSize }: Paging, part: Part<Row>, show: (row: Row) => unknown): ListPage {
  return { page, pageSize, hasMore: part.hasMore, totalCount: part.total ?? null, data: part.rows.map(show) };
}
