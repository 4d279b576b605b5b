// R10 under a database of a few lines: it refuses the customers it is told to, and remembers every call.
import { describe, expect, test } from 'vitest';
import type { Commit } from '../../supabase/functions/_shared/contactBatch.ts';
import { type RpcAnswer } from '../../supabase/functions/servicetitan-contact-sync/database.ts';
import { handle } from '../../supabase/functions/servicetitan-contact-sync/handler.ts';
import { batchOf, customerRow, methodRow } from './rows.ts';

interface Call {
  name: string;
  ids: string[];
  /** Which records of the chunk, and of how many; what ends that. */
  run: { part: string; from?: number; of?: number; closes?: { of: number; without: number[] } };
  rejected: string[];
  unreadable: unknown;
  commit: unknown;
}
const commit: Commit = { feed: 'initial_customers', continue_from: 'token', done: false, read_at: null };
const APART = 'sync_servicetitan_records_apart';
const REFUSED = {
  code: '23514',
  message: 'new row for relation "contacts" violates check constraint "name_is_short" DETAIL: Lucia Ortega',
};

interface Database {
  /** Customers that it refuses. */
  badIds?: string[];
  /** In which words. */
  refused?: { code: string; message: string };
  /** A fault of the database itself. */
  fail?: RpcAnswer;
  /** It can't even read a call that holds one of these. */
  unreadableIds?: string[];
}

async function send(batch: object, { badIds = [], refused = REFUSED, fail, unreadableIds = [] }: Database = {}) {
  const calls: Call[] = [];
  const refuse = (error: typeof refused) => ({ data: null, status: 400, error });
  const response = await handle(
    new Request('https://project.example/', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(batch),
    }),
    {
      log: () => {},
      rpc: async (name, parameters) => {
        const { p_batch, p_items = [] } = parameters as { p_batch: any; p_items?: any[] };
        const rowsOf = (item: any) => [...item.customers, ...item.contact_methods].map((row: any) => row.crm_id);
        const ids: string[] = [...rowsOf(p_batch), ...p_items.flatMap(rowsOf)];
        calls.push({
          name,
          ids,
          run: p_batch.run,
          rejected: p_batch.rejected.map((row: any) => row.crm_id),
          unreadable: p_batch.unreadable,
          commit: p_batch.commit,
        });
        if (fail) return fail;
        if (ids.some((id) => unreadableIds.includes(id))) return refuse({ code: '22P05', message: '' });
        const isBad = (item: any) => rowsOf(item).some((id: string) => badIds.includes(id));
        const counts = (created: number) => ({
          created,
          updated: 0,
          unchanged: 0,
          stale: 0,
          set_aside: [],
          renormalize: [],
        });
        if (name !== APART) {
          if (isBad(p_batch)) return refuse(refused);
          return { data: { ...counts(p_batch.customers.length), committed: true }, error: null, status: 200 };
        }
        const found = p_items.flatMap((item, at) =>
          isBad(item) ? [{ at, sqlstate: refused.code, message: refused.message, inside: null }] : [],
        );
        return { data: { ...counts(p_items.length - found.length), refused: found }, error: null, status: 200 };
      },
    },
  );
  return { status: response.status, body: (await response.json()) as any, calls };
}
const customers = (count: number) => Array.from({ length: count }, (_, index) => customerRow(String(index + 1)));

test('a sound batch is one call, which carries the commit', async () => {
  const { status, body, calls } = await send(batchOf({ customers: customers(500), commit }));
  expect([status, body]).toEqual([200, { created: 500, updated: 0, unchanged: 0, stale: 0, errors: [] }]);
  expect(calls).toMatchObject([{ run: { part: '0' }, commit }]);
});

