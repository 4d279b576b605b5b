// R24: a batch is bounded by bytes and time. Here a function of a few lines stands for Supabase and says what is too much;
// test/run/productTables.test.ts shows the same with the real one.
import { describe, expect, test } from 'vitest';
import type { Batch, Commit } from '../../supabase/functions/_shared/contactBatch.ts';
import { EdgeFunctionError, type TooMuchOf } from '../../src/errors.ts';
import type { BegunContext } from '../../src/sync/context.ts';
import { type PackedPage, type PageRows, toChunks } from '../../src/sync/page.ts';
import { syncPage } from '../../src/sync/syncStep.ts';
import { customerRow, methodRow } from '../function/rows.ts';

const NOTHING: PageRows = { customers: [], contact_methods: [], rechecked: [], rejected: [] };
const commit: Commit = { feed: 'initial_customers', continue_from: 'token', done: false, read_at: null };
const customers = (count: number, from = 0) =>
  Array.from({ length: count }, (_, index) => customerRow(String(from + index)));
const idsOf = ({ customers, contact_methods, rejected }: Batch) => [
  ...customers.map(({ id }) => id),
  ...contact_methods.map(({ id }) => id),
  ...rejected.map(({ customer_id }) => `x${customer_id}`),
];
/** As the function names the part. */
const partOf = ({ run: { chunk, records } }: Batch) =>
  records ? `${chunk}:${records.from}-${records.to}/${records.of}` : String(chunk);
const tooMuch = (of: TooMuchOf) => new EdgeFunctionError('edge_function', 'Too much.', of !== 'bytes', { tooMuch: of });

/** A run whose calls are answered by `judge`, which throws what is too much. Steps have `attempts`. */
function createRun(judge: (batch: Batch, sent: Batch[]) => void, attempts = 1) {
  const sent: Batch[] = [];
  const written: Batch[] = [];
  const results: unknown[] = [];
  let underWay = 0;
  let most = 0;
  const context = {
    run: { workspaceId: 'w', instanceId: 'i', fence: 1 },
    progress: { written: 0, doubts: [], partSize: null },
    steps: {
      do: async (_name: string, _config: object, callback: () => Promise<unknown>) => {
        for (let attempt = 1; ; attempt += 1) {
          try {
            // As the engine keeps it.
            const result = JSON.parse(JSON.stringify(await callback()));
            results.push(result);
            return result;
          } catch (error) {
            if (attempt >= attempts) throw error;
          }
        }
      },
    },
    writeBatch: async (batch: Batch) => {
      sent.push(batch);
      underWay += 1;
      most = Math.max(most, underWay);
      try {
        await new Promise((resolve) => setImmediate(resolve));
        judge(batch, sent);
        written.push(batch);
        return { created: 0, updated: 0, unchanged: 0, stale: 0, errors: [] };
      } finally {
        underWay -= 1;
        if (underWay === 0) most = Math.max(most, 0);
      }
    },
  } as unknown as BegunContext;
  const sync = (chunks: PageRows[], withCommit: Commit | null = null) =>
    syncPage(
      context,
      'sync',
      {
        records: 1,
        expected: null,
        retriesQuarantined: false,
        chunks: chunks.length,
        readChunk: async (index: number) => chunks[index]!,
      } as unknown as PackedPage,
      withCommit,
    );
  return { context, sent, written, results, sync, resetMost: () => (most = 0), most: () => most };
}
const atMost = (limit: number, of: TooMuchOf) => (batch: Batch) => {
  if (idsOf(batch).length > limit) throw tooMuch(of);
};

describe('R24: what is too much goes by halves,', () => {
  test.for<TooMuchOf>(['bytes', 'time'])('for its %s, and each record is written once', async (of) => {
    const { sync, written, context } = createRun(atMost(3, of));
    await sync([{ ...NOTHING, customers: customers(10) }]);
    expect(written.flatMap(idsOf)).toEqual(customers(10).map(({ id }) => id));
    expect(written.map(partOf)).toEqual(['0:0-2/10', '0:3-4/10', '0:5-7/10', '0:8-9/10']);
    expect(context.progress.partSize).toBe(3);
  });

  test('records of every kind among them, and what was left out of them is told once', async () => {
    const { sync, written } = createRun(atMost(2, 'time'));
    const rejected = [{ feed: 'customers' as const, customer_id: '9', reason: 'name: too long' }];
    const contact_methods = ['11', '12', '13'].map((id) => methodRow(id, '1'));
    await sync([
      { ...NOTHING, customers: customers(3), contact_methods, rejected, unreadable: { 'customer.type': 2 } },
    ]);
    expect(written.flatMap(idsOf)).toEqual(['0', '1', '2', '11', '12', '13', 'x9']);
    expect(written.filter(({ unreadable }) => unreadable !== undefined)).toHaveLength(1);
  });

  test('and what goes with a page once goes with the first of them', async () => {
    const { sync, written } = createRun(atMost(2, 'time'));
    const tag_types = [{ id: '1', name: 'VIP', active: true }];
    await sync([{ ...NOTHING, customers: customers(4), tag_types, unreadable: { 'customer.type': 2 } }]);
    expect(written.map((batch) => [batch.tag_types, batch.unreadable])).toEqual([
      [tag_types, { 'customer.type': 2 }],
      [undefined, undefined],
    ]);
  });

  test("and the page's token travels with the last part, behind all the others", async () => {
    const { sync, written } = createRun(atMost(4, 'time'));
    await sync([{ ...NOTHING, customers: customers(8) }], commit);
    expect(written.map((batch) => [partOf(batch), batch.commit])).toEqual([
      ['0:0-3/8', null],
      ['0:4-7/8', commit],
    ]);
  });

  test('and the size that went through holds for the rest of the run', async () => {
    const { sync, sent, context } = createRun(atMost(4, 'time'));
    await sync([{ ...NOTHING, customers: customers(8) }]);
    const before = sent.length;
    await sync([{ ...NOTHING, customers: customers(8) }]);
    expect(sent.slice(before).map(partOf)).toEqual(['0:0-3/8', '0:4-7/8']);
    expect(context.progress.partSize).toBe(4);
  });

  test('by the results of the steps alone, so that a replay goes the same way', async () => {
    const first = createRun(atMost(4, 'time'));
    await first.sync([{ ...NOTHING, customers: customers(8) }]);
    const replayed = createRun(() => {});
    replayed.context.steps.do = async () => first.results[0] as never;
    await replayed.sync([{ ...NOTHING, customers: customers(8) }]);
    expect(replayed.context.progress.partSize).toBe(4);
  });

  test('one call at a time from then on, because each waits in the database for those before', async () => {
    const { sync, most, resetMost } = createRun(atMost(2, 'time'));
    const chunks = [0, 10, 20, 30].map((from) => ({ ...NOTHING, customers: customers(4, from) }));
    await sync(chunks);
    resetMost();
    await sync(chunks);
    expect(most()).toBe(1);
  });
});

