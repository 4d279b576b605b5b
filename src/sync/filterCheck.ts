// R7: ServiceTitan ignores parameters it doesn't know, and an unfiltered list looks healthy.
import { PayloadError } from '../errors.ts';
import { canonicalInstant, type Customer, type ListPage, type ServiceTitanApi } from '../serviceTitanApi.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * Suspects a full page of which most is older than its window, and asks the same list with a bound a day ahead. Rows there
 * mean that the filter is not applied: rejects with `PayloadError`. None mean accounting changes, which match the window
 * without moving `modifiedOn`: they are taken.
 */
export async function checkFilter(
  api: ServiceTitanApi,
  page: ListPage<Customer>,
  window: { modifiedOnOrAfter: string; pageSize: number },
  now: number,
): Promise<void> {
  const bound = canonicalInstant(window.modifiedOnOrAfter)!;
  const older = page.data.filter((customer) => customer.modifiedOn < bound).length;
  if (page.data.length + page.rejected.length < window.pageSize || older * 2 <= page.data.length) return;

  const probe = await api.customers({
    modifiedOnOrAfter: new Date(now + DAY_MS).toISOString(),
    page: 1,
    pageSize: 1,
    active: 'Any',
    sort: '+Id',
  });
  if (probe.data.length + probe.rejected.length === 0) return;
  throw new PayloadError(
    'ServiceTitan does not apply the filter modifiedOnOrAfter, for it returned customers that were modified after tomorrow: nothing of this page was written; open a case with ServiceTitan, and the next run asks again.',
  );
}
