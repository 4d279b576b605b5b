// What every contact has to look like, said a second time: from ServiceTitan's documentation and the meaning of the
// columns, without a line of the product's own mapping, so that a fault in one of the two shows.
import { getCountries } from 'libphonenumber-js/max';
import { expectContactPoints } from './expectedContactPoints.ts';
import type { ContactRecord, CustomerRecord } from './serviceTitan/tenant/records.ts';
import { sevenDigits } from './sevenDigits.ts';

/** A row of `contacts` as far as the sync owns it; `custom_fields` is the part of `metadata` of that name. */
export interface ExpectedContact {
  crm_id: string;
  crm_source: string;
  name: string;
  email: string | null;
  phone: string | null;
  active: boolean;
  merged_to_crm_id: string | null;
  crm_modified_on: string;
  address_street: string | null;
  address_unit: string | null;
  address_city: string | null;
  address_state: string | null;
  address_zip: string | null;
  address_country: string | null;
  address_country_code: string | null;
  address_latitude: number | null;
  address_longitude: number | null;
  custom_fields: Record<string, unknown>;
}

const ALPHA_3: Record<string, string> = { USA: 'US', CAN: 'CA', AUS: 'AU', GBR: 'GB', NZL: 'NZ', IRL: 'IE', MEX: 'MX' };

const ALPHA_2_BY_NAME = englishCountryNames();

/** The contact that a customer and its contact methods make; `source` is `<environment>/<tenant>`, the firm an American one. */
export function expectContact(customer: CustomerRecord, methods: ContactRecord[], source: string): ExpectedContact {
  const { address } = customer;
  const country = textOrNull(address.country);
  const countryCode = country && toCountryCode(country);
  const { phone, email, fields } = expectContactPoints(methods, countryCode);
  return {
    crm_id: String(customer.id),
    crm_source: source,
    name: customer.name
      .trim()
      .split(/\s*\n\s*/)
      .join(' '),
    email,
    phone,
    active: customer.active,
    merged_to_crm_id: customer.mergedToId === null ? null : String(customer.mergedToId),
    crm_modified_on: sevenDigits(customer.modifiedOn),
    address_street: textOrNull(address.street),
    address_unit: textOrNull(address.unit),
    address_city: textOrNull(address.city),
    address_state: textOrNull(address.state),
    address_zip: textOrNull(address.zip),
    address_country: country,
    address_country_code: countryCode,
    address_latitude: address.latitude,
    address_longitude: address.longitude,
    custom_fields: {
      customer_type: customer.type,
      balance: customer.balance,
      tax_exempt: customer.taxExempt,
      do_not_mail: customer.doNotMail,
      do_not_service: customer.doNotService,
      national_account: customer.nationalAccount,
      tag_type_ids: customer.tagTypeIds,
      // Imported customers have no date of their own: ServiceTitan gives the year 1.
      created_on: customer.createdOn.startsWith('0001-') ? null : sevenDigits(customer.createdOn),
      payment_term_id: customer.paymentTermId,
      credit_limit: customer.creditLimit,
      credit_limit_balance: customer.creditLimitBalance,
      servicetitan_fields: customer.customFields.map(({ typeId, name, value }) => ({ type_id: typeId, name, value })),
      external_data: customer.externalData ?? [],
      ...fields,
    },
  };
}

function toCountryCode(country: string): string | null {
  const text = country.toUpperCase();
  // Indiana, California, Delaware and Georgia are what an American firm means by these.
  if (['IN', 'CA', 'DE', 'GA'].includes(text)) return null;
  return ALPHA_3[text] ?? ALPHA_2_BY_NAME.get(text) ?? ([...ALPHA_2_BY_NAME.values()].includes(text) ? text : null);
}

function englishCountryNames(): Map<string, string> {
  const names = new Intl.DisplayNames(['en'], { type: 'region' });
  // The countries that have telephones: Intl alone would name retired codes too, such as UK beside GB.
  return new Map(getCountries().map((code) => [names.of(code)?.toUpperCase() ?? code, code]));
}

function textOrNull(value: string | null): string | null {
  return value?.trim() || null;
}
