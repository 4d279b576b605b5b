// The database of the earlier sync, as its documentation describes it: taken over, and its cursor is not trusted.
import { expect, test } from 'vitest';
import { migrate } from '../../local/supabase/migrate.ts';
import { customerRow } from '../function/rows.ts';
import { createProduct, TENANT, WORKSPACE } from '../support/product.ts';
import { createTestDatabase, MIGRATIONS } from './databases.ts';

const contacts = (key: string) => `
  create table public.workspaces (id text primary key, name text);
  create table public.contacts (
    id uuid primary key default gen_random_uuid(),
    workspace_id text references public.workspaces (id),
    crm_id text ${key},
    name text, email text, phone text,
    metadata jsonb default '{}'
  );
  alter table public.workspaces enable row level security;
  alter table public.contacts enable row level security;
  insert into public.workspaces values ('${WORKSPACE}', 'The Shop');
  insert into public.contacts (workspace_id, crm_id, name, phone) values ('${WORKSPACE}', '7', 'As it was', '208 555 0100');
`;
const STATE = `
  create table public.servicetitan_sync_state (
    workspace_id text primary key,
    sync_status text default 'idle',
    last_modified_cursor timestamptz,
    last_continue_from text,
    initial_sync_completed boolean default false,
    total_customers_synced integer default 0,
    last_sync_created integer default 0,
    last_sync_updated integer default 0,
    last_sync_errors integer default 0,
    last_error text,
    mode text
  );
  insert into public.servicetitan_sync_state
  values ('${WORKSPACE}', 'running', '2026-02-08T10:15:00Z', 'token', true, 4711, 3, 5, 1, 'What Lucia Ortega said', 'x');
`;

test('R23: its unique crm_id is refused with the statement, before anything changes', async () => {
  const { url, sql } = await createTestDatabase();
  await sql.unsafe(`${contacts('unique')}${STATE}`);
  await expect(migrate(url, MIGRATIONS)).rejects.toThrow(
    'The index public.contacts_crm_id_key is unique without the workspace, so that a second firm has no room. ' +
      'Run: alter table public.contacts drop constraint contacts_crm_id_key;',
  );
  expect(await sql`select total_customers_synced, mode from public.servicetitan_sync_state`).toEqual([
    { total_customers_synced: 4711, mode: 'x' },
  ]);
  await sql`alter table public.contacts drop constraint contacts_crm_id_key`;
  expect(await migrate(url, MIGRATIONS)).not.toEqual([]);
});

test.for([
  ['as documented', STATE],
  ['with numbers that are required and larger', STATE.replaceAll('integer default 0', 'bigint not null default 0')],
  [
    'with numbers that are texts',
    STATE.replaceAll('integer default 0', "text default '0'").replace('4711, 3, 5, 1', "'4711', '3', '5', 'one'"),
  ],
  [
    'without a key, and twice',
    `${STATE.replace('text primary key', 'text')} insert into public.servicetitan_sync_state (workspace_id) values ('${WORKSPACE}'), (null);`,
  ],
  [
    'without most of its columns',
    `create table public.servicetitan_sync_state (workspace_id text primary key, total_customers_synced int); insert into public.servicetitan_sync_state values ('${WORKSPACE}', 4711);`,
  ],
] as const)('R12: its state %s is taken over, and the first sync begins anew beside the rows', async ([, state]) => {
  const product = await createProduct(`${contacts('')}${state}`);
  const { sql } = product;
  const [row] = await sql`select * from public.servicetitan_sync_state`;
  expect(row).toMatchObject({
    workspace_id: WORKSPACE,
    sync_status: 'idle',
    last_modified_cursor: null,
    last_continue_from: null,
    initial_sync_completed: false,
    last_error: null,
  });
  // Nothing of it is lost.
  expect((await sql`select workspace_id from public.servicetitan_sync_state_before`).length).toBeGreaterThan(0);

  await product.begin();
  expect(await product.ledger()).toMatchObject({ mode: 'initial', window_from: null });
  expect(await product.write({ customers: [customerRow('7'), customerRow('8')] })).toMatchObject({
    created: 1,
    updated: 1,
    errors: [],
  });
  expect(await product.contacts()).toMatchObject([
    { crm_id: '7', name: 'Customer 7', crm_source: `production/${TENANT}` },
    { crm_id: '8', name: 'Customer 8' },
  ]);
});

test('R3: a second firm with the same customer ids has room beside the first', async () => {
  const product = await createProduct(`${contacts('')}${STATE}`);
  await product.sql`insert into public.contacts (workspace_id, crm_id, name) values (null, '7', 'Of no workspace')`;
  await product.begin();
  expect(await product.write({ customers: [customerRow('7')] })).toMatchObject({ updated: 1, errors: [] });
});

test('a state of ours that another version of the migration made is not taken for it', async () => {
  const { url, sql } = await createTestDatabase();
  await sql`create table public.servicetitan_sync_state (workspace_id text primary key, fence bigint)`;
  await expect(migrate(url, MIGRATIONS)).rejects.toThrow('was made by another version');
});
