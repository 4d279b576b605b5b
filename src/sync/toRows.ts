// The change of case, once: ServiceTitan's records in camelCase become rows of the wire in snake_case.
import type {
  ContactMethod,
  Customer as CustomerRow,
  Rejected as RejectedRow,
} from '../../supabase/functions/_shared/contactBatch.ts';
import { cutShort } from '../../supabase/functions/_shared/shapes.ts';
import { withoutSecrets } from '../secrets.ts';
import type { Contact, Customer, Rejected } from '../serviceTitanApi.ts';

/**
 * `contacts`: all contact methods of the customer, re-read whole, or null when they were not. `unreadIds`:
 * those of them that can't be read. What could not be read of the customer is `undefined`, and its key is not
 * on the wire (R20).
 */
export function toCustomerRow(
  customer: Customer,
  contacts: Contact[] | null,
  unreadIds: readonly string[] = [],
): CustomerRow {
  return {
    id: customer.id,
    name: customer.name,
    type: customer.type,
    active: customer.active,
    merged_to_id: customer.mergedToId,
    modified_on: customer.modifiedOn,
    created_on: customer.createdOn,
    address: customer.address,
    balance: customer.balance,
    tax_exempt: customer.taxExempt,
    do_not_mail: customer.doNotMail,
    do_not_service: customer.doNotService,
    national_account: customer.nationalAccount,
    payment_term_id: customer.paymentTermId,
    credit_limit: customer.creditLimit,
    credit_limit_balance: customer.creditLimitBalance,
    tag_type_ids: customer.tagTypeIds,
    custom_fields: customer.customFields?.map(({ typeId, name, value }) => ({ type_id: typeId, name, value })),
    external_data: customer.externalData,
    contact_methods: contacts && contacts.map(toContactMethodRow),
    ...(unreadIds.length === 0 ? {} : { unread_method_ids: [...unreadIds] }),
  };
}

export function toContactMethodRow(contact: Contact): ContactMethod {
  return {
    id: contact.id,
    customer_id: contact.customerId,
    type: contact.type,
    value: contact.value,
    memo: contact.memo,
    do_not_text: contact.doNotText,
    marketing: contact.marketing,
    active: contact.active,
    modified_on: contact.modifiedOn,
  };
}

export function toRejectedRow(
  feed: RejectedRow['feed'],
  { customerId, reason, callFailed }: Omit<Rejected, 'contactId'>,
): RejectedRow {
  const told = cutShort(withoutSecrets(reason));
  return { feed, customer_id: customerId, reason: told, ...(callFailed ? { call_failed: true } : {}) };
}

/**
 * One row per id, and for contacts one per customer and id, because customers may share a contact (R9): the newest
 * `modified_on`, of equal ones the later. A page's chunks are written side by side, so a record that a page repeats must not
 * stand in two of them.
 */
export function foldById<Row extends { id: string; customer_id?: string; modified_on: string }>(rows: Row[]): Row[] {
  const newest = new Map<string, Row>();
  for (const row of rows) {
    const key = `${row.customer_id ?? ''}/${row.id}`;
    const known = newest.get(key);
    if (!known || known.modified_on <= row.modified_on) newest.set(key, row);
  }
  return [...newest.values()];
}

/**
 * Rows of customers that the page also holds in an unreadable form are left out: which of the two is newer can't be told,
 * and the quarantine reads the customer again (R1).
 */
export function withoutRejected(rows: CustomerRow[], rejected: RejectedRow[]): CustomerRow[] {
  const unreadable = new Set(rejected.filter(({ feed }) => feed === 'customers').map(({ customer_id }) => customer_id));
  return unreadable.size === 0 ? rows : rows.filter(({ id }) => !unreadable.has(id));
}
