import { toName } from '../../supabase/functions/_shared/name.ts';
import { flag, isRecord, readId, text } from './kinds.ts';

/** A tag that customers may carry. */
export interface TagType {
  id: string;
  name: string;
  active: boolean;
}

/** Null for a record without an id or a name that can be read: it names nothing. */
export function readTagType(record: unknown): TagType | null {
  if (!isRecord(record)) return null;
  const id = readId(record['id']);
  const name = toName(text(record['name'], () => {}) ?? undefined);
  if (id === undefined || name === undefined) return null;
  return { id, name, active: flag(record['active'], () => {}) ?? true };
}
