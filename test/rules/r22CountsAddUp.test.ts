// R22: what was sent is created, updated, unchanged, stale or refused, because contacts is asked what it took.
import { describe, expect, test } from 'vitest';
import type { BatchResult } from '../../supabase/functions/_shared/contactBatch.ts';
import { customerRow, methodRow } from '../function/rows.ts';
import { createProduct, type Product, SMALL_PRODUCT, trigger, WORKSPACE } from '../support/product.ts';

const LATER = '2026-02-09T10:00:00.0000000Z';
const five = (fields = {}) => ['1', '2', '3', '4', '5'].map((id) => customerRow(id, fields));
const renamed = () => five().map((customer) => ({ ...customer, name: `Renamed ${customer.id}`, modified_on: LATER }));

async function productWith(rule: string): Promise<Product> {
  const product = await createProduct(SMALL_PRODUCT);
  await product.begin();
  await product.write({ customers: five() });
  await product.sql.unsafe(rule);
  return product;
}
const sum = ({ created, updated, unchanged, stale, errors }: BatchResult) =>
  created + updated + unchanged + stale + errors.filter(({ feed }) => feed === 'customers').length;

describe('R22: a row that the product does not take is set aside, and the others are written', () => {
  test.for([
    [
      'a trigger that returns null on update',
      trigger("if new.crm_id = '3' then return null; end if; return new;"),
      '3',
    ],
    [
      'a trigger that returns the old row',
      trigger("if new.crm_id = '3' then return old; end if; return new;", { when: 'before update' }),
      '3',
    ],
    [
      'a trigger that takes the new version alone back',
      trigger("if new.crm_id = '3' then new.crm_modified_on := old.crm_modified_on; end if; return new;", {
        when: 'before update',
      }),
      '3',
    ],
    [
      'a trigger that takes the source away',
      trigger("if new.crm_id = '3' then new.crm_source := 'crm/1'; end if; return new;", { when: 'before update' }),
      '3',
    ],
    [
      'a trigger that deletes the row afterwards',
      trigger("if new.crm_id = '3' then delete from public.contacts where crm_id = new.crm_id; end if; return null;", {
        when: 'after update',
      }).replace('language plpgsql', 'language plpgsql security definer'),
      '3',
    ],
    [
      'a trigger that moves the row to another customer',
      trigger("if new.crm_id = '3' then new.crm_id := 'archived'; end if; return new;", { when: 'before update' }),
      '3',
    ],
  ] as const)('%s', async ([, rule, id]) => {
    const product = await productWith(rule);
    const answer = await product.write({ customers: renamed() });
    expect(answer).toMatchObject({ created: 0, updated: 4, unchanged: 0, stale: 0 });
    expect(answer.errors).toMatchObject([{ feed: 'customers', customer_id: id }]);
    expect(sum(answer)).toBe(5);
    expect(await product.setAside()).toMatchObject([
      expect.stringMatching(/^3 customers: contacts has (?:no row|an older version) of it after the write: a trigger/),
    ]);
    expect(await product.ledger()).toMatchObject({ fetched: 5, created: 5, updated: 0, errors: 1 });
  });

  test('one that a trigger never lets in, on insert', async () => {
    const product = await createProduct(
      SMALL_PRODUCT,
      trigger("if new.name = 'Customer 2' then return null; end if; return new;"),
    );
    await product.begin();
    const answer = await product.write({ customers: five() });
    expect(answer).toMatchObject({ created: 4, errors: [{ customer_id: '2' }] });
    expect(sum(answer)).toBe(5);
  });

  test('and leaves the quarantine by the retry, once the product takes it', async () => {
    const product = await productWith(trigger('return null;', { when: 'before update' }));
    await product.write({ customers: renamed() });
    expect(await product.setAside()).toHaveLength(5);
    await product.sql`drop trigger product_rule on public.contacts`;
    expect(await product.write({ customers: renamed(), retries_quarantined: true })).toMatchObject({
      updated: 5,
      errors: [],
    });
    expect(await product.setAside()).toEqual([]);
  });

  test('and stays there while the retry does not succeed', async () => {
    const product = await productWith(trigger('return null;', { when: 'before update' }));
    await product.write({ customers: renamed() });
    await product.write({ customers: renamed(), retries_quarantined: true });
    expect(await product.setAside()).toHaveLength(5);
  });

  test('also where a record beside it is refused for its data, and each is written for itself', async () => {
    const product = await productWith(
      trigger("if new.crm_id = '3' then return null; end if; if new.crm_id = '4' then raise 'no'; end if; return new;"),
    );
    const answer = await product.write({ customers: renamed() });
    expect(answer.errors.map(({ customer_id }) => customer_id).toSorted()).toEqual(['3', '4']);
    expect([answer.updated, sum(answer)]).toEqual([3, 5]);
  });
});

