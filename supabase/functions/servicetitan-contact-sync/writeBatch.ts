// R10: one bad record harms only itself. A call that the database refuses for a reason of data is halved until the record
// stands alone; that one is set aside with its reason and the rest is written.
import { z } from 'zod';
import type { BatchEnvelope, BatchResult, Commit, Rejected, Run, Witness } from '../_shared/contactBatch.ts';
import { callDatabase, DataError, type Rpc } from './database.ts';
import { normalizePhone } from './phone.ts';
import { refuseBatch, type Refusal, type Refusals } from './refusals.ts';
import type { ContactRow, MethodRow } from './toContactRow.ts';

/** What stands or falls together: a customer with its re-read methods, or one row of the contacts feed. */
export interface Item {
  feed: Rejected['feed'];
  customerId: string;
  customer: ContactRow | null;
  methods: MethodRow[];
  /** Set where the recheck list asked for the customer, whose methods these are, read whole. */
  recheck?: { crm_id: string; witness: Witness | null };
}

export interface Writing {
  run: Run;
  items: Item[];
  /** Holds what was set aside before the database was asked, and takes what the database refuses. */
  refusals: Refusals;
  /** What was left out of the records, counted with the first call that holds what was set aside. */
  unreadable: BatchEnvelope['unreadable'];
  /** How the page was read, as the envelope says. */
  reading: Pick<BatchEnvelope, 'retries_quarantined'>;
  commit: Commit | null;
}

/** What goes with one call of a batch alone. */
interface More extends Pick<Writing, 'unreadable'> {
  setAside: Refusal[];
  withCommit: Commit | null;
}

const NO_MORE: More = { setAside: [], unreadable: undefined, withCommit: null };

/** What sync_servicetitan_contacts answers. */
const writtenSchema = z.object({
  created: z.number(),
  updated: z.number(),
  unchanged: z.number(),
  stale: z.number(),
  renormalize: z.array(z.object({ id: z.string(), crm_id: z.string(), value: z.string(), country_code: z.string() })),
});

/**
 * Writes the batch and answers what became of it. Rejects with `AnswerError` when the batch is refused as a whole, or for a fault
 * that is not about a record. The commit travels with the last call, after all others were acknowledged.
 */
export async function writeBatch(
  { run, items, refusals, unreadable, reading, commit }: Writing,
  rpc: Rpc,
): Promise<BatchResult> {
  const total = { created: 0, updated: 0, unchanged: 0, stale: 0 };

  const write = async (part: string, some: Item[], more: More = NO_MORE) => {
    const { setAside, withCommit } = more;
    const { workspace_id, instance_id, fence, page, expected } = run;
    const wireRun = { workspace_id, instance_id, fence, page, part, ...(expected == null ? {} : { expected }) };
    const batch = {
      run: wireRun,
      customers: some.flatMap(({ customer }) => customer ?? []),
      contact_methods: some.flatMap(({ methods }) => methods),
      rechecked: some.flatMap(({ recheck }) => recheck ?? []),
      rejected: setAside.map(({ customer_id, ...reason }) => ({ crm_id: customer_id, ...reason })),
      ...reading,
      ...(more.unreadable ? { unreadable: more.unreadable } : {}),
      commit: withCommit,
    };
    const written = await callDatabase(rpc, 'sync_servicetitan_contacts', { p_batch: batch }, writtenSchema);
    total.created += written.created;
    total.updated += written.updated;
    total.unchanged += written.unchanged;
    total.stale += written.stale;
    if (written.renormalize.length > 0) {
      const phones = written.renormalize.map(({ value, ...phone }) => ({
        ...phone,
        normalized: normalizePhone(value, phone.country_code),
      }));
      const parameters = { p_run: wireRun, p_phones: phones, p_commit: withCommit };
      await callDatabase(rpc, 'renormalize_servicetitan_phones', parameters, z.unknown());
    }
  };

  const isolate = async (part: string, some: Item[]): Promise<void> => {
    try {
      await write(part, some);
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      const [first, ...others] = some;
      if (!first) throw error;
      if (others.length > 0) return halve(part, some);
      refusals.add({
        feed: first.feed,
        customer_id: first.customerId,
        parts: error.parts,
      });
    }
  };
  const halve = async (part: string, some: Item[]): Promise<void> => {
    const middle = Math.ceil(some.length / 2);
    await isolate(`${part}.0`, some.slice(0, middle));
    await isolate(`${part}.1`, some.slice(middle));
  };

  const whole = String(run.chunk);
  try {
    await write(whole, items, { setAside: refusals.all, unreadable, withCommit: commit });
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    await isolate(whole, items);
    const rest = { setAside: refusals.all, unreadable, withCommit: commit };
    await write(`${whole}.rest`, [], rest).catch((fault: unknown) => {
      if (!(fault instanceof DataError)) throw fault;
      throw refuseBatch(fault.parts);
    });
  }
  const errors = refusals.all.map(({ feed, customer_id, reason }) => ({ feed, customer_id, reason }));
  return { ...total, errors };
}
