// The migrations on a database whose product has workspaces and contacts already, with columns, rows and
// policies of its own.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Sql } from 'postgres';
import { expect, test } from 'vitest';
import { splitStatements } from '../../local/migration/statements.ts';
import { migrate } from '../../local/supabase/migrate.ts';
import { admin, as } from '../support/database.ts';
import { createTestDatabase, MIGRATIONS } from './databases.ts';

const PRODUCT = `
  create table public.workspaces (id text primary key, name text not null, plan text not null default 'free');
  alter table public.workspaces enable row level security;
  create policy "members see theirs" on public.workspaces for select to authenticated using (id = 'shop');
  grant select on public.workspaces to authenticated;
  insert into public.workspaces (id, name, plan) values ('shop', 'The Shop', 'paid');

  create table public.contacts (
    id bigint generated always as identity primary key,
    workspace_id text not null references public.workspaces (id),
    name varchar(200) not null,
    email text,
    metadata jsonb not null default '{"source": "import"}',
    owner text,
    updated_at timestamptz
  );
  create index contacts_owner_idx on public.contacts (owner);
  alter table public.contacts enable row level security;
  create policy "members read" on public.contacts for select to authenticated using (workspace_id = 'shop');
  grant select, delete on public.contacts to authenticated;
  create function public.touch() returns trigger language plpgsql as $$ begin new.updated_at = now(); return new; end $$;
  create trigger touch before update on public.contacts for each row execute function public.touch();
  insert into public.contacts (workspace_id, name, email, owner)
  values ('shop', 'Own contact', 'own@example.com', 'ann'), ('shop', 'Another', null, null);
`;

/** All that the product may notice: rows, columns, policies, grants, indexes, triggers. */
async function product(sql: Sql) {
  return {
    workspaces: await sql`select id, name, plan from public.workspaces`,
    contacts:
      await sql`select id, workspace_id, name, email, metadata, owner, updated_at, ctid::text from public.contacts order by id`,
    columns: await sql`
      select table_name, column_name, data_type, is_nullable, column_default, is_identity
      from information_schema.columns
      where table_name in ('workspaces', 'contacts') and table_schema = 'public'
        and (table_name, column_name) in (
          ('workspaces', 'id'), ('workspaces', 'name'), ('workspaces', 'plan'), ('contacts', 'id'), ('contacts', 'workspace_id'),
          ('contacts', 'name'), ('contacts', 'email'), ('contacts', 'metadata'), ('contacts', 'owner'), ('contacts', 'updated_at')
        )
      order by table_name, ordinal_position
    `,
    policies: await sql`select * from pg_policies where schemaname = 'public' order by tablename, policyname`,
    rowSecurity: await sql`
      select relname, relrowsecurity from pg_class where oid in ('public.contacts'::regclass, 'public.workspaces'::regclass) order by 1
    `,
    grants: await sql`
      select table_name, grantee, privilege_type
      from information_schema.role_table_grants
      where table_name in ('workspaces', 'contacts') and table_schema = 'public' and grantee <> 'service_role'
      order by 1, 2, 3
    `,
    indexes: await sql`
      select indexname, indexdef from pg_indexes
      where indexname in ('contacts_pkey', 'contacts_owner_idx', 'workspaces_pkey') order by indexname
    `,
    triggers: await sql`select tgname from pg_trigger where tgrelid = 'public.contacts'::regclass and not tgisinternal`,
  };
}

test("the product's own tables are extended, and nothing of theirs is lost or changed", async () => {
  const { url, sql } = await createTestDatabase();
  await sql.unsafe(PRODUCT);
  const before = await product(sql);
  expect(await migrate(url, MIGRATIONS)).not.toEqual([]);
  expect(await product(sql)).toEqual(before);

  const added = await sql<{ column_name: string }[]>`
    select column_name from information_schema.columns
    where table_schema = 'public' and table_name = 'contacts'
    order by ordinal_position offset 7
  `;
  expect(added.map(({ column_name }) => column_name)).toEqual(
    'crm_id crm_source crm_modified_on crm_missing_since phone address_street address_unit address_city address_state address_zip address_country address_country_code address_latitude address_longitude active merged_to_crm_id'.split(
      ' ',
    ),
  );
  const [zone] = await sql`select time_zone from public.workspaces`;
  expect(zone).toEqual({ time_zone: null });
});

