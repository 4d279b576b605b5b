// The views that a product may show: all phones and e-mails of a contact, and its tags by name.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { migrate } from '../../local/supabase/migrate.ts';
import { admin, as, type Row } from '../support/database.ts';
import { contactOf, customer, email, phone, sync } from './batches.ts';
import { createTestDatabase, MIGRATIONS } from './databases.ts';
import { connect, startRun, type Run } from './workspaces.ts';

async function pointsOf(run: Run, columns = 'id, chosen'): Promise<Row[]> {
  return as('service_role', (sql) =>
    sql.unsafe(
      `select ${columns} from public.servicetitan_contact_points where workspace_id = $1 order by crm_id, id`,
      [run.workspaceId],
    ),
  );
}

test('R25: the view shows each phone and e-mail as it was entered and as it was graded, and which of them the contact shows', async () => {
  const run = await startRun(await connect());
  const methods = [
    phone('10', '1', { value: 'N/A', usability: 'unusable', normalized: null, memo: 'desk' }),
    phone('11', '1', {
      type: 'Phone',
      value: '208-555-0011 x12',
      extension: '12',
      do_not_text: true,
      marketing: false,
    }),
    phone('12', '1', { type: 'Fax' }),
    phone('13', '1', { active: false }),
    email('14', '1', { value: ' A@example.com', normalized: 'A@example.com', marketing: true }),
    email('15', '1'),
    phone('16', '2'),
  ];
  await sync(run, { customers: [customer('1')], contact_methods: methods });
  const columns =
    'crm_id, id, type, as_entered, normalized, extension, usability, do_not_text, marketing, memo, chosen';
  const of = (id: string, fields: Row): Row => ({
    crm_id: '1',
    id,
    extension: null,
    usability: 'valid',
    do_not_text: null,
    marketing: null,
    memo: null,
    chosen: false,
    ...fields,
  });
  expect(await pointsOf(run, columns)).toEqual([
    of('10', { type: 'MobilePhone', as_entered: 'N/A', normalized: null, usability: 'unusable', memo: 'desk' }),
    of('11', {
      type: 'Phone',
      as_entered: '208-555-0011 x12',
      normalized: '+12085550011',
      extension: '12',
      do_not_text: true,
      marketing: false,
      chosen: true,
    }),
    of('12', { type: 'Fax', as_entered: '2085550012', normalized: '+12085550012' }),
    of('14', {
      type: 'Email',
      as_entered: ' A@example.com',
      normalized: 'A@example.com',
      marketing: true,
      chosen: true,
    }),
    of('15', { type: 'Email', as_entered: 'person15@example.com', normalized: 'person15@example.com' }),
  ]);
});

test('R25: what the view calls chosen is what the contact shows, whatever there is to choose from', async () => {
  const run = await startRun(await connect());
  const usabilities = ['valid', 'possible', 'unusable'];
  const types = ['MobilePhone', 'Phone', 'Fax', 'Pager', 'Email'];
  const methods: Row[] = [];
  const customers = Array.from({ length: 60 }, (_, index) => String(100 + index));
  for (const [at, crmId] of customers.entries()) {
    for (let nth = 0; nth < at % 5; nth += 1) {
      const usability = usabilities[(at * 7 + nth * 5) % 3]!;
      const id = String(1000 + at * 10 + ((nth * 3) % 5));
      const type = types[(at * 3 + nth * (at % 4)) % 5]!;
      const normalized = usability === 'unusable' ? null : `${type} ${id}`;
      methods.push(phone(id, crmId, { type, usability, normalized, active: (at + nth) % 6 === 0 ? false : null }));
    }
  }
  await sync(run, { customers: customers.map((id) => customer(id)), contact_methods: methods });
  const chosen = (await pointsOf(run, 'crm_id, type, normalized, chosen')).filter(({ chosen }) => chosen);
  expect(chosen.length).toBeGreaterThan(20);
  for (const crmId of customers) {
    const own = chosen.filter(({ crm_id }) => crm_id === crmId);
    const { phone: number, email: address } = (await contactOf(run, crmId))!;
    expect([crmId, own.filter(({ type }) => type !== 'Email').map(({ normalized }) => normalized)]).toEqual([
      crmId,
      number === null ? [] : [number],
    ]);
    expect([crmId, own.filter(({ type }) => type === 'Email').map(({ normalized }) => normalized)]).toEqual([
      crmId,
      address === null ? [] : [address],
    ]);
  }
});

