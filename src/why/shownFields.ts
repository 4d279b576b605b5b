import type { Contact, Customer, Page } from '../serviceTitanApi.ts';
import { toName } from '../../supabase/functions/_shared/name.ts';
import type { CustomerFields } from './fields.ts';

/** What ServiceTitan shows of a customer; `undefined` is what it shows in a form that can't be read. */
export function toShownFields(customer: Customer, contacts: Pick<Page<Contact>, 'data' | 'rejected'>): CustomerFields {
  const { address } = customer;
  return {
    values: {
      name: toName(customer.name),
      active: customer.active,
      mergedToId: customer.mergedToId,
      'address.street': trimmed(address.street),
      'address.unit': trimmed(address.unit),
      'address.city': trimmed(address.city),
      'address.state': trimmed(address.state),
      'address.zip': trimmed(address.zip),
      'address.country': trimmed(address.country),
      'address.latitude': address.latitude,
      'address.longitude': address.longitude,
      type: customer.type,
      balance: customer.balance,
      taxExempt: customer.taxExempt,
      doNotMail: customer.doNotMail,
      doNotService: customer.doNotService,
      nationalAccount: customer.nationalAccount,
      paymentTermId: customer.paymentTermId,
      creditLimit: customer.creditLimit,
      creditLimitBalance: customer.creditLimitBalance,
      createdOn: customer.createdOn,
      tagTypeIds: customer.tagTypeIds,
      customFields: customer.customFields?.map(({ typeId, name, value }) => [typeId, name, value]),
      externalData: customer.externalData?.map(({ key, value }) => [key, value]),
    },
    contacts: [
      ...contacts.data.map(({ id, type, value, active, doNotText, marketing, memo }) => ({
        id,
        // No list says whether a contact is active: null is no word of it.
        values: { type, value, active: active ?? undefined, doNotText, marketing, memo },
      })),
      ...contacts.rejected.flatMap(({ contactId }) => (contactId === undefined ? [] : [{ id: contactId, values: {} }])),
    ],
  };
}

function trimmed(text: string | null | undefined): string | null | undefined {
  return text === undefined ? undefined : text?.trim() || null;
}
