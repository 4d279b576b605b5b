// Whether contacts equal ServiceTitan, by the expectation that is written apart from the product's mapping.
import { compareContacts, type Difference } from '../../local/compare.ts';
import { expectContact } from '../../local/expectation.ts';
import type { ContactRecord, CustomerRecord } from '../../local/serviceTitan/tenant/records.ts';
import type { TestWorkspace } from './workspace.ts';

export interface World {
  customers: CustomerRecord[];
  contacts: ContactRecord[];
}

export function readWorld({ simulator }: TestWorkspace): Promise<World> {
  return simulator<World>('GET', '/world');
}

/** Contacts that differ from ServiceTitan, by id and field; empty when all is equal. */
export async function differences(workspace: TestWorkspace): Promise<Difference[]> {
  const { customers, contacts } = await readWorld(workspace);
  const source = `production/${workspace.tenantId}`;
  const methods = Map.groupBy(contacts, (contact) => contact.customerId);
  const expected = customers.map((customer) => expectContact(customer, methods.get(customer.id) ?? [], source));
  return (await compareContacts(workspace.supabase, workspace.workspaceId, source, expected)).differences;
}
