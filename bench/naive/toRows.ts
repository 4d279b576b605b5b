// ServiceTitan's customers as rows of both tables. Countries and phones go by the product's own functions: what they cost is
// the same in every form.
import { sevenDigits } from '../../local/sevenDigits.ts';
import { toCountryCode } from '../../supabase/functions/servicetitan-contact-sync/countryCode.ts';
import { gradeEmail } from '../../supabase/functions/servicetitan-contact-sync/email.ts';
import { gradePhone } from '../../supabase/functions/servicetitan-contact-sync/phone.ts';
import type { PlainContact, PlainCustomer } from './readPage.ts';

const HOME = 'US';

export type PlainRow = Record<string, unknown>;

export function toContactRow(workspaceId: string, source: string, customer: PlainCustomer): PlainRow {
  const address = customer['address'] as Record<string, string | number | null>;
  const methods = customer.contacts.map((contact) => toMethodRow(workspaceId, source, customer, contact));
  const inOrder = methods.toSorted((one, other) => Number(one['id']) - Number(other['id']));
  const pick = (...types: string[]) => {
    const entered = types.flatMap((type) =>
      inOrder.filter((method) => method['type'] === type && method['value'] !== ''),
    );
    const best = ['valid', 'possible'].flatMap((grade) => entered.filter((method) => method['usability'] === grade))[0];
    return { best, as_entered: best ? null : (entered[0]?.['value'] ?? null) };
  };
  const [phone, email] = [pick('MobilePhone', 'Phone'), pick('Email')];
  return {
    workspace_id: workspaceId,
    crm_id: String(customer.id),
    crm_source: source,
    name: String(customer['name']).trim(),
    email: email.best?.['normalized'] ?? null,
    phone: phone.best?.['normalized'] ?? null,
    active: customer['active'],
    merged_to_crm_id: customer['mergedToId'] === null ? null : String(customer['mergedToId']),
    crm_modified_on: sevenDigits(String(customer['modifiedOn'])),
    address_street: textOrNull(address['street']),
    address_unit: textOrNull(address['unit']),
    address_city: textOrNull(address['city']),
    address_state: textOrNull(address['state']),
    address_zip: textOrNull(address['zip']),
    address_country: textOrNull(address['country']),
    address_country_code: toCountryCode(textOrNull(address['country']), textOrNull(address['state']), HOME),
    address_latitude: address['latitude'],
    address_longitude: address['longitude'],
    metadata: {
      custom_fields: {
        customer_type: customer['type'],
        balance: customer['balance'],
        tax_exempt: customer['taxExempt'],
        do_not_mail: customer['doNotMail'],
        do_not_service: customer['doNotService'],
        national_account: customer['nationalAccount'],
        tag_type_ids: customer['tagTypeIds'],
        created_on: createdOn(String(customer['createdOn'])),
        payment_term_id: customer['paymentTermId'],
        credit_limit: customer['creditLimit'],
        credit_limit_balance: customer['creditLimitBalance'],
        servicetitan_fields: (customer['customFields'] as { typeId: number; name: string; value: string }[]).map(
          ({ typeId, name, value }) => ({ type_id: typeId, name, value }),
        ),
        external_data: customer['externalData'] ?? [],
        phone_type: phone.best?.['type'] ?? null,
        phone_extension: phone.best?.['extension'] ?? null,
        phone_do_not_text: phone.best?.['do_not_text'] ?? null,
        phone_marketing: phone.best?.['marketing'] ?? null,
        phone_as_entered: phone.as_entered,
        email_marketing: email.best?.['marketing'] ?? null,
        email_as_entered: email.as_entered,
      },
    },
  };
}

export function toMethodRow(
  workspaceId: string,
  source: string,
  customer: PlainCustomer,
  contact: PlainContact,
): PlainRow {
  const { country, state } = customer['address'] as { country: string; state: string };
  const address = toCountryCode(country, state, HOME);
  return {
    workspace_id: workspaceId,
    source,
    id: contact.id,
    crm_id: String(contact.customerId),
    type: contact.type,
    value: contact.value,
    ...(contact.type === 'Email' ? gradeEmail(contact.value) : gradePhone(contact.value, { home: HOME, address })),
    home_country: HOME,
    memo: contact.memo,
    do_not_text: contact.phoneSettings?.doNotText ?? null,
    marketing: contact.preferences?.marketingUpdatesEnabled ?? null,
    modified_on: sevenDigits(contact.modifiedOn),
  };
}

function textOrNull(value: unknown): string | null {
  return (typeof value === 'string' && value.trim()) || null;
}

function createdOn(instant: string): string | null {
  return instant.startsWith('0001-') ? null : sevenDigits(instant);
}
