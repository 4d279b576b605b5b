// R10: customers set aside earlier are fetched again on every run, never replayed, and leave the quarantine when they pass.
import { SYSTEMIC_FROM } from '../../supabase/functions/_shared/contactBatch.ts';
import { PayloadError } from '../errors.ts';
import { type Customer, type ListPage, type Rejected, RequestError, type ServiceTitanApi } from '../serviceTitanApi.ts';
import type { BegunContext, ServiceTitan } from './context.ts';
import { fetchPage } from './fetchStep.ts';
import type { FetchResult } from './page.ts';
import { toResult, withContacts } from './readPages.ts';
import { numbered } from './steps.ts';
import { syncPage } from './syncStep.ts';
import { addUnreadable } from './unreadable.ts';

/** All of them may be bad again, so they go by fewer than make a run stop for a page of which most are bad. */
const IDS_PER_PAGE = SYSTEMIC_FROM - 1;

export const GONE = 'ServiceTitan does not return this customer any more.';

/** Comes last in a run: whatever is wrong with these customers keeps nothing else from arriving. */
export async function retryQuarantined(context: BegunContext, ids: string[]): Promise<void> {
  for (let at = 0; at < ids.length; at += IDS_PER_PAGE) {
    const number = at / IDS_PER_PAGE + 1;
    const some = ids.slice(at, at + IDS_PER_PAGE);
    const page = await fetchPage(context, numbered('quarantine-fetch', number), IDS_PER_PAGE, (serviceTitan) =>
      readQuarantined(serviceTitan, some),
    );
    await syncPage(context, numbered('quarantine-sync', number), page);
  }
}

async function readQuarantined(serviceTitan: ServiceTitan, ids: string[]): Promise<FetchResult> {
  const customers = await readById(serviceTitan.api, ids);
  const rows = await withContacts(serviceTitan, customers);
  return toResult(serviceTitan, { hasMore: false, date: null }, rows, { retriesQuarantined: true });
}

type Answered = Pick<ListPage<Customer>, 'data' | 'rejected' | 'unreadable'>;

/** Customers by id; a list that is refused is halved down to the one customer. */
export async function readById(api: ServiceTitanApi, ids: string[]): Promise<Answered> {
  let page: ListPage<Customer>;
  try {
    page = await api.customers({ ids, page: 1, pageSize: ids.length, active: 'Any', sort: '+Id' });
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    if (ids.length === 1)
      return { data: [], rejected: [{ customerId: ids[0]!, reason: error.message }], unreadable: {} };
    const middle = Math.ceil(ids.length / 2);
    const first = await readById(api, ids.slice(0, middle));
    const second = await readById(api, ids.slice(middle));
    addUnreadable(first.unreadable, second.unreadable);
    return {
      data: [...first.data, ...second.data],
      rejected: [...first.rejected, ...second.rejected],
      unreadable: first.unreadable,
    };
  }
  const answered = new Set([...page.data.map(({ id }) => id), ...page.rejected.map(({ customerId }) => customerId)]);
  if (answered.difference(new Set(ids)).size > 0) {
    throw new PayloadError(
      'ServiceTitan does not apply the filter ids, for it returned customers that were not asked for: nothing of this page was written; open a case with ServiceTitan, and the next run asks again.',
    );
  }
  const gone = ids.filter((id) => !answered.has(id));
  const missing: Rejected[] = gone.map((customerId) => ({
    customerId,
    reason: GONE,
  }));
  return { data: page.data, rejected: [...page.rejected, ...missing], unreadable: page.unreadable };
}
