// R9: a customer record has no phone and no e-mail, so the contacts of changed customers are re-read whole, by id.
import pMap from 'p-map';
import { isSystemic, type Unreadable } from '../../supabase/functions/_shared/contactBatch.ts';
import { PayloadError } from '../errors.ts';
import { type Contact, type Rejected, RequestError, type ServiceTitanApi } from '../serviceTitanApi.ts';
import { addUnreadable } from './unreadable.ts';

/** ServiceTitan's longest page. The list has no sort and can shrink, so its second page may skip rows: never turn it. */
const PAGE_SIZE = 5000;
/** The vendor names no limit here; 52 of its other lists take 50 ids and may leave out the rest without a word (R5). */
const IDS_PER_CALL = 50;
/** With the three chunks of the page before that may be on their way, within the platform's six connections. */
const CONCURRENCY = 3;

export interface CustomerContacts {
  /** All contact methods of a customer; a customer without any has an empty list, a refused one is missing. */
  byCustomer: Map<string, Contact[]>;
  /**
   * Contact methods of a customer that are there and can't be read, by id: their customer has its list all
   * the same (R20).
   */
  unread: Map<string, string[]>;
  /** In how many contacts each field was left out. */
  unreadable: Unreadable;
  /**
   * Customers of which ServiceTitan would not show a contact, or showed one unreadably: what they had of it
   * stays.
   */
  refused: Rejected[];
}

/**
 * Reads the contacts of these customers. A list that does not fit, or is refused, is halved down to the one customer.
 * Rejects with `PayloadError` when a contact of a customer not asked for comes back (R7), and with ServiceTitan's own
 * error when it refuses most of the customers.
 */
export async function readCustomerContacts(api: ServiceTitanApi, customerIds: string[]): Promise<CustomerContacts> {
  const result: CustomerContacts = { byCustomer: new Map(), unread: new Map(), unreadable: {}, refused: [] };
  const groups = Array.from({ length: Math.ceil(customerIds.length / IDS_PER_CALL) }, (_, index) =>
    customerIds.slice(index * IDS_PER_CALL, (index + 1) * IDS_PER_CALL),
  );
  await pMap(groups, (ids) => readGroup(api, ids, result, customerIds.length), {
    concurrency: CONCURRENCY,
  });
  return result;
}

async function readGroup(api: ServiceTitanApi, ids: string[], result: CustomerContacts, asked: number): Promise<void> {
  const reason = await tryGroup(api, ids, result).catch((error: unknown) => {
    if (!(error instanceof RequestError)) throw error;
    if (isSystemic(result.refused.length, asked)) throw error;
    return error.message;
  });
  if (reason === null) return;
  if (ids.length === 1) {
    result.refused.push({ customerId: ids[0]!, reason });
    return;
  }
  const middle = Math.ceil(ids.length / 2);
  await readGroup(api, ids.slice(0, middle), result, asked);
  await readGroup(api, ids.slice(middle), result, asked);
}

/** Null when the group was read; else why it was not. */
async function tryGroup(
  api: ServiceTitanApi,
  ids: string[],
  { byCustomer, unread, unreadable, refused }: CustomerContacts,
): Promise<string | null> {
  const list = await api.customerContacts({ customerIds: ids, pageSize: PAGE_SIZE });
  const asked = new Set(ids);
  if ([...list.data, ...list.rejected].some(({ customerId }) => !asked.has(customerId))) {
    throw new PayloadError(
      'ServiceTitan does not apply the filter customerIds, for it returned contacts of customers that were not asked for: nothing of this page was written; open a case with ServiceTitan, and the next run asks again.',
    );
  }
  if (list.hasMore) return `The customer has more than ${PAGE_SIZE} contact methods, more than one page holds.`;
  if (list.unowned > 0) {
    if (ids.length === 1) addUnreadable(unreadable, list.unreadable);
    return 'customerId: a contact can not be told from those of other customers, so the list is not whole.';
  }
  addUnreadable(unreadable, list.unreadable);
  for (const id of ids) byCustomer.set(id, []);
  for (const contact of list.data) byCustomer.get(contact.customerId)!.push(contact);
  for (const rejected of list.rejected) {
    const { customerId, contactId } = rejected;
    if (!refused.some((record) => record.customerId === customerId)) refused.push(rejected);
    // One that is there without being known may be any of those stored: then the rest is not the whole.
    if (contactId === undefined) byCustomer.delete(customerId);
    else unread.set(customerId, [...(unread.get(customerId) ?? []), contactId]);
  }
  return null;
}
