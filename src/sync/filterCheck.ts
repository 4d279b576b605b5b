// R7: ServiceTitan ignores parameters it doesn't know, and an unfiltered list looks healthy.
import { PayloadError } from '../errors.ts';
import { canonicalInstant, type Customer, type ListPage, type ServiceTitanApi } from '../serviceTitanApi.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
/** One customer stamped in the future is shown by a filter that works, so a single row would prove nothing. */
const PROBE_SIZE = 50;

/**
 * Suspects a full page of which most is older than its window, and asks the same list with a bound a day ahead. A row there
 * that is older than this bound proves that the filter is not applied: rejects with `PayloadError`. None means accounting
 * changes, which match the window without moving `modifiedOn`: they are taken. What is stamped behind the bound proves
 * nothing, nor does a row whose stamp can't be read.
 */
export async function checkFilter(
  api: ServiceTitanApi,
  page: ListPage<Customer>,
  window: { modifiedOnOrAfter: string; pageSize: number },
  now: number,
): Promise<void> {
  if (!isFull(page, window.pageSize)) return;
  if (countOlder(page, window.modifiedOnOrAfter) * 2 <= stampsOf(page).length) return;

  // By the later clock: one that is days behind would ask for what has changed meanwhile.
  const clock = Math.max(now, page.date === null ? now : Date.parse(page.date));
  const bound = new Date(clock + DAY_MS).toISOString();
  const asked = { modifiedOnOrAfter: bound, page: 1, pageSize: PROBE_SIZE, active: 'Any', sort: '+Id' } as const;
  if (countOlder(await api.customers(asked), bound) === 0) return;
  throw new PayloadError(
    'ServiceTitan does not apply the filter modifiedOnOrAfter, for it returned customers that were modified before the time it was asked for: nothing of this page was written; open a case with ServiceTitan, and the next run asks again.',
  );
}

/** With the rows that can't be read; of a list that gives smaller pages than asked for, by their own size. */
function isFull({ data, rejected, unowned, pageSize }: ListPage<Customer>, asked: number): boolean {
  return data.length + rejected.length + unowned >= Math.min(asked, pageSize);
}

function countOlder(page: ListPage<Customer>, bound: string): number {
  const oldest = canonicalInstant(bound)!;
  return stampsOf(page).filter((stamp) => stamp < oldest).length;
}

/** Of all rows that say when they were modified. */
function stampsOf({ data, otherStamps }: ListPage<Customer>): string[] {
  return [...data.map(({ modifiedOn }) => modifiedOn), ...otherStamps];
}