test('R3: what the tenant before has left is in neither view', async () => {
  const workspace = await connect();
  const run = await startRun(workspace);
  await sync(run, { customers: [customer('1')], contact_methods: [phone('10', '1')] });
  const moved = await startRun(await connect(workspace.workspaceId));
  await sync(moved, { customers: [customer('1')], contact_methods: [phone('11', '1')] });
  expect(await pointsOf(moved)).toEqual([{ id: '11', chosen: true }]);
});

test("a product's users see the phones and e-mails of the contacts that they may see, by the policy of the README", async () => {
  const { url, sql } = await createTestDatabase();
  await migrate(url, MIGRATIONS);
  await sql.unsafe(`
    insert into contacts (workspace_id, crm_id, crm_source) values ('mine', '1', 's'), ('theirs', '1', 's');
    insert into servicetitan_contact_methods (workspace_id, source, id, crm_id, type, value, usability, normalized, modified_on)
    values ('mine', 's', 1, '1', 'Phone', 'a', 'valid', 'a', ''), ('theirs', 's', 2, '1', 'Phone', 'b', 'valid', 'b', '');
    grant select on contacts to authenticated;
    create policy own on contacts for select to authenticated using (workspace_id = 'mine');
  `);
  const seen = () =>
    as('authenticated', (role) => role`select id from public.servicetitan_contact_points`, sql).then(
      (rows) => rows.map(({ id }) => id),
      ({ code }) => code,
    );
  expect(await seen()).toBe('42501');
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  const [, policy] = /```sql\n(grant select on servicetitan_contact_points[\s\S]*?)```/.exec(readme)!;
  await sql.unsafe(policy!);
  expect(await seen()).toEqual(['1']);
});

test("a product's users see the tags of the contacts that they may see, by the policy of the README", async () => {
  const { url, sql } = await createTestDatabase();
  await migrate(url, MIGRATIONS);
  const tagged = '{"custom_fields": {"tag_type_ids": [7]}}';
  await sql.unsafe(`
    insert into contacts (workspace_id, crm_id, crm_source, metadata)
    values ('mine', '1', 's', '${tagged}'), ('theirs', '2', 's', '${tagged}');
    insert into servicetitan_tag_types (workspace_id, source, id, name, active)
    values ('mine', 's', '7', 'VIP', true), ('theirs', 's', '7', 'Not paying', true);
    grant select on contacts to authenticated;
    create policy own on contacts for select to authenticated using (workspace_id = 'mine');
  `);
  const seen = (table: string) =>
    as('authenticated', (role) => role.unsafe(`select name from public.${table}`), sql).then(
      (rows) => rows.map(({ name }) => name),
      ({ code }) => code,
    );
  expect(await seen('servicetitan_contact_tags')).toBe('42501');
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  const [, policy] = /```sql\n(grant select on servicetitan_contact_tags[\s\S]*?)```/.exec(readme)!;
  await sql.unsafe(policy!);
  expect(await seen('servicetitan_contact_tags')).toEqual(['VIP']);
  expect(await seen('servicetitan_tag_types')).toEqual(['VIP']);
});

test('tags show by their names, of the tenant alone that the contact is from; one without a name shows all the same', async () => {
  const run = await startRun(await connect());
  await admin`
    insert into public.servicetitan_tag_types (workspace_id, source, id, name, active)
    values
      (${run.workspaceId}, ${run.source}, '134', 'VIP', true),
      (${run.workspaceId}, ${run.source}, '9007199254740993', 'Old', false),
      (${run.workspaceId}, 'production/1', '7', 'Of another tenant', true)
  `;
  const tags = { custom_fields: { tag_type_ids: [134, '9007199254740993', 7] } };
  const none = { custom_fields: { tag_type_ids: null } };
  await sync(run, { customers: [customer('1', tags), customer('2', none), customer('3', { custom_fields: {} })] });
  const rows = await as(
    'service_role',
    (sql) => sql`
      select crm_id, tag_type_id, name, active
      from public.servicetitan_contact_tags
      where workspace_id = ${run.workspaceId}
      order by tag_type_id
    `,
  );
  expect(rows).toEqual([
    { crm_id: '1', tag_type_id: '134', name: 'VIP', active: true },
    { crm_id: '1', tag_type_id: '7', name: null, active: null },
    { crm_id: '1', tag_type_id: '9007199254740993', name: 'Old', active: false },
  ]);
});
