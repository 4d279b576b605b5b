import { z } from 'zod';
import type { UnreadableField } from '../../supabase/functions/_shared/contactBatch.ts';
import type { Fields } from './fields.ts';
import {
  amount,
  type CustomField,
  customField,
  type ExternalData,
  externalData,
  flag,
  id,
  isRecord,
  listOf,
  readId,
  text,
  time,
} from './kinds.ts';
import type { RecordKind } from './recordKind.ts';
import { idSchema, instant } from './schemas.ts';

type Address = Record<'street' | 'unit' | 'city' | 'state' | 'zip' | 'country', string | null | undefined> &
  Record<'latitude' | 'longitude', number | null | undefined>;

/**
 * The customer record, the same in the list and in the export feed. It carries no phone and no e-mail.
 * `undefined` is what could not be read; of `name` and `active` also what is empty.
 */
export interface Customer {
  id: string;
  modifiedOn: string;
  name: string | undefined;
  type: string | null | undefined;
  active: boolean | undefined;
  mergedToId: string | null | undefined;
  createdOn: string | null | undefined;
  address: Address;
  balance: number | null | undefined;
  taxExempt: boolean | null | undefined;
  doNotMail: boolean | null | undefined;
  doNotService: boolean | null | undefined;
  nationalAccount: boolean | null | undefined;
  paymentTermId: string | null | undefined;
  creditLimit: number | null | undefined;
  creditLimitBalance: number | null | undefined;
  tagTypeIds: string[] | undefined;
  customFields: CustomField[] | undefined;
  externalData: ExternalData[] | undefined;
}

const EXPECTED: readonly UnreadableField[] = [
  'customer.name',
  'customer.type',
  'customer.active',
  'customer.mergedToId',
  'customer.createdOn',
  'customer.address',
  'customer.address.street',
  'customer.address.unit',
  'customer.address.city',
  'customer.address.state',
  'customer.address.zip',
  'customer.address.country',
  'customer.address.latitude',
  'customer.address.longitude',
  'customer.balance',
  'customer.taxExempt',
  'customer.doNotMail',
  'customer.doNotService',
  'customer.nationalAccount',
  'customer.paymentTermId',
  'customer.creditLimit',
  'customer.creditLimitBalance',
  'customer.tagTypeIds',
  'customer.customFields',
  'customer.externalData',
];

/** Customers of a list or of the feed. Only `id` and `modifiedOn` must be right (R20). */
export const customers: RecordKind<Customer> = {
  customerId: { key: 'id' },
  steering: z.object({ id: idSchema, modifiedOn: instant }),
  expected: EXPECTED,
  read(record, { id: customerId, modifiedOn }, fields) {
    return {
      id: customerId,
      modifiedOn,
      name: fields.read(record, 'customer.name', text) ?? undefined,
      type: fields.read(record, 'customer.type', text),
      active: fields.read(record, 'customer.active', flag) ?? undefined,
      mergedToId: fields.read(record, 'customer.mergedToId', id),
      createdOn: fields.read(record, 'customer.createdOn', time),
      address: readAddress(record, fields),
      balance: fields.read(record, 'customer.balance', amount),
      taxExempt: fields.read(record, 'customer.taxExempt', flag),
      doNotMail: fields.read(record, 'customer.doNotMail', flag),
      doNotService: fields.read(record, 'customer.doNotService', flag),
      nationalAccount: fields.read(record, 'customer.nationalAccount', flag),
      paymentTermId: fields.read(record, 'customer.paymentTermId', id),
      creditLimit: fields.read(record, 'customer.creditLimit', amount),
      creditLimitBalance: fields.read(record, 'customer.creditLimitBalance', amount),
      tagTypeIds: fields.read(record, 'customer.tagTypeIds', TAGS),
      customFields: fields.read(record, 'customer.customFields', CUSTOM_FIELDS),
      externalData: fields.read(record, 'customer.externalData', EXTERNAL_DATA),
    };
  },
};

const TAGS = listOf(readId);
const CUSTOM_FIELDS = listOf(customField);
const EXTERNAL_DATA = listOf(externalData);

const EMPTY_ADDRESS: Address = {
  street: null,
  unit: null,
  city: null,
  state: null,
  zip: null,
  country: null,
  latitude: null,
  longitude: null,
};
const UNREADABLE_ADDRESS: Address = {
  street: undefined,
  unit: undefined,
  city: undefined,
  state: undefined,
  zip: undefined,
  country: undefined,
  latitude: undefined,
  longitude: undefined,
};

function readAddress(record: Record<string, unknown>, fields: Fields): Address {
  const parts = fields.read<Record<string, unknown> | null>(record, 'customer.address', (value) =>
    value === undefined || value === null ? null : isRecord(value) ? value : undefined,
  );
  if (parts === undefined) return UNREADABLE_ADDRESS;
  if (parts === null) return EMPTY_ADDRESS;
  return {
    street: fields.read(parts, 'customer.address.street', text),
    unit: fields.read(parts, 'customer.address.unit', text),
    city: fields.read(parts, 'customer.address.city', text),
    state: fields.read(parts, 'customer.address.state', text),
    zip: fields.read(parts, 'customer.address.zip', text),
    country: fields.read(parts, 'customer.address.country', text),
    latitude: fields.read(parts, 'customer.address.latitude', amount),
    longitude: fields.read(parts, 'customer.address.longitude', amount),
  };
}