describe('R24: one record', () => {
  const poison = (of: TooMuchOf) => (batch: Batch) => {
    if (batch.customers.some(({ id }) => id === '5')) throw tooMuch(of);
  };

  test('that is too large by itself is set aside, and the others are written', async () => {
    const { sync, written } = createRun(poison('bytes'));
    await sync([{ ...NOTHING, customers: customers(8) }], commit);
    expect(written.flatMap(idsOf)).toEqual(['0', '1', '2', '3', '4', 'x5', '6', '7']);
    expect(written.flatMap(({ rejected }) => rejected)).toMatchObject([
      { feed: 'customers', customer_id: '5', reason: expect.stringContaining('larger than the Edge Function takes') },
    ]);
    expect(written.filter(({ commit }) => commit !== null)).toHaveLength(1);
  });

  test('that is too slow by itself fails the step, and takes no other with it', async () => {
    const { sync, written } = createRun(poison('time'));
    await expect(sync([{ ...NOTHING, customers: customers(8) }], commit)).rejects.toThrow('Too much.');
    expect(written.every((batch) => batch.commit === null)).toBe(true);
  });

  test('does not make the others go alone for the rest of the run', async () => {
    const { sync, context } = createRun(poison('bytes'));
    await sync([{ ...NOTHING, customers: customers(8) }]);
    expect(context.progress.partSize).toBe(4);
  });
});

describe('R24: no answer in time', () => {
  test('is asked again by the next attempt, with half as many records', async () => {
    const { sync, sent, context } = createRun(atMost(3, 'silence'), 5);
    await sync([{ ...NOTHING, customers: customers(8) }]);
    expect(sent.map(partOf)).toEqual(['0', '0:0-3/8', '0:0-1/8', '0:2-3/8', '0:4-5/8', '0:6-7/8']);
    expect(context.progress.partSize).toBe(2);
  });

  test('for a while only leaves the later calls as large as they were', async () => {
    const { sync, context } = createRun((_, sent) => {
      if (sent.length === 1) throw new EdgeFunctionError('edge_function_unreachable', 'No answer.', true);
    }, 3);
    await sync([{ ...NOTHING, customers: customers(8) }]);
    expect(context.progress.partSize).toBeNull();
  });
});

test('R24: an outage that calls everything too much fails the step, and the next one sends whole chunks again', async () => {
  const { sync, sent, context } = createRun((_, sent) => {
    if (sent.length <= 4) throw tooMuch('time');
  }, 2);
  await sync([{ ...NOTHING, customers: customers(8) }]);
  expect(sent.map(partOf)).toEqual(['0', '0:0-3/8', '0:0-1/8', '0:0-0/8', '0']);
  expect(context.progress.partSize).toBeNull();
});

describe('R24: a chunk', () => {
  const heavy = (id: number, kilobytes: number) =>
    customerRow(String(id), { custom_fields: [{ type_id: '1', name: 'Notes', value: 'ü'.repeat(kilobytes * 512) }] });
  const sizeOf = (rows: PageRows) => new TextEncoder().encode(JSON.stringify(rows)).byteLength;

  test('has at most about 2 MiB, however many records were wanted', () => {
    const all = Array.from({ length: 500 }, (_, id) => heavy(id, 17));
    const chunks = toChunks({ ...NOTHING, customers: all }, 500);
    expect(chunks.length).toBeGreaterThan(3);
    expect(Math.max(...chunks.map(sizeOf))).toBeLessThan(2.1 * 1024 * 1024);
    expect(chunks.flatMap(({ customers }) => customers)).toEqual(all);
  });

  test('has the records that were wanted where they are small', () => {
    expect(toChunks({ ...NOTHING, customers: customers(60) }, 25).map(({ customers }) => customers.length)).toEqual([
      25, 25, 10,
    ]);
  });

  test('has one record that is larger than that by itself', () => {
    const all = [heavy(1, 3000), heavy(2, 1), heavy(3, 1)];
    expect(toChunks({ ...NOTHING, customers: all }, 25).map(({ customers }) => customers.length)).toEqual([1, 2]);
  });
});
