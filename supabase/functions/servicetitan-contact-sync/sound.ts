// Records as they can be written. Each is checked on its own, so that a bad one harms only itself (R10).
import { contactMethodSchema, customerSchema, recheckSchema } from '../_shared/contactBatch.ts';
import type { Fault } from '../_shared/refusal.ts';
import { isUnstorable } from './unstorable.ts';

/**
 * Re-read methods replace the customer's stored ones, so one of another customer would be taken from its
 * owner.
 */
export const ownMethods = customerSchema
  .refine(({ id, contact_methods }) => (contact_methods ?? []).every((method) => method.customer_id === id), {
    path: ['contact_methods'],
    message: 'other_customer' satisfies Fault,
  })
  .refine((customer) => !isUnstorable(customer), 'unstorable' satisfies Fault);

export const ownRecheck = recheckSchema
  .refine(
    ({ customer_id, customer, contact_methods }) =>
      (customer === null || customer.id === customer_id) &&
      (contact_methods ?? []).every((method) => method.customer_id === customer_id),
    { path: ['contact_methods'], message: 'other_customer' satisfies Fault },
  )
  .refine((recheck) => !isUnstorable(recheck), 'unstorable' satisfies Fault);

export const storableMethod = contactMethodSchema.refine(
  (method) => !isUnstorable(method),
  'unstorable' satisfies Fault,
);
