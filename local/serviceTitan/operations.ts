import { z } from 'zod';
import { randomChanges } from './seed/randomChanges.ts';
import { contactChanges, customerChanges, newContact, newCustomer } from './tenant/records.ts';
import type { World } from './tenant/world.ts';

const id = z.int().positive();
const operationOf = <Name extends string, Shape extends z.ZodRawShape>(name: Name, shape: Shape) =>
  z.strictObject({ operation: z.literal(name), ...shape });

/** Something done to a tenant's records, as JSON: how other processes and scheduled changes reach a world's methods. */
export const operation = z.discriminatedUnion('operation', [
  operationOf('createCustomer', { customer: newCustomer }),
  operationOf('changeCustomer', { customerId: id, changes: customerChanges }),
  operationOf('createContact', { customerId: id, contact: newContact }),
  operationOf('changeContact', { contactId: id, changes: contactChanges }),
  operationOf('deleteContact', { contactId: id }),
  operationOf('moveContact', { contactId: id, customerId: id }),
  operationOf('shareContact', { contactId: id, customerId: id }),
  operationOf('unshareContact', { contactId: id, customerId: id }),
  operationOf('renumber', { id, wireId: z.string() }),
  operationOf('changeCustomerWithoutStamp', { customerId: id, changes: customerChanges }),
  operationOf('changeContactWithoutStamp', { contactId: id, changes: contactChanges }),
  operationOf('merge', { loser: id, winner: id }),
  operationOf('unmerge', { customerId: id }),
  operationOf('moveBalance', { customerId: id, amount: z.number() }),
  operationOf('restamp', {
    customerIds: z.exactOptional(z.array(id)),
    contactIds: z.exactOptional(z.array(id)),
    modifiedOn: z.string(),
  }),
  operationOf('addNote', { customerId: id, text: z.string(), pinToTop: z.exactOptional(z.boolean()) }),
  operationOf('randomChanges', { count: z.int().nonnegative(), seed: z.int() }),
]);

export type Operation = z.infer<typeof operation>;

/** Carries it out and returns the record it made or changed. Throws a WorldError for what can't be. */
export function apply(world: World, operation: Operation): unknown {
  switch (operation.operation) {
    case 'createCustomer':
      return world.createCustomer(operation.customer);
    case 'changeCustomer':
      return world.changeCustomer(operation.customerId, operation.changes);
    case 'createContact':
      return world.createContact(operation.customerId, operation.contact);
    case 'changeContact':
      return world.changeContact(operation.contactId, operation.changes);
    case 'deleteContact':
      return world.deleteContact(operation.contactId);
    case 'moveContact':
      return world.moveContact(operation.contactId, operation.customerId);
    case 'shareContact':
      return world.shareContact(operation.contactId, operation.customerId);
    case 'unshareContact':
      return world.unshareContact(operation.contactId, operation.customerId);
    case 'renumber':
      return world.renumber(operation.id, operation.wireId);
    case 'changeCustomerWithoutStamp':
    case 'changeContactWithoutStamp':
      return world.changeWithoutStamp(operation);
    case 'merge':
      return world.merge(operation.loser, operation.winner);
    case 'unmerge':
      return world.unmerge(operation.customerId);
    case 'moveBalance':
      return world.moveBalance(operation.customerId, operation.amount);
    case 'restamp':
      return world.restamp(operation, operation.modifiedOn);
    case 'addNote':
      return world.addNote(operation.customerId, operation.text, operation.pinToTop);
    case 'randomChanges':
      return randomChanges(world, operation);
  }
}
