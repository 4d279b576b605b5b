// R10: one bad record harms only itself. When the database refuses a call for a reason of data, each of its records is
// written for itself, in few calls; those that are refused are set aside with the reason.
import { z } from 'zod';
import type { BatchEnvelope, BatchResult, Commit, Rejected, Run, Witness } from '../_shared/contactBatch.ts';
import { callDatabase, DataError, NotReadyError, type Rpc, toRefusal } from './database.ts';
import { gradeAnew, type NotTaken, notTakenSchema, toGradeSchema } from './gradeAnew.ts';
import { refuseBatch, type Refusal, type Refusals } from './refusals.ts';
import type { ContactRow, MethodRow } from './toContactRow.ts';

/** What stands or falls together: a customer with its re-read methods, or one row of the contacts feed. */
export interface Item {
  feed: Rejected['feed'];
  customerId: string;
  customer: ContactRow | null;
  methods: MethodRow[];
  /** Set where the recheck list asked for the customer, whose methods these are. */
  recheck?: { crm_id: string; witness: Witness | null; is_whole: boolean };
}

export interface Writing {
  run: Run;
  items: Item[];
  /** Holds what was set aside before the database was asked, and takes what the database refuses. */
  refusals: Refusals;
  /** What was left out of the records, counted with the first call that holds what was set aside. */
  unreadable: BatchEnvelope['unreadable'];
  /** How the page was read, and what is in it beside records, as the envelope says. */
  reading: Pick<BatchEnvelope, 'retries_quarantined' | 'reader' | 'tag_types' | 'pass'>;
  commit: Commit | null;
}

/** What goes with one call of a batch alone. */
interface More extends Pick<Writing, 'unreadable'> {
  setAside: Refusal[];
  withCommit: Commit | null;
  /** How many records were written apart, and the places of those that no call was answered for (R21). */
  closes?: { of: number; without: number[] };
}

const NO_MORE: More = { setAside: [], unreadable: undefined, withCommit: null };

const countsSchema = z.object({
  created: z.number(),
  updated: z.number(),
  unchanged: z.number(),
  stale: z.number(),
  set_aside: notTakenSchema,
  renormalize: toGradeSchema,
});
type Counts = z.output<typeof countsSchema>;

const APART = 'sync_servicetitan_records_apart';
/** What it answers: the counts of those written, and which records were refused, by their place. */
const apartSchema = countsSchema.extend({
  refused: z.array(
    z.object({ at: z.number(), sqlstate: z.string(), message: z.string(), inside: z.string().nullable() }),
  ),
});
/** So many records are written one by one well within the 8 s that hosted Supabase gives a statement. */
const APART_AT_ONCE = 250;

/**
 * Writes the batch and answers what became of it. Rejects with `AnswerError` when the batch is refused as a whole, or for a
 * fault that is not about a record. The commit travels with the last call, after all others were acknowledged.
 */
export async function writeBatch(
  { run, items, refusals, unreadable, reading, commit }: Writing,
  rpc: Rpc,
): Promise<BatchResult> {
  const total = { created: 0, updated: 0, unchanged: 0, stale: 0 };
  const without: number[] = [];
  const notTaken = new Map<string, Rejected>();
  const { chunk, records, expected, ...whose } = run;
  // As R21 names the part of a chunk.
  const whole = records === undefined ? String(chunk) : `${chunk}:${records.from}-${records.to}/${records.of}`;

  const count = (written: Counts) => {
    total.created += written.created;
    total.updated += written.updated;
    total.unchanged += written.unchanged;
    total.stale += written.stale;
    keep(written.set_aside);
  };
  const keep = (setAside: NotTaken) => {
    for (const rejected of setAside) notTaken.set(`${rejected.feed} ${rejected.customer_id}`, rejected);
  };
  const toBatch = (some: Item[], { setAside, withCommit, unreadable, closes }: More = NO_MORE, of: object = {}) => {
    const told = { ...(expected == null ? {} : { expected }), ...(closes ? { closes } : {}) };
    return {
      run: { ...whose, part: whole, ...told, ...of },
      ...rowsOf(some),
      rejected: setAside.map(({ customer_id, ...reason }) => ({ crm_id: customer_id, ...reason })),
      ...reading,
      ...(unreadable ? { unreadable } : {}),
      commit: withCommit,
    };
  };
  const renormalize = async (found: Counts['renormalize'], p_run: object, withCommit: Commit | null) =>
    keep((await gradeAnew(found, run, p_run, withCommit, rpc)).set_aside);
  const write = async (some: Item[], more: More) => {
    const batch = toBatch(some, more);
    const parameters = { p_batch: batch };
    const written = await callDatabase(rpc, 'sync_servicetitan_contacts', parameters, countsSchema, some.length === 1);
    count(written);
    if (written.renormalize.length > 0) await renormalize(written.renormalize, batch.run, more.withCommit);
  };
  const refuse = ({ feed, customerId }: Item, { parts }: DataError) =>
    refusals.add({ feed, customer_id: customerId, parts });

  /** Writes each record for itself, many in one call. A call that is refused as a whole, as unreadable say, is halved. */
  const writeApart = async (from: number, some: Item[]): Promise<void> => {
    const of = items.length;
    const parameters = { p_batch: toBatch([], NO_MORE, { from, of }), p_items: some.map((item) => rowsOf([item])) };
    let apart: z.output<typeof apartSchema>;
    try {
      apart = await callDatabase(rpc, APART, parameters, apartSchema, some.length === 1);
    } catch (error) {
      if (!(error instanceof DataError) || some.length === 0) throw error;
      if (some.length === 1) {
        without.push(from);
        return refuse(some[0]!, error);
      }
      const middle = Math.ceil(some.length / 2);
      await writeApart(from, some.slice(0, middle));
      return writeApart(from + middle, some.slice(middle));
    }
    count(apart);
    const part = `${whole}:${from}-${from + some.length - 1}/${of}`;
    for (const { at, ...refused } of apart.refused) refuse(some[at]!, toRefusal(APART, refused));
    for (const phones of Object.values(Object.groupBy(apart.renormalize, ({ crm_id }) => crm_id))) {
      await renormalize(phones!, { ...parameters.p_batch.run, part }, null).catch((error: unknown) => {
        if (!(error instanceof DataError)) throw error;
        refuse(
          some.find(({ customerId }) => customerId === phones![0]!.crm_id)!,
          error,
        );
      });
    }
  };

  try {
    await write(items, { setAside: refusals.all, unreadable, withCommit: commit });
  } catch (error) {
    if (!(error instanceof DataError || (error instanceof NotReadyError && items.length > 0))) throw error;
    for (let from = 0; from < items.length; from += APART_AT_ONCE) {
      await writeApart(from, items.slice(from, from + APART_AT_ONCE));
    }
    const closes = { of: items.length, without };
    await write([], { setAside: refusals.all, unreadable, withCommit: commit, closes }).catch((fault: unknown) => {
      if (!(fault instanceof DataError)) throw fault;
      throw refuseBatch(fault.parts);
    });
  }
  const errors = refusals.all.map(({ feed, customer_id, reason }) => ({ feed, customer_id, reason }));
  return { ...total, errors: [...errors, ...notTaken.values()] };
}

function rowsOf(items: Item[]) {
  return {
    customers: items.flatMap(({ customer }) => customer ?? []),
    contact_methods: items.flatMap(({ methods }) => methods),
    rechecked: items.flatMap(({ recheck }) => recheck ?? []),
  };
}
