// R5, R19: what a page of a list says of the window that it belongs to, told in the step that read it, because the run
// itself never sees a row.
import type { Customer, ListPage } from '../serviceTitanApi.ts';

export interface ListFacts {
  /** Rows that ServiceTitan sent, those of pages that were read once more among them. */
  rows: number;
  /** Different customers of the page itself. */
  ids: number;
  /** Those of them that come no later by id than what the pages before have shown. */
  known: number;
  /** Different customers that come later, of pages that were read once more too. */
  fresh: number;
  isAscending: boolean;
  /** Of all that was shown so far. */
  greatestId: string | null;
  /** How many customers the window has; null where ServiceTitan does not say. */
  total: number | null;
  /** As the answer says. */
  pageSize: number;
  hasMore: boolean;
  /** The same for the same ids in any order. Null for a page that is too short to be known again. */
  print: string | null;
}

/** Two windows may have the same few customers; the same ten are the same page. */
const LEAST_KNOWN_AGAIN = 10;

/** `again`: earlier pages that were read once more; `greatestId`: of what was shown before. */
export async function factsOf(
  page: ListPage<Customer>,
  again: readonly ListPage<Customer>[],
  greatestId: string | null,
): Promise<ListFacts> {
  const isFresh = (id: string) => greatestId === null || isGreater(id, greatestId);
  const own = idsOf(page);
  const all = new Set([own, ...again.map(idsOf)].flatMap((ids) => [...ids]));
  const fresh = [...all].filter(isFresh);
  return {
    rows: [page, ...again].reduce(
      (rows, { data, rejected, unowned }) => rows + data.length + rejected.length + unowned,
      0,
    ),
    ids: own.size,
    known: [...own].filter((id) => !isFresh(id)).length,
    // A row without an id is one that the window counts too.
    fresh: fresh.length + page.unowned,
    isAscending: ascend(page.data.map(({ id }) => id)) && ascend(page.rejected.map(({ customerId }) => customerId)),
    greatestId: fresh.reduce(
      (greatest, id) => (greatest === null || isGreater(id, greatest) ? id : greatest),
      greatestId,
    ),
    total: page.totalCount,
    pageSize: page.pageSize,
    hasMore: page.hasMore,
    print: own.size < LEAST_KNOWN_AGAIN ? null : await printOf(own),
  };
}

function idsOf({ data, rejected }: ListPage<Customer>): Set<string> {
  return new Set([...data.map(({ id }) => id), ...rejected.map(({ customerId }) => customerId)]);
}

/** A row that stands twice is no disorder. */
function ascend(ids: readonly string[]): boolean {
  return ids.every((id, index) => index === 0 || !isGreater(ids[index - 1]!, id));
}

/** Ids are digits without leading zeros, and may be greater than a double holds. */
function isGreater(one: string, other: string): boolean {
  return one.length === other.length ? one > other : one.length > other.length;
}

async function printOf(ids: ReadonlySet<string>): Promise<string> {
  const text = [...ids].toSorted().join();
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest, 0, 8), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
