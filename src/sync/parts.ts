// R24: a chunk that is too much for one call goes in parts. The Worker alone cuts it, by halves, and names each part by its
// records. What went through once is the size of the run's later calls.
import type { Rejected } from '../../supabase/functions/_shared/contactBatch.ts';
import { EdgeFunctionError } from '../errors.ts';
import type { PageRows } from './page.ts';

/** Records `from` to `to`, both counted from 0 and both in, of the `of` that a chunk holds. */
export interface Range {
  from: number;
  to: number;
  of: number;
}

/** How many records a call may have: learned within one step, and kept with its result. */
export class PartSize {
  #limit: number;
  #hasFailed = false;
  readonly #wasSlow: boolean;
  #lastTurn: Promise<unknown> = Promise.resolve();
  /** By the magnitude of the size: the largest that went through, and by how many more calls went through than did not. */
  readonly #tried = new Map<number, { largest: number; balance: number }>();

  /** `known`: what the steps before found out; nothing: whatever a chunk holds. */
  constructor(known: number | null | undefined) {
    this.#limit = known ?? Infinity;
    this.#wasSlow = known != null;
  }

  /** For the next chunk: the largest that goes through as a rule. So one bad record does not make all others go alone. */
  get limit(): number {
    if (!this.#hasFailed) return this.#limit;
    const passing = [...this.#tried.values()].filter(({ largest, balance }) => largest > 0 && balance >= 0);
    return passing.length === 0 ? this.#limit : Math.max(...passing.map(({ largest }) => largest));
  }

  /** What later steps begin with. */
  get known(): number | null {
    return Number.isFinite(this.limit) ? this.limit : null;
  }

  /**
   * Once something was too much, one call goes at a time: the database writes a workspace's chunks one after another, so that
   * each waits for those before it, and the wait would count as its own time.
   */
  inTurn(call: () => Promise<void>): Promise<void> {
    if (!this.#hasFailed && !this.#wasSlow) return call();
    const turn = this.#lastTurn.then(call);
    this.#lastTurn = turn.catch(() => {});
    return turn;
  }

  wasWritten(records: number): void {
    this.#note(records, 1);
  }

  wasTooMuch(records: number): void {
    this.#hasFailed = true;
    this.#limit = Math.min(this.#limit, Math.ceil(records / 2));
    this.#note(records, -1);
  }

  #note(records: number, by: 1 | -1): void {
    const magnitude = Math.ceil(Math.log2(Math.max(records, 1)));
    const { largest, balance } = this.#tried.get(magnitude) ?? { largest: 0, balance: 0 };
    this.#tried.set(magnitude, { largest: by === 1 ? Math.max(largest, records) : largest, balance: balance + by });
  }
}

/**
 * Writes a chunk by `send`, whole where that goes, else by halves of it. A part that got no answer in time is not asked again
 * by halves in this attempt, because there is no time left: the next one begins smaller. Rejects with the error of what can't
 * be cut any more; a single record that is too large is set aside.
 */
export async function writeInParts(
  rows: PageRows,
  size: PartSize,
  send: (part: PageRows, range: Range | null) => Promise<void>,
): Promise<void> {
  const of = countRecords(rows);
  const open = cut({ from: 0, to: of - 1, of }, size.limit);
  for (;;) {
    const range = open.shift();
    if (range === undefined) return;
    const records = range.to - range.from + 1;
    try {
      await size.inTurn(() => send(pick(rows, range), records === of ? null : range));
      size.wasWritten(records);
    } catch (error) {
      const tooMuch = error instanceof EdgeFunctionError ? error.tooMuch : undefined;
      if (tooMuch === undefined) throw error;
      if (records <= 1) {
        if (tooMuch !== 'bytes' || records === 0) throw error;
        await send(setAside(pick(rows, range)), of === 1 ? null : range);
        continue;
      }
      size.wasTooMuch(records);
      if (tooMuch === 'silence') throw error;
      open.unshift(...cut(range, Math.ceil(records / 2)));
    }
  }
}

/** The range by halves of halves, so that whoever repeats a step names the same parts. */
function cut(range: Range, most: number): Range[] {
  const records = range.to - range.from + 1;
  if (records <= Math.max(most, 1)) return [range];
  const middle = range.from + Math.ceil(records / 2);
  return [cut({ ...range, to: middle - 1 }, most), cut({ ...range, from: middle }, most)].flat();
}

function countRecords({ customers, contact_methods, rechecked, rejected }: PageRows): number {
  return customers.length + contact_methods.length + rechecked.length + rejected.length;
}

/** What goes with a page once goes with the first of its records. */
function pick(
  { customers, contact_methods, rechecked, rejected, unreadable, tag_types }: PageRows,
  { from, to }: Range,
): PageRows {
  let before = 0;
  const slice = <Record>(records: Record[]): Record[] => {
    const [start, end] = [Math.max(from - before, 0), Math.max(to + 1 - before, 0)];
    before += records.length;
    return records.slice(start, end);
  };
  return {
    customers: slice(customers),
    contact_methods: slice(contact_methods),
    rechecked: slice(rechecked),
    rejected: slice(rejected),
    ...(unreadable && from === 0 ? { unreadable } : {}),
    ...(tag_types !== undefined && from === 0 ? { tag_types } : {}),
  };
}

const TOO_LARGE = 'it is larger than the Edge Function takes: shorten its texts or its custom fields in ServiceTitan';

function setAside({ customers, contact_methods, rechecked, rejected, ...rest }: PageRows): PageRows {
  const tooLarge = (feed: Rejected['feed'], customer_id: string): Rejected => ({
    feed,
    customer_id,
    reason: TOO_LARGE,
  });
  return {
    customers: [],
    contact_methods: [],
    rechecked: [],
    rejected: [
      ...rejected,
      ...customers.map(({ id }) => tooLarge('customers', id)),
      ...[...contact_methods, ...rechecked].map(({ customer_id }) => tooLarge('contacts', customer_id)),
    ],
    ...rest,
  };
}
