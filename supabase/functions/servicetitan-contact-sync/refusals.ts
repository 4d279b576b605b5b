import type { Rejected } from '../_shared/contactBatch.ts';
import { describeRefusal, type RefusalParts } from '../_shared/refusal.ts';
import { cutShort } from '../_shared/shapes.ts';
import { AnswerError } from './answerError.ts';

/** A record set aside, as the quarantine takes it; `sqlstate` is null where the database was not asked. */
export interface Refusal extends Rejected {
  sqlstate: string | null;
}

/** A record set aside here. */
export interface Found extends Omit<Rejected, 'reason'> {
  parts: RefusalParts;
}

/** The batch as a whole can't be written: the fault is in the schema or in the sync, not in a record. */
export function refuseBatch(parts: RefusalParts): AnswerError {
  return new AnswerError(422, 'batch_refused', parts);
}

/**
 * The records of one batch that are set aside: those the caller names, and those found here, once for each customer and
 * feed. However many they are, they stop nobody (R10): the run says how many there were.
 */
export class Refusals {
  readonly #byCustomer = new Map<string, Refusal>();

  /** `given` is what the caller had set aside before. */
  constructor(given: readonly Rejected[]) {
    for (const rejected of given) this.#keep({ ...rejected, sqlstate: null });
  }

  add({ parts, ...record }: Found): void {
    this.#keep({ ...record, reason: cutShort(describeRefusal(parts)), sqlstate: parts.sqlstate ?? null });
  }

  get all(): Refusal[] {
    return [...this.#byCustomer.values()];
  }

  /** Of one customer and feed the first is kept. */
  #keep(refusal: Refusal): void {
    const key = `${refusal.feed} ${refusal.customer_id}`;
    if (!this.#byCustomer.has(key)) this.#byCustomer.set(key, refusal);
  }
}
