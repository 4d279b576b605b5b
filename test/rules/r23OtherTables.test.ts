// R23: the product's own tables work as they do under the Data API, and what another system wrote is its own.
import { describe, expect, test } from 'vitest';
import { customerRow, methodRow } from '../function/rows.ts';
import { createProduct, type Product, SMALL_PRODUCT, TENANT, trigger, WORKSPACE } from '../support/product.ts';

const LATER = '2026-02-09T10:00:00.0000000Z';
const AUDIT = `
  create table public.audit_log (note text);
  grant insert, select on public.audit_log to service_role;
`;

async function productWith(before: string, after = ''): Promise<Product> {
  const product = await createProduct(`${SMALL_PRODUCT}${before}`, after);
  await product.begin();
  return product;
}

describe('R23: what the product has on contacts finds its names as under the Data API:', () => {
  test('a trigger that writes to a table of schema public', async () => {
    const product = await productWith(AUDIT, trigger('insert into audit_log values (tg_op); return new;'));
    expect(await product.write({ customers: [customerRow('1')] })).toMatchObject({ created: 1, errors: [] });
    expect(await product.write({ customers: [customerRow('1', { name: 'B', modified_on: LATER })] })).toMatchObject({
      updated: 1,
    });
    expect(await product.sql`select distinct note from public.audit_log order by note`).toEqual([
      { note: 'INSERT' },
      { note: 'UPDATE' },
    ]);
  });

  test('a default that calls a function of schema extensions', async () => {
    const product = await productWith(
      `create function extensions.make_code() returns text language sql as 'select ''code''';
       create function public.code_of_contact() returns text language plpgsql as $$ begin return make_code(); end $$;
       alter table public.contacts add column code text not null default public.code_of_contact();`,
    );
    expect(await product.write({ customers: [customerRow('1')] })).toMatchObject({ created: 1, errors: [] });
    expect(await product.contacts()).toMatchObject([{ code: 'code' }]);
  });

  test('a check that calls a function by its bare name', async () => {
    const product = await productWith(
      `create function public.longest() returns integer language sql immutable as 'select 20';
       create function public.is_short(text) returns boolean language plpgsql as $$ begin return length($1) < longest(); end $$;
       alter table public.contacts add column name text, add constraint name_is_short check (is_short(name));`,
    );
    const long = customerRow('2', { name: 'x'.repeat(30) });
    expect(await product.write({ customers: [customerRow('1'), long] })).toMatchObject({
      created: 1,
      errors: [{ customer_id: '2', reason: expect.stringContaining('name_is_short') }],
    });
  });

  test('a trigger behind the change of a phone alone', async () => {
    const product = await productWith(
      AUDIT,
      trigger("insert into audit_log values ('phone'); return null;", { when: 'after update of phone' }),
    );
    await product.write({ customers: [customerRow('1')] });
    expect(await product.write({ contact_methods: [methodRow('11', '1', { active: true })] })).toMatchObject({
      updated: 1,
      errors: [],
    });
    expect(await product.sql`select note from public.audit_log`).toEqual([{ note: 'phone' }]);
  });

  test('a trigger behind a phone that is taken away by two witnesses', async () => {
    const product = await productWith(
      AUDIT,
      trigger("insert into audit_log values (coalesce(new.phone, 'none')); return null;", {
        when: 'after update of phone',
      }),
    );
    await product.write({ customers: [customerRow('1', { contact_methods: [methodRow('11', '1')] })] });
    await product.write({ customers: [customerRow('1', { contact_methods: [] })] });
    await product.sql`update public.servicetitan_contact_methods set missing_since = now() - interval '1 hour'`;
    await product.sql`update public.servicetitan_rechecks set due_at = now()`;
    await product.write({
      rechecked: [{ customer_id: '1', witness: 'own', contact_methods: [], customer: null, is_whole: true }],
    });
    const { instance_id, fence } = await product.ledger();
    const [state] = await product.sql`select fence from public.servicetitan_sync_state`;
    await product.call('settle_servicetitan_rechecks', {
      p_workspace_id: WORKSPACE,
      p_instance_id: instance_id,
      p_fence: state!['fence'] ?? fence,
      p_asked: ['1'],
      p_suspects: [],
      p_is_proven: true,
    });
    expect(await product.contacts()).toMatchObject([{ phone: null }]);
    expect(await product.sql`select note from public.audit_log`).toEqual([{ note: 'none' }]);
  });

  test('a trigger on workspaces, when one is connected', async () => {
    const product = await createProduct(
      `${SMALL_PRODUCT}${AUDIT}`,
      `create function public.note() returns trigger language plpgsql as $$ begin insert into audit_log values (new.id); return new; end $$;
       create trigger note before insert or update on public.workspaces for each row execute function public.note();`,
    );
    await product.begin();
    expect(await product.sql`select note from public.audit_log`).toEqual([{ note: WORKSPACE }]);
  });

  test("names of the sync's own are found all the same, whatever schema public has", async () => {
    const product = await productWith(
      '',
      'create function public.now() returns timestamptz language sql as $$ select null::timestamptz $$;',
    );
    expect(await product.write({ customers: [customerRow('1')] })).toMatchObject({ created: 1, errors: [] });
  });
});