test("a workspace that the product has already is connected, and keeps the product's columns", async () => {
  const { url, sql } = await createTestDatabase();
  await sql.unsafe(PRODUCT);
  await migrate(url, MIGRATIONS);
  const connection = {
    workspace_id: 'shop',
    name: null,
    time_zone: 'America/Boise',
    environment: 'production',
    tenant_id: '1',
    client_id: 'client',
    credentials_id: '00000000-0000-4000-8000-000000000000',
    client_secret_sealed: 'sealed',
    app_key_sealed: 'sealed',
  };
  await as('service_role', (role) => role`select public.save_servicetitan_connection(${role.json(connection)})`, sql);
  expect(await sql`select * from public.workspaces`).toEqual([
    { id: 'shop', name: 'The Shop', plan: 'paid', time_zone: 'America/Boise' },
  ]);
});

test('R3: rows of the product without a crm_id stay outside the rule of one row a customer', async () => {
  const { url, sql } = await createTestDatabase();
  await sql.unsafe(PRODUCT);
  await migrate(url, MIGRATIONS);
  await sql`insert into public.contacts (workspace_id, name) values ('shop', 'A'), ('shop', 'B')`;
  await sql`insert into public.contacts (workspace_id, name, crm_id) values ('shop', 'C', '7')`;
  await expect(
    sql`insert into public.contacts (workspace_id, name, crm_id) values ('shop', 'D', '7')`,
  ).rejects.toMatchObject({ code: '23505', constraint_name: 'contacts_workspace_id_crm_id_key' });
});

test.for([
  ['contacts', 'crm_id', 'bigint', 'text'],
  ['contacts', 'metadata', 'json', 'jsonb'],
  ['contacts', 'active', 'text', 'boolean'],
  ['contacts', 'workspace_id', 'uuid', 'text'],
  ['workspaces', 'time_zone', 'integer', 'text'],
] as const)(
  'a column %s.%s of type %s is refused by its name, and nothing is changed',
  async ([table, column, type, expected]) => {
    const { url, sql } = await createTestDatabase();
    await sql.unsafe(`create table public.${table} (id text primary key, ${column} ${type})`);
    await expect(migrate(url, MIGRATIONS)).rejects.toThrow(
      `The column public.${table}.${column} is of another type than ${expected}. Run: alter table public.${table} `,
    );
    const found = await sql`select relname from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'`;
    expect(found).toEqual([{ relname: table }]);
  },
);

test('contacts that hold a customer twice are refused with the customer, and nothing is changed', async () => {
  const { url, sql } = await createTestDatabase();
  await sql`create table public.contacts (workspace_id text, crm_id text)`;
  await sql`insert into public.contacts values ('shop', '7'), ('shop', '7')`;
  await expect(migrate(url, MIGRATIONS)).rejects.toThrow(
    'The table public.contacts holds a customer twice. Delete what is too much, as found by: select',
  );
  expect(await sql`select * from public.contacts`).toEqual(Array(2).fill({ workspace_id: 'shop', crm_id: '7' }));
});

/** What a product may have in its own form, and so is neither added nor changed. */
const ITS_OWN = [
  'column contacts.id uuid',
  'column contacts.created_at timestamp with time zone',
  'column workspaces.id text',
  'comment on contacts',
  'comment on workspaces',
];

/**
 * Columns, indexes, grants to service_role, row level security and comments of the two tables, one a line.
 */
async function formOf(sql: Sql): Promise<string[]> {
  const rows = await sql<{ line: string }[]>`
    select unnest(lines) as line
    from (values ('contacts'), ('workspaces')) as named (name)
    cross join lateral (select to_regclass('public.' || name) as oid) as found
    cross join lateral (
      select
        array(
          select format('column %s.%s %s', name, attname, format_type(atttypid, atttypmod))
          from pg_attribute where attrelid = found.oid and attnum > 0 and not attisdropped
        )
        || array(
          select format('index %s on %s: %s', indexname, name, indexdef)
          from pg_indexes where schemaname = 'public' and tablename = name and indexname !~ '_pkey$'
        )
        || array(
          select format('%s on %s to service_role', privilege_type, name)
          from pg_class cross join lateral aclexplode(relacl)
          where pg_class.oid = found.oid and grantee = 'service_role'::regrole
        )
        || array(
          select format('comment on %s%s', name, '.' || attname)
          from pg_description left join pg_attribute on attrelid = found.oid and attnum = objsubid and attnum > 0
          where objoid = found.oid and classoid = 'pg_class'::regclass
        )
        || array(select format('row level security on %s', name) from pg_class where oid = found.oid and relrowsecurity)
        as lines
    ) as form
  `;
  return rows.map(({ line }) => line);
}

