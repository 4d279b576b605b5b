import type { Call } from '../call.ts';
import type { CustomerRecord } from '../tenant/records.ts';
import { isHidden } from './seen.ts';

/** One customer, none when the id is unknown, or all when no id was given. */
export function customersAskedFor(call: Call, customerId: number | undefined): CustomerRecord[] {
  const { world } = call;
  const customers = customerId === undefined ? world.customers : [world.customer(customerId)];
  return customers.filter((customer) => customer !== undefined && !isHidden(call, customer.id)) as CustomerRecord[];
}
