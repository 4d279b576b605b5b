// R16: canaries. Before an empty list is believed, a customer that should have contact methods is asked in the same way.
import type { Witness } from '../../supabase/functions/_shared/contactBatch.ts';
import type { ServiceTitan } from './context.ts';
import { mayBeOfOne, readMethods } from './customerMethods.ts';

/** What the canaries of one way of asking showed. */
export interface Proof {
  /** Whether the first list that was answered had something in it. Null: none was answered, or there was nobody to ask. */
  isGood: boolean | null;
  /** Who was answered. */
  answered: string | null;
  /** Who came empty, or failed: what became of them is asked next. */
  suspects: string[];
}

/** Asks one after the other until one is answered: the next is the control of the one that fails (R10). */
export async function askCanaries({ api }: ServiceTitan, canaries: readonly string[], ask: Witness): Promise<Proof> {
  const suspects: string[] = [];
  for (const id of canaries) {
    try {
      const { contacts, unreadIds } = await readMethods(api, id, ask);
      const isGood = contacts.length + unreadIds.length > 0;
      if (!isGood) suspects.push(id);
      return { isGood, answered: id, suspects };
    } catch (error) {
      if (!mayBeOfOne(error)) throw error;
      suspects.push(id);
    }
  }
  return { isGood: null, answered: null, suspects };
}
