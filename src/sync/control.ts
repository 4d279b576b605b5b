// R10: whether a call fails for a record's sake or because ServiceTitan is down is asked, not guessed. A control is a call of
// the same kind about another record. While none is answered, nothing is narrowed and nobody is set aside.
import { isRetryable, PayloadError, SyncError } from '../errors.ts';
import {
  type CustomerSort,
  NetworkError,
  RequestError,
  ServerError,
  TimeoutError,
  TOKEN_PATH,
} from '../serviceTitanApi.ts';
import type { ServiceTitan } from './context.ts';
import { type ListPlace, offsetOf } from './listPlace.ts';

/** What a fetch step asked for is more than ServiceTitan answers, or than the step has time for: ask for less. */
export class TooMuch extends Error {}

/**
 * A call failed as one of the records that it would show may make it fail. Not where ServiceTitan asks for a wait, or refuses
 * the caller.
 */
export function mayBeOfARecord(error: unknown): boolean {
  if (isOfToken(error)) return false;
  if (error instanceof ServerError) return !error.namesWait;
  if (error instanceof PayloadError) return error.retryable;
  return error instanceof RequestError || error instanceof TimeoutError || error instanceof NetworkError;
}

/** Without a token nothing was asked about any record. Every error of a call names its method and path. */
function isOfToken(error: unknown): boolean {
  return error instanceof SyncError && new RegExp(`${TOKEN_PATH}[ :]`).test(error.message);
}

/** The step's own retries come first, except where ServiceTitan has refused for good. */
export function isTimeToNarrow({ narrows }: ServiceTitan, error: unknown): boolean {
  return narrows || !isRetryable(error);
}

/**
 * Resolves when one of the calls is answered; else rejects with the failure that made us ask: an outage. A control that is
 * told to wait, or refused for its credentials, rejects with that.
 */
export async function askControl(failure: unknown, calls: readonly (() => Promise<unknown>)[]): Promise<void> {
  for (const call of calls) {
    try {
      await call();
      return;
    } catch (error) {
      if (!mayBeOfARecord(error)) throw error;
    }
  }
  throw failure;
}

/** Several, for the record that a control asks for may be a bad one, and bad ones are often neighbours. */
const RECORDS: { sort: CustomerSort; page: number }[] = [
  { sort: '+Id', page: 1 },
  { sort: '-Id', page: 1 },
  { sort: '+Id', page: 2 },
  { sort: '-Id', page: 2 },
  { sort: '+Id', page: 7 },
  { sort: '-Id', page: 7 },
  { sort: '+Id', page: 50 },
  { sort: '+Id', page: 1000 },
];

type Control = () => Promise<unknown>;

/** ServiceTitan's longest page. The list has no sort and can shrink, so its second page may skip rows: never turn it. */
export const CONTACTS_PER_PAGE = 5000;

/**
 * One record of the same window, from outside the page that failed: the one behind it, the window's first, one far behind. An
 * empty answer says that the filter works; then any record of the list has to be answered too.
 */
export function windowControl({ api }: ServiceTitan, modifiedOnOrAfter: string, failed: ListPlace): Control[] {
  const behind = offsetOf(failed) + failed.size + 1;
  return [behind, ...(failed.page > 1 ? [1] : []), behind + FAR].map((page) => async () => {
    const { data, rejected } = await api.customers({
      modifiedOnOrAfter,
      page,
      pageSize: 1,
      active: 'Any',
      sort: '+Id',
      includeTotal: true,
    });
    if (data.length + rejected.length > 0) return;
    const none = new PayloadError('ServiceTitan shows no customer.', true);
    await askControl(
      none,
      RECORDS.map((record) => () => api.customers({ ...record, pageSize: 1, active: 'Any' })),
    );
  });
}

/** Any one record of the list without a filter. */
export function listControl({ api }: ServiceTitan): Control[] {
  return RECORDS.map((record) => async () => {
    const { data, rejected } = await api.customers({ ...record, pageSize: 1, active: 'Any' });
    // Retryable, so that it counts as a control that was not answered.
    if (data.length + rejected.length === 0) throw new PayloadError('ServiceTitan shows no customer.', true);
  });
}

/** Behind the bad neighbours of a bad record. */
const FAR = 1000;

/** One customer by id, none of those suspected. */
export function customersByIdControl(serviceTitan: ServiceTitan, suspects: ReadonlySet<string>): Control[] {
  const { api, answered } = serviceTitan;
  return otherCustomers(serviceTitan, answered.customer, suspects, async (id) => {
    const { data, rejected } = await api.customers({ ids: [id], page: 1, pageSize: FEW, active: 'Any', sort: '+Id' });
    refuseOthers(id, [...data.map((customer) => customer.id), ...rejected.map(({ customerId }) => customerId)]);
    answered.customer = id;
  });
}

/** The contacts of one customer, none of those suspected. */
export function contactsControl(serviceTitan: ServiceTitan, suspects: ReadonlySet<string>): Control[] {
  const { api, answered } = serviceTitan;
  return otherCustomers(serviceTitan, answered.contactsOf, suspects, async (id) => {
    const { data, rejected, hasMore } = await api.customerContacts({ customerIds: [id], pageSize: CONTACTS_PER_PAGE });
    if (hasMore)
      throw new PayloadError('ServiceTitan answered that the list of another customer does not end either.', true);
    refuseOthers(
      id,
      [...data, ...rejected].map(({ customerId }) => customerId),
    );
    answered.contactsOf = id;
  });
}

/** A filter that is not applied shows others too, which a page of a single record might not tell. */
const FEW = 50;

function refuseOthers(id: string, shown: string[]): void {
  if (shown.some((customerId) => customerId !== id)) {
    throw new PayloadError('ServiceTitan answered about customers that were not asked for.', true);
  }
}

/** The one that was answered before, if any; then a few of both ends of the list. */
export function otherCustomers(
  { api }: ServiceTitan,
  known: string | null,
  suspects: ReadonlySet<string>,
  ask: (id: string) => Promise<unknown>,
): Control[] {
  const listed = RECORDS.map((record) => async () => {
    const { data } = await api.customers({ ...record, pageSize: 1, active: 'Any' });
    const [customer] = data;
    // Retryable, so that it counts as a control that was not answered.
    if (customer === undefined || suspects.has(customer.id))
      throw new PayloadError('There is no other customer.', true);
    return ask(customer.id);
  });
  return known === null || suspects.has(known) ? listed : [() => ask(known), ...listed];
}
