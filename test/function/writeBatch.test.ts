// R10 under a database of a few lines: it refuses the customers it is told to, and remembers every call.
import { describe, expect, test } from 'vitest';
import type { Commit } from '../../supabase/functions/_shared/contactBatch.ts';
import { type RpcAnswer } from '../../supabase/functions/servicetitan-contact-sync/database.ts';
import { handle } from '../../supabase/functions/servicetitan-contact-sync/handler.ts';
import { batchOf, customerRow, methodRow } from './rows.ts';

interface Call {
  name: string;
  ids: string[];
  part: string | null;
  rejected: string[];
  unreadable: unknown;
  commit: unknown;
}
const commit: Commit = { feed: 'initial_customers', continue_from: 'token', done: false, read_at: null };

/** `badIds`: customers that the database refuses; `fail`: a fault of the database itself. */
async function send(batch: object, { badIds = [], fail }: { badIds?: string[]; fail?: RpcAnswer } = {}) {
  const calls: Call[] = [];
  const response = await handle(
    new Request('https://project.example/', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(batch),
    }),
    {
      log: () => {},
      rpc: async (name, parameters) => {
        const { p_batch } = parameters as { p_batch: any };
        const ids = [...p_batch.customers, ...p_batch.contact_methods].map((row: any) => row.crm_id);
        calls.push({
          name,
          ids,
          part: p_batch.run.part,
          rejected: p_batch.rejected.map((row: any) => row.crm_id),
          unreadable: p_batch.unreadable,
          commit: p_batch.commit,
        });
        if (fail) return fail;
        if (ids.some((id: string) => badIds.includes(id))) {
          const message =
            'new row for relation "contacts" violates check constraint "name_is_short" DETAIL: Lucia Ortega';
          return { data: null, status: 400, error: { code: '23514', message } };
        }
        const created = p_batch.customers.length;
        return {
          data: { created, updated: 0, unchanged: 0, stale: 0, renormalize: [], committed: true },
          error: null,
          status: 200,
        };
      },
    },
  );
  return { status: response.status, body: (await response.json()) as any, calls };
}
const customers = (count: number) => Array.from({ length: count }, (_, index) => customerRow(String(index + 1)));

test('a sound batch is one call, which carries the commit', async () => {
  const { status, body, calls } = await send(batchOf({ customers: customers(500), commit }));
  expect([status, body]).toEqual([200, { created: 500, updated: 0, unchanged: 0, stale: 0, errors: [] }]);
  expect(calls).toMatchObject([{ part: '0', commit }]);
});

describe('R10: one bad record harms only itself', () => {
  test('1 of 500 is found by halving and set aside with its rule, the other 499 are written', async () => {
    const { status, body, calls } = await send(batchOf({ customers: customers(500), commit }), { badIds: ['317'] });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      created: 499,
      errors: [{ feed: 'customers', customer_id: '317', reason: expect.stringContaining('name_is_short') }],
    });
    expect(calls.length).toBeLessThan(25);
    expect(calls.at(-1)).toMatchObject({ ids: [], rejected: ['317'], commit });
    expect(calls.slice(1, -1).every((call) => call.commit === null)).toBe(true);
    expect(new Set(calls.slice(1).map(({ part }) => part)).size).toBe(calls.length - 1);
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
    expect(
      first.calls
        .filter(({ ids }) => ids.includes('1') && ids.length > 0)
        .every(({ ids }) => ids.filter((id) => id === '1').length === 2),
    ).toBe(true);
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

test('when most records are refused the batch is, and nothing is committed', async () => {
  const all = customers(40);
  const { status, body, calls } = await send(batchOf({ customers: all, commit }), { badIds: all.map(({ id }) => id) });
  expect([status, body.error.code]).toEqual([422, 'batch_refused']);
  expect(calls.slice(1).every((call) => call.commit === null)).toBe(true);
});

describe('faults of the database', () => {
  test.for([
    ['a run that lost its lease', { code: 'PT409', message: 'superseded' }, 409, 'superseded'],
    ['an earlier page', { code: 'PT409', message: 'page_out_of_order' }, 409, 'page_out_of_order'],
    ['a deadlock', { code: '40P01', message: '' }, 500, 'database_error'],
    ['a statement timeout', { code: '57014', message: '' }, 500, 'database_error'],
    ['a missing function', { code: 'PGRST202', message: '' }, 500, 'database_not_ready'],
    ['a missing grant', { code: '42501', message: '' }, 500, 'database_not_ready'],
    ['a schema not read yet', { code: 'PGRST002', message: '' }, 500, 'database_error'],
    ['no answer at all', { code: '', message: 'TypeError: fetch failed' }, 500, 'database_error'],
  ] as const)('%s is not blamed on a record', async ([, error, status, code]) => {
    const answer = await send(batchOf({ customers: customers(8) }), { fail: { data: null, status: 500, error } });
    expect([answer.status, answer.body.error.code, answer.calls.length]).toEqual([status, code, 1]);
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
  expect(others.filter((call) => call.unreadable !== undefined)).toMatchObject([{ part: '0.rest', unreadable }]);
});