test.for([
  [
    'as small as can be',
    `create table public.workspaces (id uuid primary key);
     create table public.contacts (id bigint generated always as identity primary key, workspace_id text not null);
     alter table public.workspaces enable row level security;
     alter table public.contacts enable row level security;`,
  ],
  [
    'with every column of the sync, in another order',
    `create table public.workspaces (time_zone text, name text, id text primary key);
     create table public.contacts (
       metadata jsonb, crm_modified_on text, merged_to_crm_id text, active boolean, address_longitude double precision,
       address_latitude double precision, address_country_code text, address_country text, address_zip text, address_state text,
       address_city text, address_unit text, address_street text, phone text, email text, name text, crm_source text, crm_id text,
       workspace_id text, id uuid primary key default gen_random_uuid()
     );
     alter table public.workspaces enable row level security;
     alter table public.contacts enable row level security;`,
  ],
  ['of its own, as above', PRODUCT.replace(/varchar\(200\)/, 'text')],
] as const)(
  'tables %s end with every column, index and grant that a project without them gets',
  async ([, product]) => {
    const { url, sql } = await createTestDatabase();
    await sql.unsafe(product);
    await migrate(url, MIGRATIONS);
    // The stack's own had none of the two before.
    const [wanted, there] = [await formOf(admin), await formOf(sql)];
    expect(wanted.length).toBeGreaterThan(30);
    expect(wanted.filter((line) => !there.includes(line) && !ITS_OWN.includes(line))).toEqual([]);
    expect(ITS_OWN.filter((line) => !wanted.includes(line))).toEqual([]);
  },
);

test('a product whose workspaces do not fit is refused before its contacts are touched, without a transaction too', async () => {
  const { sql } = await createTestDatabase();
  await sql`create table public.contacts (workspace_id text, crm_id text)`;
  await sql`create table public.workspaces (id text primary key, time_zone integer)`;
  const apply = async () => {
    const [file] = readdirSync(MIGRATIONS);
    const statements = splitStatements(readFileSync(join(MIGRATIONS, file!), 'utf8'));
    for (const statement of statements) await sql.unsafe(statement);
  };
  await expect(apply()).rejects.toThrow(
    'The column public.workspaces.time_zone is of another type than text. Run: alter table public.workspaces rename column time_zone to time_zone_of_the_product;',
  );
  const columns = await sql`
    select column_name from information_schema.columns where table_schema = 'public' and table_name = 'contacts' order by 1
  `;
  expect(columns.map(({ column_name }) => column_name)).toEqual(['crm_id', 'workspace_id']);
});

test('what a product left open, checked or commented stays so: only columns and one index come to it', async () => {
  const { url, sql } = await createTestDatabase();
  await sql.unsafe(`
    create domain public.email_address as text check (value like '%@%');
    create table public.workspaces (id text primary key, name text check (name <> ''));
    create table public.contacts (
      workspace_id text not null references public.workspaces (id), email public.email_address, score integer default 7,
      constraint score_is_low check (score < 100)
    );
    comment on table public.contacts is 'Ours.';
    comment on column public.contacts.email is 'Ours too.';
    create rule nothing as on delete to public.contacts do instead nothing;
  `);
  const read = () => sql`
    select
      named.name,
      (select array_agg(format('%s %s', relrowsecurity, relforcerowsecurity)) from pg_class where oid = named.oid) as security,
      (select array_agg(pg_get_constraintdef(oid) order by conname) from pg_constraint where conrelid = named.oid) as constraints,
      (select array_agg(rulename order by rulename) from pg_rules where tablename = named.name) as rules,
      (select array_agg(tgname order by tgname) from pg_trigger where tgrelid = named.oid) as triggers,
      (select array_agg(polname) from pg_policy where polrelid = named.oid) as policies,
      obj_description(named.oid) as comment,
      col_description(named.oid, 2) as column_comment
    from (values ('contacts'), ('workspaces')) as given (name)
    cross join lateral (select given.name, to_regclass('public.' || given.name) as oid) as named
    order by named.name
  `;
  const before = await read();
  await migrate(url, MIGRATIONS);
  expect([...(await read())]).toEqual([...before]);
  await as('service_role', (role) => role`select email, score from public.contacts`, sql);
});

test('a column of ours that a product computes is refused, because every write would fail', async () => {
  const { url, sql } = await createTestDatabase();
  await sql`create table public.contacts (workspace_id text, first text, name text generated always as (first) stored)`;
  await expect(migrate(url, MIGRATIONS)).rejects.toThrow(
    'The column public.contacts.name is computed. Run: alter table public.contacts alter column name drop expression;',
  );
});

test("a product's own function of one of our names is not replaced", async () => {
  const { url, sql } = await createTestDatabase();
  await sql`create function public.to_servicetitan_ids(p_crm_ids text[]) returns bigint[] language sql as 'select null::bigint[]'`;
  await expect(migrate(url, MIGRATIONS)).rejects.toThrow('function "to_servicetitan_ids" already exists');
});