describe('R10: one bad record harms only itself', () => {
  test('1 of 500 is found and set aside with its rule, the other 499 are written, in few calls', async () => {
    const { status, body, calls } = await send(batchOf({ customers: customers(500), commit }), { badIds: ['317'] });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      created: 499,
      errors: [{ feed: 'customers', customer_id: '317', reason: expect.stringContaining('name_is_short') }],
    });
    expect(calls.map(({ name }) => name)).toEqual([
      'sync_servicetitan_contacts',
      APART,
      APART,
      'sync_servicetitan_contacts',
    ]);
    expect(calls.at(-1)).toMatchObject({ ids: [], rejected: ['317'], commit });
    expect(calls.slice(1, -1).every((call) => call.commit === null)).toBe(true);
    expect(calls.slice(1).map(({ run: { part, from, of, closes } }) => ({ part, from, of, closes }))).toEqual([
      { part: '0', from: 0, of: 500, closes: undefined },
      { part: '0', from: 250, of: 500, closes: undefined },
      { part: '0', from: undefined, of: undefined, closes: { of: 500, without: [] } },
    ]);
  });

  test('3 of 500 are', async () => {
    const { body } = await send(batchOf({ customers: customers(500) }), { badIds: ['1', '2', '500'] });
    expect(body.errors.map((error: any) => error.customer_id)).toEqual(['1', '2', '500']);
    expect(body.created).toBe(497);
  });

  test('one that stands alone is', async () => {
    const { status, body } = await send(batchOf({ customers: customers(1), commit }), { badIds: ['1'] });
    expect([status, body.errors.length]).toEqual([200, 1]);
  });

  test("a customer's contacts stay with it, a row of the feed is set aside by its customer", async () => {
    const withMethods = [1, 2].map((id) =>
      customerRow(String(id), { contact_methods: [methodRow(`${id}1`, String(id))] }),
    );
    const first = await send(batchOf({ customers: withMethods }), { badIds: ['2'] });
    expect(first.calls[1]).toMatchObject({ name: APART, ids: ['1', '1', '2', '2'] });
    const feed = await send(batchOf({ contact_methods: [methodRow('11', '1'), methodRow('21', '2')] }), {
      badIds: ['2'],
    });
    expect(feed.body.errors).toMatchObject([{ feed: 'contacts', customer_id: '2' }]);
  });

  test('a record that is not as agreed is set aside before the database is asked', async () => {
    const { status, body, calls } = await send(
      batchOf({ customers: [customerRow('1'), { ...customerRow('2'), active: 'yes' } as never] }),
    );
    expect([status, body.created]).toEqual([200, 1]);
    expect(body.errors).toMatchObject([{ customer_id: '2', reason: expect.stringContaining('active') }]);
    expect(calls).toMatchObject([{ ids: ['1'], rejected: ['2'] }]);
  });

  test('no value of a record is ever told', async () => {
    const { body } = await send(batchOf({ customers: [customerRow('1')] }), { badIds: ['1'] });
    expect(JSON.stringify(body)).not.toContain('Ortega');
  });
});

test('R10: all of 500 are set aside in as few calls, and the token is committed', async () => {
  const all = customers(500);
  const { status, body, calls } = await send(batchOf({ customers: all, commit }), { badIds: all.map(({ id }) => id) });
  expect([status, body.created, body.errors.length, calls.length]).toEqual([200, 0, 500, 4]);
  expect(calls.at(-1)).toMatchObject({ ids: [], commit });
});

test('R10: a call that the database can not read is halved down to the record that it is about', async () => {
  const { body, calls } = await send(batchOf({ customers: customers(250) }), { unreadableIds: ['77'] });
  expect(body).toMatchObject({ created: 249, errors: [{ customer_id: '77' }] });
  expect(calls.length).toBeLessThan(25);
});

describe("R10: whoever raises it, a fault is a record's", () => {
  test.for([
    ['a trigger of the product', 'P0001', 'Lucia Ortega'],
    ['a plan limit of the product, with a status of its own', 'PT402', 'upgrade'],
    ['a 409 that is not ours', 'PT409', 'duplicate of Lucia Ortega'],
    ['a right that a trigger lacks', '42501', 'permission denied for table audit'],
    ['a policy', '42501', 'new row violates row-level security policy for table "contacts"'],
    ['a function that a trigger misses', '42883', 'function crm.score(text) does not exist'],
    ['a column that a trigger misses', '42703', 'record "new" has no field "stage"'],
    ['a foreign data wrapper', 'HV000', ''],
    ['an assertion', 'P0004', ''],
    ['a recursion without an end', '54001', ''],
  ])('%s', async ([, code, message]) => {
    const { status, body } = await send(batchOf({ customers: customers(3) }), {
      badIds: ['2'],
      refused: { code: code!, message: message! },
    });
    expect([status, body.created, body.errors]).toEqual([
      200,
      2,
      [{ feed: 'customers', customer_id: '2', reason: expect.stringContaining(`SQLSTATE ${code}`) }],
    ]);
    expect(JSON.stringify(body)).not.toContain('Ortega');
  });

  test("a code of the product's own making, which is told as a trigger's", async () => {
    const { status, body } = await send(batchOf({ customers: customers(3) }), {
      badIds: ['2'],
      refused: { code: 'CU001', message: '' },
    });
    expect([status, body.created, body.errors.length]).toEqual([200, 2, 1]);
    expect(body.errors[0].reason).toContain('a trigger refused it');
  });

  test('a statement timeout of a single record', async () => {
    const refused = { code: '57014', message: 'canceling statement due to statement timeout' };
    const { status, body } = await send(batchOf({ customers: customers(1), commit }), { badIds: ['1'], refused });
    expect([status, body.errors.length]).toEqual([200, 1]);
  });
});

