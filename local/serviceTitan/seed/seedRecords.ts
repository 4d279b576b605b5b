import type { TenantRecords } from '../tenant/tenantRecords.ts';
import { inventCustomer } from './customers.ts';
import { times } from './times.ts';

/** Fills a new tenant with so many customers, some of them inactive or merged into an earlier one. */
export function seedRecords(records: TenantRecords, count: number): void {
  const { random } = records;
  const ids: number[] = [];
  for (let number = 0; number < count; number++) {
    const { createdOn, modifiedOn } = times(random);
    const { contacts = [], ...customer } = inventCustomer(random);
    // The first is the one of the examples, and stays as one expects it.
    const isMerged = number > 0 && random.percent(2);
    const isInactive = number > 0 && (isMerged || random.percent(4));
    const { id } = records.createCustomer({
      ...customer,
      active: !isInactive,
      mergedToId: isMerged ? random.pick(ids) : null,
      createdOn,
      modifiedOn,
      contacts: contacts.map((contact) => ({ ...contact, createdOn, modifiedOn })),
    });
    ids.push(id);
  }
  records.publish();
}
