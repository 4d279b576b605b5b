// Texts as they are read from the database. What this code stores there is short and holds no secret; but others write to the
// same tables, and an older version may have.
import { z } from 'zod';
import { cutShort, LONGEST } from '../../supabase/functions/_shared/shapes.ts';
import { withoutSecrets } from '../secrets.ts';

/** As long as the API takes one (input.ts). */
export const LONGEST_NAME = 200;

/** The text without secrets and cut, in this order, because half a secret is not found. */
export function toShown(text: string, longest = LONGEST): string {
  return cutShort(withoutSecrets(text), longest);
}

/** A message: an error, a reason. */
export const storedMessage = z.string().transform((text) => toShown(text));

/** The name of a workspace. */
export const storedName = z.string().transform((text) => toShown(text, LONGEST_NAME));
