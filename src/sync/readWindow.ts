// One page of the window of modified customers, as a fetch step reads it: with the count of all, and with the pages before it
// where that count has shrunk (R5).
import type { Customer, ListPage } from '../serviceTitanApi.ts';
import type { ServiceTitan } from './context.ts';
import { TooMuch, windowControl } from './control.ts';
import type { Doubt } from './doubts.ts';
import { checkFilter } from './filterCheck.ts';
import { factsOf } from './listFacts.ts';
import { offsetOf } from './listPlace.ts';
import type { FetchResult } from './page.ts';
import { orTooMuch, readAgainWhenEmpty, toResult, withContacts } from './readPages.ts';
import { addUnreadable } from './unreadable.ts';

export interface CustomersPage {
  modifiedOnOrAfter: string;
  pageSize: number;
  page: number;
  /** What the pages before have shown: the greatest id, and the count that came with the last one. */
  before?: { greatestId: string | null; total: number | null };
}

/** Further back nobody looks: what shrinks so fast is in doubt. */
const MOST_PAGES_BACK = 3;

/**
 * A page of the customers modified since, each with its contacts. By id and with no upper bound: see R5. The contacts of those
 * in `poisoned` are not asked for: they stand in the quarantine already, which asks alone. Rejects with `TooMuch` where the
 * page fails, or its size is refused, and a control is answered (R10).
 */
export async function readModifiedCustomers(
  serviceTitan: ServiceTitan,
  window: CustomersPage,
  now: number,
  poisoned: ReadonlySet<string> = new Set(),
): Promise<FetchResult> {
  const page = await readAgainWhenEmpty(() => readPage(serviceTitan, window, window.page));
  await checkFilter(serviceTitan.api, page, window, now);
  const { again, doubts } = await readBack(serviceTitan, window, page);
  const whole = joined([page, ...again]);
  const rows = await withContacts(serviceTitan, whole, poisoned);
  return toResult(whole, rows, {
    expected: window.page === 1 ? page.totalCount : null,
    list: await factsOf(page, again, window.before?.greatestId ?? null),
    doubts,
  });
}

async function readPage(
  serviceTitan: ServiceTitan,
  { modifiedOnOrAfter, pageSize }: CustomersPage,
  page: number,
): Promise<ListPage<Customer>> {
  const asked = { modifiedOnOrAfter, page, pageSize, active: 'Any', sort: '+Id', includeTotal: true } as const;
  return orTooMuch(serviceTitan, windowControl(serviceTitan, modifiedOnOrAfter, { page, size: pageSize }), () =>
    serviceTitan.api.customers(asked),
  );
}

/**
 * R5: whoever leaves the list between two pages takes others back over the edge between them, where nobody looks any more. As
 * many pages before this one as the count has shrunk by. One that is too much is left, in doubt: its rows must not cost this
 * page its own.
 */
async function readBack(
  serviceTitan: ServiceTitan,
  window: CustomersPage,
  { totalCount }: ListPage<Customer>,
): Promise<{ again: ListPage<Customer>[]; doubts: Doubt[] }> {
  const { page, pageSize, before } = window;
  const again: ListPage<Customer>[] = [];
  if (totalCount === null || typeof before?.total !== 'number') return { again, doubts: [] };
  let shrunk = before.total - totalCount;
  while (again.length < Math.min(Math.ceil(shrunk / pageSize), page - 1)) {
    const read =
      again.length === MOST_PAGES_BACK || serviceTitan.timeIsUp()
        ? null
        : await readPage(serviceTitan, window, page - 1 - again.length).catch((error: unknown) => {
            if (error instanceof TooMuch) return null;
            throw error;
          });
    if (read === null) {
      const position = offsetOf({ page, size: pageSize }) + 1;
      const at = window.modifiedOnOrAfter;
      return { again, doubts: [{ code: 'window_shrank', feed: 'customers', at, count: shrunk, position }] };
    }
    again.push(read);
    // It may have shrunk further meanwhile.
    shrunk = Math.max(shrunk, before.total - (read.totalCount ?? before.total));
  }
  return { again, doubts: [] };
}

/** Of a customer that stands on two of them the later one is taken (R2). */
function joined(pages: readonly ListPage<Customer>[]): ListPage<Customer> {
  const unreadable = {};
  for (const page of pages) addUnreadable(unreadable, page.unreadable);
  return {
    ...pages[0]!,
    data: pages.flatMap(({ data }) => data),
    rejected: pages.flatMap(({ rejected }) => rejected),
    otherStamps: pages.flatMap(({ otherStamps }) => otherStamps),
    unowned: pages.reduce((sum, { unowned }) => sum + unowned, 0),
    unreadable,
  };
}
