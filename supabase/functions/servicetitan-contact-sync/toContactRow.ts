// What the wire says becomes what the SQL function takes.
import type { ContactMethod, Customer, Recheck } from '../_shared/contactBatch.ts';
import { toCountryCode } from './countryCode.ts';
import { DEFAULT_COUNTRY, normalizePhone } from './phone.ts';

/**
 * One row for `contacts`. A key that is `undefined` is left out of the call: the stored value stays (R20).
 */
export interface ContactRow {
  crm_id: string;
  methods_reread: boolean;
  [column: string]: unknown;
}

/**
 * One row for `servicetitan_contact_methods`. What lacks a key keeps the stored value; a row of ids alone
 * says that the method is there (R20).
 */
export interface MethodRow {
  id: string;
  crm_id: string;
  [column: string]: unknown;
}

const PHONES = ['MobilePhone', 'Phone', 'Fax'];

export function toContactRow(customer: Customer): ContactRow {
  const { address } = customer;
  return {
    crm_id: customer.id,
    name: customer.name?.trim(),
    active: customer.active,
    merged_to_crm_id: customer.merged_to_id,
    crm_modified_on: customer.modified_on,
    address_street: textOrNull(address.street),
    address_unit: textOrNull(address.unit),
    address_city: textOrNull(address.city),
    address_state: textOrNull(address.state),
    address_zip: textOrNull(address.zip),
    address_country: textOrNull(address.country),
    address_country_code: address.country === undefined ? undefined : toCountryCode(address.country),
    address_latitude: address.latitude,
    address_longitude: address.longitude,
    custom_fields: {
      customer_type: customer.type,
      balance: customer.balance,
      tax_exempt: customer.tax_exempt,
      do_not_mail: customer.do_not_mail,
      do_not_service: customer.do_not_service,
      national_account: customer.national_account,
      tag_type_ids: customer.tag_type_ids?.map(toNumber),
      created_on: customer.created_on,
      payment_term_id: customer.payment_term_id && toNumber(customer.payment_term_id),
      credit_limit: customer.credit_limit,
      credit_limit_balance: customer.credit_limit_balance,
      servicetitan_fields: customer.custom_fields?.map((field) => ({ ...field, type_id: toNumber(field.type_id) })),
      external_data: customer.external_data,
    },
    methods_reread: customer.contact_methods !== null,
  };
}

/**
 * The re-read methods of a customer, phones read in its country; those that can't be read by their ids alone.
 */
export function toMethodRows(customer: Customer): MethodRow[] {
  return rowsOf(customer.id, customer, customer);
}

/** The same of a recheck; where its customer was not asked for, the country is not known here. */
export function toRecheckedRows(recheck: Recheck): MethodRow[] {
  return rowsOf(recheck.customer_id, recheck, recheck.customer);
}

function rowsOf(
  customerId: string,
  { contact_methods, unread_method_ids }: Pick<Customer, 'contact_methods' | 'unread_method_ids'>,
  customer: Customer | null,
): MethodRow[] {
  const countryCode = toCountryCode(customer?.address.country ?? null) ?? DEFAULT_COUNTRY;
  return [
    ...(contact_methods ?? []).map((method) => toMethodRow(method, countryCode)),
    ...(unread_method_ids ?? []).map((id) => ({ id, crm_id: customerId, active: null })),
  ];
}

/** A row of the contacts feed, whose customer's country is not known here. */
export function toMethodRow(method: ContactMethod, countryCode: string = DEFAULT_COUNTRY): MethodRow {
  return {
    id: method.id,
    crm_id: method.customer_id,
    ...valueOf(method, countryCode),
    memo: method.memo,
    do_not_text: method.do_not_text,
    active: method.active,
    modified_on: method.modified_on,
  };
}

/**
 * What kind of method it is decides how its value is read: without one of the two, both stay as they are
 * stored.
 */
function valueOf({ type, value }: ContactMethod, countryCode: string): object {
  if (type === undefined || value === undefined) return {};
  const normalized = PHONES.includes(type) ? normalizePhone(value, countryCode) : textOrNull(value);
  return { type, value, normalized, country_code: countryCode };
}

function textOrNull(text: string | null | undefined): string | null | undefined {
  return text === undefined ? undefined : text?.trim() || null;
}

/** Ids are numbers in custom_fields, as ServiceTitan has them, where a double holds them. */
function toNumber(id: string): number | string {
  return Number.isSafeInteger(Number(id)) ? Number(id) : id;
}
