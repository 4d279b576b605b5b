import type { Unreadable, UnreadableField } from '../../supabase/functions/_shared/contactBatch.ts';
import { isRecord, type Read } from './kinds.ts';

/** From so many records on, what all of them have in common is no matter of single ones. */
export const WHOLE_PAGE_FROM = 10;

/** Stands for a key that no record of a page has: no reader takes it. */
const NOWHERE = Symbol('nowhere');

/**
 * Reads the fields of one page's records and counts what could not be read (R20): once for each record and
 * field. A key that every record should have and none of ten or more has is unreadable in each: it was
 * renamed, and is not empty.
 */
export class Fields {
  readonly unreadable: Unreadable = {};
  readonly #nowhere: ReadonlySet<UnreadableField>;

  constructor(records: readonly unknown[], expected: readonly UnreadableField[]) {
    this.#nowhere = findNowhere(records, expected);
  }

  read<Value>(record: Record<string, unknown>, name: UnreadableField, read: Read<Value>): Value | undefined {
    const value = this.#nowhere.has(name) ? NOWHERE : record[name.slice(name.lastIndexOf('.') + 1)];
    let isWhole = true;
    const taken = read(value, () => {
      isWhole = false;
    });
    if (taken === undefined || !isWhole) this.count(name);
    return taken;
  }

  count(name: UnreadableField): void {
    this.unreadable[name] = (this.unreadable[name] ?? 0) + 1;
  }
}

/** Of the fields that every record should have, those that none has. */
function findNowhere(records: readonly unknown[], expected: readonly UnreadableField[]): Set<UnreadableField> {
  if (records.length < WHOLE_PAGE_FROM) return new Set();
  return new Set(
    expected.filter((name) => {
      const [, ...path] = name.split('.');
      const key = path.pop()!;
      const holders = records.map((record) => follow(record, path)).filter(isRecord);
      return holders.length >= WHOLE_PAGE_FROM && !holders.some((holder) => Object.hasOwn(holder, key));
    }),
  );
}

function follow(record: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((part, key) => (isRecord(part) ? part[key] : undefined), record);
}
