import { isSystemic, type Rejected } from '../_shared/contactBatch.ts';
import { describeRefusal, type RefusalParts } from '../_shared/refusal.ts';
import { cutShort } from '../_shared/shapes.ts';
import { AnswerError } from './answerError.ts';

/** A record set aside, as the quarantine takes it; `sqlstate` is null where the database was not asked. */
export interface Refusal extends Rejected {
  sqlstate: string | null;
}

/** A record set aside here, by which the batch as a whole is judged. */
export interface Found extends Omit<Rejected, 'reason'> {
  parts: RefusalParts;
}

/** The batch as a whole can't be written: the fault is in the schema or in the sync, not in a record. */
export function refuseBatch(parts: RefusalParts, customers?: number): AnswerError {
  return new AnswerError(422, 'batch_refused', { ...parts, customers });
}

/** The records of one batch that are set aside: those the caller names, and those found here, once for each customer and feed. */
export class Refusals {
  readonly #customers: number;
  readonly #byCustomer = new Map<string, Refusal>();
  readonly #foundByReason = new Map<string, Found[]>();
  #found = 0;

  /** `customers` is of how many the batch holds records, `given` what its caller had set aside before. */
  constructor(customers: number, given: readonly Rejected[]) {
    this.#customers = customers;
    for (const rejected of given) this.#keep({ ...rejected, sqlstate: null });
  }

  /** Throws `AnswerError`, naming the commonest reason, when records of most of the batch's customers have come here. */
  add(found: Found): void {
    const { parts, ...record } = found;
    const reason = cutShort(describeRefusal(parts));
    // False for one of the same customer as one before.
    if (!this.#keep({ ...record, reason, sqlstate: parts.sqlstate ?? null })) return;
    this.#found += 1;
    this.#foundByReason.set(reason, [...(this.#foundByReason.get(reason) ?? []), found]);
    if (!isSystemic(this.#found, this.#customers)) return;
    const [commonest] = [...this.#foundByReason.values()].toSorted((one, other) => other.length - one.length);
    throw refuseBatch(commonest![0]!.parts, this.#customers);
  }

  get all(): Refusal[] {
    return [...this.#byCustomer.values()];
  }

  /** Whether it is the first of its customer and feed. */
  #keep(refusal: Refusal): boolean {
    const key = `${refusal.feed} ${refusal.customer_id}`;
    if (this.#byCustomer.has(key)) return false;
    this.#byCustomer.set(key, refusal);
    return true;
  }
}
