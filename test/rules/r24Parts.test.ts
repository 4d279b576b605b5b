// R24 beside R21: what the Worker cut is known to the database by its records. A page counts when all of them are there.
import { describe, expect, test } from 'vitest';
import type { Commit, RunOfBatch } from '../../supabase/functions/_shared/contactBatch.ts';
import { customerRow, methodRow } from '../function/rows.ts';
import { createProduct, type Product, SMALL_PRODUCT, trigger } from '../support/product.ts';

const REFUSES_3 = trigger("if new.crm_id = '3' then raise 'no'; end if; return new;");
const WENT_BACK = { error: { code: 'went_back' } };
const commit: Commit = { feed: 'initial_contacts', continue_from: 'token', done: false, read_at: null };
const customers = (...ids: string[]) => ids.map((id) => customerRow(id));
/** A customer whose phone comes by the feed, so that it is graded before it is known where the customer lives. */
const abroad = (id: string) => ({
  customers: [customerRow(id, { address: { ...customerRow(id).address, country: 'Germany' }, contact_methods: null })],
  contact_methods: [methodRow(`${id}1`, id, { value: '030 901820', active: true })],
});

const part = (from: number, to: number, of: number, chunk = 0): Partial<RunOfBatch> => ({
  page: 1,
  chunk,
  before: { page: 0, chunks: 0 },
  records: { from, to, of },
});
const page2 = (chunks: number) => ({ run: { page: 2, chunk: 0, before: { page: 1, chunks } } });

async function begun(rule = ''): Promise<Product> {
  const product = await createProduct(SMALL_PRODUCT, rule);
  await product.begin();
  return product;
}
async function stateOf({ sql }: Product): Promise<{ parts: string[]; token: string | null }> {
  const [row] = await sql<{ parts: string[]; token: string | null }[]>`
    select parts, last_continue_from as token from public.servicetitan_sync_state
  `;
  return row!;
}

describe("R24: a page's only chunk that goes in parts, its token with the last,", () => {
  test('counts when all are there, in whatever order and however often they came', async () => {
    const product = await begun();
    await product.write({ run: part(2, 3, 6), customers: customers('3', '4') });
    await product.write({ run: part(0, 1, 6), customers: customers('1', '2') });
    await product.write({ run: part(0, 1, 6), customers: customers('1', '2') });
    await product.write({ run: part(4, 5, 6), customers: customers('5', '6'), commit });
    expect(await stateOf(product)).toEqual({ parts: ['0:2-3/6', '0:0-1/6', '0:4-5/6'], token: 'token' });
    expect(await product.write(page2(1))).not.toHaveProperty('error');
    expect(await product.ledger()).toMatchObject({ fetched: 6, created: 6 });
  });

  test('keeps its token where the first part is not there any more', async () => {
    const product = await begun();
    expect(await product.write({ run: part(2, 3, 4), customers: customers('3', '4'), commit })).toMatchObject(
      WENT_BACK,
    );
    expect(await stateOf(product)).toEqual({ parts: [], token: null });
    expect(await product.contacts()).toEqual([]);
  });

  test('keeps its token likewise where the last part has phones to be graded first', async () => {
    const product = await begun();
    expect(await product.write({ run: part(2, 3, 4), ...abroad('2'), commit })).toMatchObject(WENT_BACK);
    expect((await stateOf(product)).token).toBeNull();
    expect(await product.write({ run: part(0, 1, 4), ...abroad('1') })).toMatchObject({ created: 1 });
    expect(await product.write({ run: part(2, 3, 4), ...abroad('2'), commit })).not.toHaveProperty('error');
    expect((await stateOf(product)).token).toBe('token');
    expect(await product.contacts()).toMatchObject([{ phone: '+4930901820' }, { phone: '+4930901820' }]);
  });
});

describe('R24: a part whose records are then written apart, because one is refused,', () => {
  test('leaves one name, and its chunk counts', async () => {
    const product = await begun(REFUSES_3);
    await product.write({ run: part(0, 1, 4), customers: customers('1', '2') });
    const answer = await product.write({ run: part(2, 3, 4), customers: customers('3', '4'), commit });
    expect(answer).toMatchObject({ created: 1, errors: [{ customer_id: '3' }] });
    expect(await stateOf(product)).toEqual({ parts: ['0:0-1/4', '0:2-3/4'], token: 'token' });
    expect(await product.write(page2(1))).not.toHaveProperty('error');
    expect(await product.ledger()).toMatchObject({ created: 3, errors: 1 });
  });

  test('does not end where its records were lost in between', async () => {
    const product = await begun();
    const { instance_id } = await product.ledger();
    const [state] = await product.sql`select workspace_id, fence from public.servicetitan_sync_state`;
    const run = { ...state, instance_id, page: 1, before: { page: 0, chunks: 0 }, part: '0:0-1/4' };
    const close = product.call('sync_servicetitan_contacts', {
      p_batch: {
        run: { ...run, closes: { of: 2, without: [] } },
        customers: [],
        contact_methods: [],
        rejected: [],
        commit: null,
      },
    });
    await expect(close).rejects.toMatchObject({ code: 'PT409', message: 'went_back' });
  });
});

test('R24: a chunk that was written whole, and then again in parts because its answer was lost, leaves its phones to them', async () => {
  const product = await begun();
  const both = {
    customers: [...abroad('1').customers, ...abroad('2').customers],
    contact_methods: [...abroad('1').contact_methods, ...abroad('2').contact_methods],
  };
  await product.write({ run: { page: 1, before: { page: 0, chunks: 0 } }, ...both });
  // The call that grades its phones got no answer.
  await product.sql`update public.servicetitan_sync_state set parts = '{0,0~}'`;
  expect(await product.write(page2(1))).toMatchObject(WENT_BACK);
  await product.write({ run: part(0, 1, 4), ...abroad('1') });
  expect(await product.write(page2(1))).toMatchObject(WENT_BACK);
  await product.write({ run: part(2, 3, 4), ...abroad('2') });
  expect(await product.write(page2(1))).not.toHaveProperty('error');
});
