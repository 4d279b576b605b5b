import { isSystemic, type Rejected } from '../_shared/contactBatch.ts';

/** A record set aside, as the quarantine takes it; `sqlstate` is null where the database was not asked. */
export interface Refusal extends Rejected {
  sqlstate: string | null;
}

/** The batch as a whole can't be written: the fault is in the schema or in the sync, not in a record. */
export class BatchRefused extends Error {}

/** The records of one batch that are set aside: those the caller names, and those found here, once for each customer and feed. */
export class Refusals {
  readonly #customers: number;
  readonly #byCustomer = new Map<string, Refusal>();
  readonly #countByReason = new Map<string, number>();
  #found = 0;

  /** `customers` is of how many the batch holds records, `given` what its caller had set aside before. */
  constructor(customers: number, given: readonly Rejected[]) {
    this.#customers = customers;
    for (const rejected of given) this.#keep({ ...rejected, sqlstate: null });
  }

  /** Throws `BatchRefused`, naming the commonest reason, when records of most of the batch's customers have come here. */
  add(refusal: Refusal): void {
    if (!this.#keep(refusal)) return; // of the same customer as one before
    this.#found += 1;
    this.#countByReason.set(refusal.reason, (this.#countByReason.get(refusal.reason) ?? 0) + 1);
    if (!isSystemic(this.#found, this.#customers)) return;
    const [reason] = [...this.#countByReason].reduce((commonest, next) => (next[1] > commonest[1] ? next : commonest));
    throw new BatchRefused(
      `records of most of the batch's ${this.#customers} customers were refused, so the run stops; the commonest reason: ${reason}`,
    );
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
