// R25: what the contact shows in place of what its phones and e-mails make of it.
import type { StoredCustomer } from '../supabase/reports.ts';

/**
 * The names of the columns, and of the keys of `custom_fields`, in which a phone, an e-mail or a consent is not the one that was
 * chosen: the product has changed it, or nothing that is stored explains it. Never a value.
 */
export function namesOfEdits({ contact, chosen }: StoredCustomer): string[] {
  const shown: Record<string, unknown> = { ...contact.custom_fields, phone: contact.phone, email: contact.email };
  return Object.keys(chosen).filter((name) => (shown[name] ?? null) !== (chosen[name] ?? null));
}
