// R10: one bad record harms only itself. A call that the database refuses for a reason of data is halved until the record
// stands alone; that one is set aside with its reason and the rest is written.
import type { BatchResult, Commit, Rejected, Run } from '../_shared/contactBatch.ts';
import { callDatabase, DataError, type Rpc } from './database.ts';
import { normalizePhone } from './phone.ts';
import type { ContactRow, MethodRow } from './toContactRow.ts';

/** What stands or falls together: a customer with its re-read methods, or one row of the contacts feed. */
export interface Item {
  feed: Rejected['feed'];
  customerId: string;
  customer: ContactRow | null;
  methods: MethodRow[];
}

export interface Writing {
  run: Run;
  items: Item[];
  /** Set aside before the database was asked. */
  rejected: Rejected[];
  commit: Commit | null;
}

interface Written {
  created: number;
  updated: number;
  unchanged: number;
  stale: number;
  renormalize: { id: string; crm_id: string; value: string; country_code: string }[];
  committed: boolean;
}

/** So many refusals, and more than half of all, are no longer about single records. */
const MIN_REFUSED = 10;

/** Most of the batch was refused: the fault is in the schema or in the sync, not in a record. */
export class BatchRefused extends Error {}

/**
 * Writes the batch and answers what became of it. Rejects with `BatchRefused`, or with the `DatabaseError` of a fault that
 * is not about a record. The commit travels with the last call, after all others were acknowledged.
 */
export async function writeBatch({ run, items, rejected, commit }: Writing, rpc: Rpc): Promise<BatchResult> {
  const total: BatchResult = { created: 0, updated: 0, unchanged: 0, stale: 0, errors: [...rejected] };

  const write = async (
    part: string,
    some: Item[],
    setAside: (Rejected & { sqlstate?: string })[],
    withCommit: Commit | null,
  ) => {
    const { workspace_id, instance_id, fence, page } = run;
    const wireRun = { workspace_id, instance_id, fence, page, part };
    const written = (await callDatabase(rpc, 'sync_servicetitan_contacts', {
      p_batch: {
        run: wireRun,
        customers: some.flatMap(({ customer }) => customer ?? []),
        contact_methods: some.flatMap(({ methods }) => methods),
        rejected: setAside.map(({ customer_id, ...reason }) => ({ crm_id: customer_id, ...reason })),
        commit: withCommit,
      },
    })) as Written;
    if (written.renormalize.length > 0) {
      await callDatabase(rpc, 'renormalize_servicetitan_phones', {
        p_run: wireRun,
        p_phones: written.renormalize.map(({ id, crm_id, value, country_code }) => ({
          id,
          crm_id,
          normalized: normalizePhone(value, country_code),
          country_code,
        })),
        p_commit: withCommit,
      });
    }
    total.created += written.created;
    total.updated += written.updated;
    total.unchanged += written.unchanged;
    total.stale += written.stale;
  };

  const refused: (Rejected & { sqlstate: string })[] = [];
  const isolate = async (part: string, some: Item[]): Promise<void> => {
    try {
      await write(part, some, [], null);
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      if (some.length > 1) return halve(part, some);
      const { feed, customerId } = some[0]!;
      refused.push({ feed, customer_id: customerId, reason: error.message, sqlstate: error.sqlState });
      if (refused.length >= MIN_REFUSED && refused.length * 2 > items.length) throw new BatchRefused(error.message);
    }
  };
  const halve = async (part: string, some: Item[]): Promise<void> => {
    const middle = Math.ceil(some.length / 2);
    await isolate(`${part}.0`, some.slice(0, middle));
    await isolate(`${part}.1`, some.slice(middle));
  };

  const whole = String(run.chunk);
  try {
    await write(whole, items, rejected, commit);
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    await isolate(whole, items);
    await write(`${whole}.rest`, [], [...rejected, ...refused], commit);
    total.errors.push(...refused.map(({ feed, customer_id, reason }) => ({ feed, customer_id, reason })));
  }
  return total;
}