describe("R23: a fault inside what is the product's own is told as such, without a value", () => {
  test.for([
    ['a table that is not there', 'insert into nowhere values (new.name);', '42P01'],
    ['a table of ours by a name that it can not see', 'perform 1 from contacts_of_old where name = new.name;', '42P01'],
    ['a function that is not there', 'perform nothing(new.name);', '42883'],
    ['a right that it lacks', 'perform 1 from private.secrets;', '42501'],
    ['a column that is not there', 'new.nothing := 1;', '42703'],
    ['an error of its own', "raise 'no %', new.name;", 'P0001'],
    ['an error of its own with a code of ours', "raise 'no %', new.name using errcode = 'PT409';", 'PT409'],
    ['a division', 'perform 1 / 0;', '22012'],
  ] as const)('%s', async ([, body, sqlstate]) => {
    const product = await productWith(
      'create schema private; create table private.secrets (id int);',
      trigger(`if new.name = 'Customer 2' then ${body} end if; return new;`, { name: 'stamp_contact' }),
    );
    const answer = await product.write({ customers: [customerRow('1'), customerRow('2'), customerRow('3')] });
    expect(answer).toMatchObject({ created: 2, errors: [{ customer_id: '2', feed: 'customers' }] });
    const [line] = await product.setAside();
    expect(line).toContain(
      `Your own function "stamp_contact" failed in a trigger, a check or a default of contacts: SQLSTATE ${sqlstate}`,
    );
    expect(line).not.toContain('Customer 2');
  });

  test('a table of the sync that the trigger names, and that is not there', async () => {
    const product = await productWith(
      '',
      trigger('perform 1 from public.servicetitan_nothing; return new;', { name: 'stamp_contact' }),
    );
    expect(await product.write({ customers: [customerRow('1')] })).toMatchObject({ errors: [{ customer_id: '1' }] });
    expect((await product.setAside())[0]).toContain('"stamp_contact"');
  });
});

describe('R23: a row of another system', () => {
  const rowOf = (source: string | null) => `
    insert into public.contacts (workspace_id, crm_id, crm_source, name, phone, crm_modified_on)
    values ('${WORKSPACE}', '7', ${source === null ? 'null' : `'${source}'`}, 'Theirs', '+12085550100', null);
  `;

  test.for([
    'hubspot/1',
    'HubSpot',
    'production',
    'production/',
    'production/x',
    'integration/1/2',
    'x production/1',
    'Production/1',
    ' ',
  ])('"%s" is never overwritten, but set aside', async (source) => {
    const product = await productWith('', rowOf(source));
    const [before] = await product.contacts();
    for (const [name, modified_on] of [
      ['Ours', undefined],
      ['Ours again', LATER],
    ] as const) {
      const customer = customerRow('7', {
        name,
        ...(modified_on ? { modified_on } : {}),
        contact_methods: [methodRow('71', '7')],
      });
      expect(await product.write({ customers: [customer, customerRow('8')] })).toMatchObject({
        errors: [
          {
            customer_id: '7',
            feed: 'customers',
            reason: expect.stringContaining('Another system has written its row (crm_source)'),
          },
        ],
      });
    }
    await product.write({ contact_methods: [methodRow('71', '7', { active: true, value: '2085550188' })] });
    expect((await product.contacts())[0]).toEqual(before);
    expect(await product.setAside()).toHaveLength(1);
  });

  test.for([null, '', `integration/${TENANT}`, 'integration/1', 'production/99'])(
    'but one of source %j is taken over',
    async (source) => {
      const product = await productWith('', rowOf(source));
      expect(await product.write({ customers: [customerRow('7')] })).toMatchObject({ updated: 1, errors: [] });
      expect(await product.contacts()).toMatchObject([
        { name: 'Customer 7', crm_source: `production/${TENANT}`, phone: null },
      ]);
      expect(await product.setAside()).toEqual([]);
    },
  );

  test('is taken over once its source is null, by the retry of the quarantine', async () => {
    const product = await productWith('', rowOf('hubspot/1'));
    await product.write({ customers: [customerRow('7')] });
    await product.sql`update public.contacts set crm_source = null`;
    expect(await product.write({ customers: [customerRow('7')], retries_quarantined: true })).toMatchObject({
      updated: 1,
    });
    expect(await product.setAside()).toEqual([]);
  });
});
