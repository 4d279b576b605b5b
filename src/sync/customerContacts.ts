// R9: a customer record has no phone and no e-mail, so the contacts of changed customers are re-read whole, by id.
import pMap from 'p-map';
import type { Unreadable } from '../../supabase/functions/_shared/contactBatch.ts';
import { PayloadError, type SyncError } from '../errors.ts';
import type { Contact, Rejected } from '../serviceTitanApi.ts';
import type { ServiceTitan } from './context.ts';
import { askControl, CONTACTS_PER_PAGE, contactsControl, isTimeToNarrow, mayBeOfARecord } from './control.ts';
import { addUnreadable } from './unreadable.ts';

/** The vendor names no limit here; 52 of its other lists take 50 ids and may leave out the rest without a word (R5). */
const IDS_PER_CALL = 50;
const MORE_THAN_A_PAGE = `ServiceTitan answered that the customer has more than ${CONTACTS_PER_PAGE} contact methods, more than one page holds.`;
/** With the three chunks of the page before that may be on their way, within the platform's six connections. */
export const CONCURRENCY = 3;

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
  /** Customers that the step had no time for. */
  unasked: string[];
}

/** Whom no control asks for, and whether those asked for may all be bad, because they are in the quarantine. */
export interface Company {
  poisoned?: ReadonlySet<string>;
  mayBeBad?: boolean;
}

/**
 * Reads the contacts of these customers. Those of a list that fails are asked one by one, and the ones that fail alone are
 * refused, where a control is answered (R10). Rejects with `PayloadError` when a contact of a customer not asked for comes
 * back (R7), and with ServiceTitan's own error in an outage.
 */
export async function readCustomerContacts(
  serviceTitan: ServiceTitan,
  customerIds: string[],
  { poisoned = new Set(), mayBeBad = false }: Company = {},
): Promise<CustomerContacts> {
  const result = nothingRead();
  const failed: string[] = [];
  let failure: unknown;
  const readGroup = async (ids: string[]) => {
    try {
      await readList(serviceTitan, ids, result, mayBeBad);
    } catch (error) {
      if (!mayBeOfARecord(error) || !isTimeToNarrow(serviceTitan, error)) throw error;
      failure = error;
      failed.push(...ids.filter((id) => !isRead(result, id)));
    }
  };
  const groups = Array.from({ length: Math.ceil(customerIds.length / IDS_PER_CALL) }, (_, index) =>
    customerIds.slice(index * IDS_PER_CALL, (index + 1) * IDS_PER_CALL),
  );
  await pMap(groups, readGroup, { concurrency: CONCURRENCY });
  if (failed.length === 0) return result;
  await askControl(failure, contactsControl(serviceTitan, poisoned));
  await readApart(serviceTitan, failed, result, poisoned);
  return result;
}

/** The same, each customer asked alone from the beginning: those that are known to make their call fail. */
export async function readContactsApart(
  serviceTitan: ServiceTitan,
  customerIds: string[],
  poisoned: ReadonlySet<string>,
): Promise<CustomerContacts> {
  const result = nothingRead();
  await readApart(serviceTitan, customerIds, result, poisoned);
  return result;
}

function nothingRead(): CustomerContacts {
  return { byCustomer: new Map(), unread: new Map(), unreadable: {}, refused: [], unasked: [] };
}

function isRead({ byCustomer, refused }: CustomerContacts, id: string): boolean {
  return byCustomer.has(id) || refused.some(({ customerId }) => customerId === id);
}

async function readApart(
  serviceTitan: ServiceTitan,
  ids: string[],
  result: CustomerContacts,
  poisoned: ReadonlySet<string>,
): Promise<void> {
  const suspects = new Set(poisoned);
  await pMap(
    ids,
    async (id) => {
      if (serviceTitan.timeIsUp()) {
        result.unasked.push(id);
        return;
      }
      try {
        await readList(serviceTitan, [id], result);
      } catch (error) {
        if (!mayBeOfARecord(error)) throw error;
        suspects.add(id);
        await askControl(error, contactsControl(serviceTitan, suspects));
        result.refused.push({ customerId: id, reason: (error as SyncError).message, callFailed: true });
      }
    },
    { concurrency: CONCURRENCY },
  );
}

/** A list that does not fit on one page, or holds a contact that may be anybody's, is halved. */
async function readList(
  serviceTitan: ServiceTitan,
  ids: string[],
  result: CustomerContacts,
  mayBeBad = false,
): Promise<void> {
  const { byCustomer, unread, unreadable, refused } = result;
  const list = await serviceTitan.api.customerContacts({ customerIds: ids, pageSize: CONTACTS_PER_PAGE, mayBeBad });
  const asked = new Set(ids);
  if ([...list.data, ...list.rejected].some(({ customerId }) => !asked.has(customerId))) {
    throw new PayloadError(
      'ServiceTitan does not apply the filter customerIds, for it returned contacts of customers that were not asked for: nothing of this page was written; open a case with ServiceTitan, and the next run asks again.',
      // One contact may be shown under another customer that shares it.
      true,
    );
  }
  const isWhole = !list.hasMore && list.unowned === 0;
  if (!isWhole && ids.length > 1) {
    const middle = Math.ceil(ids.length / 2);
    await readList(serviceTitan, ids.slice(0, middle), result, mayBeBad);
    return readList(serviceTitan, ids.slice(middle), result, mayBeBad);
  }
  // A list that says so of everybody is the fault of ServiceTitan: whether it does is asked.
  if (list.hasMore) throw new PayloadError(MORE_THAN_A_PAGE, true);
  addUnreadable(unreadable, list.unreadable);
  if (!isWhole) {
    const reason = 'customerId: a contact can not be told from those of other customers, so the list is not whole.';
    refused.push({ customerId: ids[0]!, reason });
    return;
  }
  serviceTitan.answered.contactsOf = ids[0] ?? null;
  for (const id of ids) byCustomer.set(id, []);
  for (const contact of list.data) byCustomer.get(contact.customerId)!.push(contact);
  for (const rejected of list.rejected) {
    const { customerId, contactId } = rejected;
    if (!refused.some((record) => record.customerId === customerId)) refused.push(rejected);
    // One that is there without being known may be any of those stored: then the rest is not the whole.
    if (contactId === undefined) byCustomer.delete(customerId);
    else unread.set(customerId, [...(unread.get(customerId) ?? []), contactId]);
  }
}