describe('faults of the database', () => {
  test.for([
    ['a run that lost its lease', { code: 'PT409', message: 'superseded' }, 409, 'superseded'],
    ['an earlier page', { code: 'PT409', message: 'page_out_of_order' }, 409, 'page_out_of_order'],
    ['a deadlock', { code: '40P01', message: '' }, 500, 'database_error'],
    ['a statement timeout', { code: '57014', message: '' }, 500, 'database_error'],
    ['a missing function', { code: 'PGRST202', message: '' }, 500, 'database_not_ready'],
    ['a missing grant', { code: '42501', message: 'permission denied for table contacts' }, 500, 'database_not_ready'],
    [
      'a missing table',
      { code: '42P01', message: 'relation "public.servicetitan_sync_state" does not exist' },
      500,
      'database_not_ready',
    ],
    ['a lock', { code: '55P03', message: '' }, 500, 'database_error'],
    ['an internal error', { code: 'XX000', message: '' }, 500, 'database_error'],
    ['a key that is refused', { code: 'PGRST301', message: '' }, 500, 'database_error'],
    ['a schema not read yet', { code: 'PGRST002', message: '' }, 500, 'database_error'],
    ['no answer at all', { code: '', message: 'TypeError: fetch failed' }, 500, 'database_error'],
  ] as const)('%s is not blamed on a record', async ([, error, status, code]) => {
    const answer = await send(batchOf({ customers: customers(8) }), { fail: { data: null, status: 500, error } });
    // Whether a right or a table is ours that is missing, the records say: a trigger of the product may lack its own (R23).
    const calls = code === 'database_not_ready' && error.code !== 'PGRST202' ? 2 : 1;
    expect([answer.status, answer.body.error.code, answer.calls.length]).toEqual([status, code, calls]);
  });

  test.for(['PGRST000', 'PGRST001', 'PGRST002'])('%s is told as a database that could not be reached', async (code) => {
    const fail = { data: null, status: 503, error: { code, message: '' } };
    const { body } = await send(batchOf({ customers: customers(1) }), { fail });
    expect(body.error.message).toContain(`(code ${code}, it could not be reached)`);
  });
});

test('R20: what could not be read is sent with one call, though the batch is written in parts', async () => {
  const unreadable = { 'customer.type': 2 } as const;
  const whole = await send(batchOf({ customers: customers(3), unreadable }));
  expect(whole.calls.map((call) => call.unreadable)).toEqual([unreadable]);
  const halved = await send(batchOf({ customers: customers(3), unreadable }), { badIds: ['2'] });
  // The first call was undone as a whole.
  const [, ...others] = halved.calls;
  expect(others.filter((call) => call.unreadable !== undefined)).toMatchObject([
    { run: { closes: { of: 3 } }, unreadable },
  ]);
});

test('R24: a part of a chunk is named by its records, and so are those that are written apart', async () => {
  const run = { ...batchOf().run, chunk: 3, records: { from: 2, to: 3, of: 8 } };
  const { calls } = await send(batchOf({ run, customers: customers(2) }), { badIds: ['2'] });
  expect(calls.map(({ run: { part, from, of, closes } }) => ({ part, from, of, closes }))).toEqual([
    { part: '3:2-3/8' },
    { part: '3:2-3/8', from: 0, of: 2 },
    { part: '3:2-3/8', closes: { of: 2, without: [] } },
  ]);
});
