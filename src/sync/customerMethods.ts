// All contact methods of one customer, asked for in one of two ways (R16).
import type { Unreadable, Witness } from '../../supabase/functions/_shared/contactBatch.ts';
import { PayloadError, SyncError } from '../errors.ts';
import type { Contact, ServiceTitanApi } from '../serviceTitanApi.ts';
import { CONTACTS_PER_PAGE, mayBeOfARecord } from './control.ts';

/** What a customer's list shows; of a contact that can't be read its id alone (R20). */
export interface Methods {
  contacts: Contact[];
  unreadIds: string[];
  unreadable: Unreadable;
}

/**
 * Reads the list. Rejects with `PayloadError` when the answer does not hold all of the customer's contacts, or others' too:
 * nobody can say what such an answer lacks.
 */
export async function readMethods(api: ServiceTitanApi, customerId: string, ask: Witness): Promise<Methods> {
  const { data, rejected, unreadable, ...list } =
    ask === 'own'
      ? await api.contactsOfCustomer(customerId)
      : await api.customerContacts({ customerIds: [customerId], pageSize: CONTACTS_PER_PAGE });
  const isOthers = [...data, ...rejected].some((contact) => contact.customerId !== customerId);
  const unreadIds = rejected.flatMap(({ contactId }) => contactId ?? []);
  if (list.hasMore || list.unowned > 0 || isOthers || unreadIds.length < rejected.length) {
    throw new PayloadError(
      "ServiceTitan answered with a customer's contacts not whole, or with those of others: nothing of the answer is used, and a later run asks again; if it lasts, open a case with ServiceTitan.",
      true,
    );
  }
  return { contacts: data, unreadIds, unreadable };
}

/** A call about one customer failed as that customer may make it fail: a refusal of one list alone is no lack of a scope. */
export function mayBeOfOne(error: unknown): boolean {
  if (mayBeOfARecord(error) || error instanceof PayloadError) return true;
  return error instanceof SyncError && error.code === 'permission_missing';
}
