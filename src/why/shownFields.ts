import type { Contact, Customer } from '../serviceTitanApi.ts';
import type { CustomerFields } from './fields.ts';

/** What ServiceTitan shows of a customer. */
export function toShownFields(customer: Customer, contacts: Contact[]): CustomerFields {
  const { address } = customer;
  return {
    values: {
      name: customer.name.trim(),
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
      customFields: customer.customFields.map(({ typeId, name, value }) => [typeId, name, value]),
      externalData: customer.externalData.map(({ key, value }) => [key, value]),
    },
    contacts: contacts.map(({ id, type, value, active }) => ({ id, type, value, active })),
  };
}

function trimmed(text: string | null): string | null {
  return text?.trim() || null;
}
