import type { CustomerRecord } from '../tenant/records.ts';
import { shown, type Version } from '../tenant/table.ts';

/** The customer as it goes out; `externalData` is what comes where the customer has none. */
export function shownCustomer(
  version: Version<CustomerRecord>,
  externalData: CustomerRecord['externalData'],
): CustomerRecord {
  const record = shown(version);
  return record.externalData === null && externalData !== null ? { ...record, externalData } : record;
}
