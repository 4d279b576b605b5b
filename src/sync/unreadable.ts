import type { Unreadable, UnreadableField } from '../../supabase/functions/_shared/contactBatch.ts';

/** Adds the counts of `more` to those of `total`. */
export function addUnreadable(total: Unreadable, more: Unreadable): void {
  for (const [name, count] of Object.entries(more) as [UnreadableField, number][]) {
    total[name] = (total[name] ?? 0) + count;
  }
}
