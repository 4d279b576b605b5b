import { isSystemic, type Rejected } from '../_shared/contactBatch.ts';

/** A record set aside, as the quarantine takes it; `sqlstate` is null where the database was not asked. */
export interface Refusal extends Rejected {
  sqlstate: string | null;
}

/** The batch as a whole can't be written: the fault is in the schema or in the sync, not in a record. */
export class BatchRefused extends Error {}

/** The records of one batch that are set aside: those the caller names, and those found here, once for each customer and feed. */
export class Refusals {
  readonly #records: number;
  readonly #byCustomer = new Map<string, Refusal>();
  readonly #countByReason = new Map<string, number>();
  #found = 0;

  /** `records` is how many the batch holds, `given` what its caller had set aside before. */
  constructor(records: number, given: readonly Rejected[]) {
    this.#records = records;
    for (const rejected of given) this.#keep({ ...rejected, sqlstate: null });
  }

  /** Throws `BatchRefused`, naming the commonest reason, when most of the batch's records have come here. */
  add(refusal: Refusal): void {
    this.#keep(refusal);
    this.#found += 1;
    this.#countByReason.set(refusal.reason, (this.#countByReason.get(refusal.reason) ?? 0) + 1);
    if (!isSystemic(this.#found, this.#records)) return;
    const [reason] = [...this.#countByReason].reduce((commonest, next) => (next[1] > commonest[1] ? next : commonest));
    throw new BatchRefused(
      `most of the batch's ${this.#records} records were refused, so the run stops; the commonest reason: ${reason}`,
    );
  }

  get all(): Refusal[] {
    return [...this.#byCustomer.values()];
  }

  #keep(refusal: Refusal): void {
    const key = `${refusal.feed} ${refusal.customer_id}`;
    if (!this.#byCustomer.has(key)) this.#byCustomer.set(key, refusal);
  }
}
