import type { Call } from '../call.ts';
import type { CustomerRecord } from '../tenant/records.ts';

/** One customer, none when the id is unknown, or all when no id was given. */
export function customersAskedFor({ world }: Call, customerId: number | undefined): CustomerRecord[] {
  if (customerId === undefined) return world.customers;
  const customer = world.customer(customerId);
  return customer === undefined ? [] : [customer];
}
