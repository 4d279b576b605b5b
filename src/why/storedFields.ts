import type { StoredCustomer } from '../supabase/reports.ts';
import type { CustomerFields } from './fields.ts';

/** What the contact and the contact methods behind it hold of a customer. */
export function toStoredFields({ contact, methods }: StoredCustomer): CustomerFields {
  const { custom_fields: custom } = contact;
  const list = (name: string) => (Array.isArray(custom[name]) ? (custom[name] as Record<string, unknown>[]) : []);
  return {
    values: {
      name: contact.name,
      active: contact.active,
      mergedToId: contact.merged_to_crm_id,
      'address.street': contact.address_street,
      'address.unit': contact.address_unit,
      'address.city': contact.address_city,
      'address.state': contact.address_state,
      'address.zip': contact.address_zip,
      'address.country': contact.address_country,
      'address.latitude': contact.address_latitude,
      'address.longitude': contact.address_longitude,
      type: custom['customer_type'],
      balance: custom['balance'],
      taxExempt: custom['tax_exempt'],
      doNotMail: custom['do_not_mail'],
      doNotService: custom['do_not_service'],
      nationalAccount: custom['national_account'],
      paymentTermId: custom['payment_term_id'],
      creditLimit: custom['credit_limit'],
      creditLimitBalance: custom['credit_limit_balance'],
      createdOn: custom['created_on'],
      tagTypeIds: custom['tag_type_ids'],
      customFields: list('servicetitan_fields').map(({ type_id, name, value }) => [type_id, name, value]),
      externalData: list('external_data').map(({ key, value }) => [key, value]),
    },
    contacts: methods.map(({ id, do_not_text, ...method }) => ({ id, values: { ...method, doNotText: do_not_text } })),
  };
}
