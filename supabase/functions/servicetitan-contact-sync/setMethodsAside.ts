// R20: a contact method that can't be used is set aside, never its customer.
import type { z } from 'zod';
import { contactMethodSchema } from '../_shared/contactBatch.ts';
import { ownMethods, storableMethod } from './sound.ts';

/** The customer without the methods that can't be used, and what is wrong with the first of these. */
export interface Apart {
  customer: ReturnType<typeof ownMethods.safeParse>;
  fault: z.ZodError;
}

/**
 * Null where no method is at fault. A method set aside counts as being there, by its id; without an id it may
 * be any of those stored, and then the customer's methods were not read whole.
 */
export function setMethodsAside(record: unknown): Apart | null {
  const methods = keyOf(record, 'contact_methods');
  if (!Array.isArray(methods)) return null;
  const sound: unknown[] = [];
  const unreadIds: unknown[] = [];
  let fault: z.ZodError | null = null;
  let isWhole = true;
  for (const method of methods) {
    const parsed = storableMethod.safeParse(method);
    if (parsed.success) {
      sound.push(method);
      continue;
    }
    fault ??= parsed.error;
    const id = contactMethodSchema.shape.id.safeParse(keyOf(method, 'id'));
    if (id.success) unreadIds.push(id.data);
    else isWhole = false;
  }
  if (fault === null) return null;
  const known = keyOf(record, 'unread_method_ids') ?? [];
  const customer = ownMethods.safeParse({
    ...(record as object),
    contact_methods: isWhole ? sound : null,
    unread_method_ids: Array.isArray(known) ? [...known, ...unreadIds] : known,
  });
  return { customer, fault };
}

function keyOf(record: unknown, key: string): unknown {
  return typeof record === 'object' && record !== null ? Reflect.get(record, key) : undefined;
}