describe('R22: no false alarm', () => {
  test.for([
    ['a trigger that rewrites a name', trigger('new.name := upper(new.name); return new;')],
    [
      'a trigger that rewrites every column of an address',
      trigger("new.address_street := 'hidden'; new.address_city := null; return new;"),
    ],
    [
      'a trigger that returns null where nothing but the balance is new',
      trigger('if new.crm_modified_on = old.crm_modified_on then return null; end if; return new;', {
        when: 'before update',
      }),
    ],
    [
      'a trigger that skips a row which would be the same',
      'create trigger z before update on public.contacts for each row execute function suppress_redundant_updates_trigger();',
    ],
  ] as const)('%s: an equal re-read is unchanged', async ([, rule]) => {
    const product = await productWith(rule);
    await product.write({ customers: renamed() });
    const moved = renamed().map((customer) => ({ ...customer, balance: 99 }));
    await product.write({ customers: moved });
    const answer = await product.write({ customers: moved });
    expect(answer).toEqual({ created: 0, updated: 0, unchanged: 5, stale: 0, errors: [] });
    expect(await product.setAside()).toEqual([]);
  });

  test('a row stored without a version counts as well', async () => {
    const product = await productWith('');
    await product.sql`update public.contacts set crm_modified_on = null where crm_id = '1'`;
    const answer = await product.write({ customers: five() });
    expect(answer).toMatchObject({ updated: 1, unchanged: 4 });
  });
});

test("R22: a phone that the product's table does not take is set aside with the customer, as its contacts", async () => {
  const product = await productWith(trigger('if new.phone is not null then return null; end if; return new;'));
  const answer = await product.write({ contact_methods: [methodRow('31', '3', { active: true })] });
  expect(answer.errors).toMatchObject([{ feed: 'contacts', customer_id: '3' }]);
  expect(await product.setAside()).toEqual([
    '3 contacts: contacts did not take its phone or e-mail: a trigger, a rule or a policy of your table passed it over',
  ]);
});

describe('R22: a phone that two witnesses lacked', () => {
  const settle = async (product: Product, ids: string[]) => {
    const { instance_id } = await product.ledger();
    const [state] = await product.sql`select fence from public.servicetitan_sync_state`;
    return product.call<{ taken: number }>('settle_servicetitan_rechecks', {
      p_workspace_id: WORKSPACE,
      p_instance_id: instance_id,
      p_fence: state!['fence'],
      p_asked: ids,
      p_suspects: [],
      p_is_proven: true,
    });
  };
  const lacked = async (rule: string) => {
    const product = await createProduct(SMALL_PRODUCT, rule);
    await product.begin();
    const both = ['1', '2'];
    await product.write({
      customers: both.map((id) => customerRow(id, { contact_methods: [methodRow(`${id}1`, id)] })),
    });
    await product.write({ customers: both.map((id) => customerRow(id, { contact_methods: [] })) });
    await product.sql`update public.servicetitan_contact_methods set missing_since = now() - interval '1 hour'`;
    await product.write({
      rechecked: both.map((customer_id) => ({
        customer_id,
        witness: 'own',
        contact_methods: [],
        customer: null,
        is_whole: true,
      })),
    });
    return { product, both };
  };

  test.for([
    ['passes over', 'return null;'],
    ['refuses', "raise 'no';"],
  ])(
    'and whose removal the product %s stays with its method, is set aside, and takes no other with it',
    async ([, how]) => {
      const { product, both } = await lacked(
        trigger(`if new.crm_id = '1' and new.phone is null and tg_op = 'UPDATE' then ${how} end if; return new;`),
      );
      expect(await settle(product, both)).toMatchObject({ taken: 1 });
      expect(await product.contacts()).toMatchObject([{ phone: '+12085550117' }, { phone: null }]);
      expect(await product.setAside()).toMatchObject([
        expect.stringMatching(/^1 contacts: The database refused to take/),
      ]);
      expect(await product.ledger()).toMatchObject({ errors: 1 });
      expect(await product.sql`select crm_id from public.servicetitan_contact_methods where listed`).toEqual([
        { crm_id: '1' },
      ]);
    },
  );
});

test('R22: a phone that no method explains and that stays as it is raises no alarm', async () => {
  const product = await productWith('');
  await product.sql`update public.contacts set phone = '+12085550199' where crm_id = '3'`;
  const answer = await product.write({
    contact_methods: [methodRow('31', '3', { type: 'Email', value: 'a@example.com', active: true })],
  });
  expect(answer).toMatchObject({ updated: 1, errors: [] });
  const again = await product.write({
    contact_methods: [methodRow('31', '3', { type: 'Email', value: 'a@example.com', active: true })],
  });
  expect(again).toMatchObject({ updated: 0, errors: [] });
  expect(await product.contacts()).toMatchObject([{}, {}, { phone: '+12085550199', email: 'a@example.com' }, {}, {}]);
});

test("R22: what the product does not let change is told too where the firm's phones are graded anew", async () => {
  const product = await productWith('');
  const entered = { value: '030 901820', active: true };
  await product.write({ contact_methods: [methodRow('31', '3', entered)] });
  await product.sql.unsafe(trigger('if new.phone is not null then return null; end if; return new;'));
  const answer = await product.write({ run: { page: 2, country: 'DE' }, regrade: { after: null } });
  expect(answer).toMatchObject({ updated: 0, errors: [{ feed: 'contacts', customer_id: '3' }] });
  expect(await product.setAside()).toHaveLength(1);
});

test("R22: a phone of another country that the product's table does not take is set aside too", async () => {
  const product = await createProduct(SMALL_PRODUCT);
  await product.begin();
  const abroad = { ...customerRow('3').address, country: 'Germany' };
  await product.write({ customers: [customerRow('3', { address: abroad })] });
  await product.sql.unsafe(trigger('if new.phone is not null then return null; end if; return new;'));
  const answer = await product.write({
    contact_methods: [methodRow('31', '3', { value: '030 901820', active: true })],
  });
  expect(answer.errors).toMatchObject([{ feed: 'contacts', customer_id: '3' }]);
  expect(await product.setAside()).toHaveLength(1);
});
