// What the wire says becomes what the SQL function takes.
import type { ContactMethod, Customer, Recheck } from '../_shared/contactBatch.ts';
import { toName } from '../_shared/name.ts';
import { toCountryCode } from './countryCode.ts';
import { gradeEmail } from './email.ts';
import { gradePhone } from './phone.ts';
import type { Graded } from './usability.ts';

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

/** `home`: the workspace's own country. */
export function toContactRow(customer: Customer, home: string): ContactRow {
  const { address } = customer;
  return {
    crm_id: customer.id,
    name: toName(customer.name),
    active: customer.active,
    merged_to_crm_id: customer.merged_to_id,
    crm_modified_on: customer.modified_on,
    address_street: textOrNull(address.street),
    address_unit: textOrNull(address.unit),
    address_city: textOrNull(address.city),
    address_state: textOrNull(address.state),
    address_zip: textOrNull(address.zip),
    address_country: textOrNull(address.country),
    address_country_code: address.country === undefined ? undefined : countryOf(address, home),
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

/** A state that can't be read is none here: it only tells Canada from California. */
function countryOf({ country, state }: Customer['address'], home: string): string | null {
  return toCountryCode(country ?? null, state ?? null, home);
}

/**
 * The re-read methods of a customer, phones read in its country; those that can't be read by their ids alone.
 */
export function toMethodRows(customer: Customer, home: string): MethodRow[] {
  return rowsOf(customer.id, customer, customer, home);
}

/** The same of a recheck; where its customer was not asked for, the country is not known here. */
export function toRecheckedRows(recheck: Recheck, home: string): MethodRow[] {
  return rowsOf(recheck.customer_id, recheck, recheck.customer, home);
}

function rowsOf(
  customerId: string,
  { contact_methods, unread_method_ids }: Pick<Customer, 'contact_methods' | 'unread_method_ids'>,
  customer: Customer | null,
  home: string,
): MethodRow[] {
  const address = customer && countryOf(customer.address, home);
  return [
    ...(contact_methods ?? []).map((method) => toMethodRow(method, home, address)),
    ...(unread_method_ids ?? []).map((id) => ({ id, crm_id: customerId, active: null })),
  ];
}

/** `address`: the customer's country; null where it is not known here, as of a row of the contacts feed. */
export function toMethodRow(method: ContactMethod, home: string, address: string | null = null): MethodRow {
  return {
    id: method.id,
    crm_id: method.customer_id,
    ...valueOf(method, home, address),
    memo: method.memo,
    do_not_text: method.do_not_text,
    marketing: method.marketing,
    active: method.active,
    modified_on: method.modified_on,
  };
}

/**
 * What kind of method it is decides how its value is read: without one of the two, both stay as they are
 * stored.
 */
function valueOf({ type, value }: ContactMethod, home: string, address: string | null): object {
  if (type === undefined || value === undefined) return {};
  const graded = gradeMethod(type, value, home, address);
  return { type, value, ...graded, home_country: home };
}

/** R25: of a kind that nobody knows, the text is kept and never chosen. */
function gradeMethod(type: string, value: string, home: string, address: string | null): Graded {
  if (PHONES.includes(type)) return gradePhone(value, { home, address });
  return gradeEmail(value);
}

function textOrNull(text: string | null | undefined): string | null | undefined {
  return text === undefined ? undefined : text?.trim() || null;
}

/** Ids are numbers in custom_fields, as ServiceTitan has them, where a double holds them. */
function toNumber(id: string): number | string {
  return Number.isSafeInteger(Number(id)) ? Number(id) : id;
}
