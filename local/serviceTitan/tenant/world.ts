import { Faults } from '../faults.ts';
import type { ObservedCall } from '../faults/callMatch.ts';
import { RateLimit } from '../rateLimit.ts';
import { RequestLog } from '../requestLog.ts';
import { seedRecords } from '../seed/seedRecords.ts';
import { Journal } from './journal.ts';
import { tenantOptions, type Credentials, type TenantOptions } from './options.ts';
import { OddRecords } from './oddRecords.ts';

/** Called before a call is answered; the call waits for it. */
export type RequestHook = (call: ObservedCall) => void | Promise<void>;

/** One tenant of the simulated ServiceTitan: its records, its credentials, and what befalls the calls to it. */
export class World extends OddRecords {
  readonly tenantId: string;
  readonly credentials: Credentials;
  readonly faults = new Faults(() => this.clock.unixMs());
  readonly requests = new RequestLog();
  readonly rateLimit = new RateLimit();
  readonly #hooks = new Set<RequestHook>();

  /**
   * With a journal file, what happens to the records outlasts a restart. Throws a ZodError for options that can't be, a
   * WorldError for the journal of a tenant that began otherwise.
   */
  constructor(options: TenantOptions, journalFile?: string) {
    const { tenantId, seed, customers, switches, ...credentials } = tenantOptions.parse(options);
    super(seed, switches);
    this.tenantId = tenantId;
    this.credentials = credentials;
    seedRecords(this, customers);
    if (journalFile !== undefined) this.keepIn(new Journal(journalFile), { seed, customers });
  }

  /** Has the function called before every answer, so that customers can change between two page reads. Returns its end. */
  onRequest(hook: RequestHook): () => void {
    this.#hooks.add(hook);
    return () => this.#hooks.delete(hook);
  }

  async callHooks(call: ObservedCall): Promise<void> {
    for (const hook of this.#hooks) await hook(call);
  }
}
