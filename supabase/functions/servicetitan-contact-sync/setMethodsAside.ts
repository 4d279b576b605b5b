// R20: a contact method that can't be used is set aside, never its customer.
import type { z } from 'zod';
import { contactMethodSchema } from '../_shared/contactBatch.ts';
import { storableMethod } from './sound.ts';

/** The record without the methods that can't be used, and what is wrong with the first of these. */
export interface Apart<Sound> {
  record: z.ZodSafeParseResult<Sound>;
  fault: z.ZodError;
}

/**
 * Null where no method is at fault. A method set aside counts as being there, by its id; without an id it may
 * be any of those stored, and then the customer's methods were not read whole.
 */
export function setMethodsAside<Sound>(record: unknown, sound: z.ZodType<Sound>): Apart<Sound> | null {
  const methods = keyOf(record, 'contact_methods');
  if (!Array.isArray(methods)) return null;
  const storable: unknown[] = [];
  const unreadIds: unknown[] = [];
  let fault: z.ZodError | null = null;
  let isWhole = true;
  for (const method of methods) {
    const parsed = storableMethod.safeParse(method);
    if (parsed.success) {
      storable.push(method);
      continue;
    }
    fault ??= parsed.error;
    const id = contactMethodSchema.shape.id.safeParse(keyOf(method, 'id'));
    if (id.success) unreadIds.push(id.data);
    else isWhole = false;
  }
  if (fault === null) return null;
  const known = keyOf(record, 'unread_method_ids') ?? [];
  const apart = sound.safeParse({
    ...(record as object),
    contact_methods: isWhole ? storable : null,
    unread_method_ids: Array.isArray(known) ? [...known, ...unreadIds] : known,
  });
  return { record: apart, fault };
}

function keyOf(record: unknown, key: string): unknown {
  return typeof record === 'object' && record !== null ? Reflect.get(record, key) : undefined;
}
