// R11 where contacts is the product's own table, with columns and triggers of its own.
import type { Sql } from 'postgres';
import { expect, test } from 'vitest';
import { migrate } from '../../local/supabase/migrate.ts';
import { as, type Row } from '../support/database.ts';
import { customer, MODIFIED_ON } from './batches.ts';
import { createTestDatabase, MIGRATIONS } from './databases.ts';

// Each trigger notes what it saw, as an audit trail would.
const PRODUCT = `
  create table public.contacts (
    id bigint generated always as identity primary key,
    workspace_id text not null,
    owner text not null default 'nobody'
  );
  create table public.audit (crm_id text, seen text);
  grant insert on public.audit to service_role;
`;
const TRIGGERS = `
  create function public.note() returns trigger language plpgsql as $$
  begin
    insert into public.audit values (new.crm_id, tg_when || ' ' || tg_op);
    return new;
  end $$;
  create trigger audit_before before insert or update on public.contacts for each row execute function public.note();
  create trigger audit_after after insert or update on public.contacts for each row execute function public.note();
`;

async function createProduct(): Promise<Sql> {
  const { url, sql } = await createTestDatabase();
  await sql.unsafe(PRODUCT);
  await migrate(url, MIGRATIONS);
  await sql.unsafe(TRIGGERS);
  return sql;
}

async function write(sql: Sql, customers: Row[]): Promise<Row> {
  const [row] = await as(
    'service_role',
    (role) => role`
      select public.write_servicetitan_customers('shop', 'production/1', ${role.json(customers as never)}, 'sync-shop-1', '{}') as counts
    `,
    sql,
  );
  return row!['counts'] as Row;
}

/** What the triggers saw while `work` went on. */
async function seenDuring(sql: Sql, work: () => Promise<unknown>): Promise<Row[]> {
  await sql`truncate public.audit`;
  await work();
  return [...(await sql<Row[]>`select crm_id, seen from public.audit order by crm_id, seen`)];
}

test("R11: columns that are the product's own stay as they are", async () => {
  const sql = await createProduct();
  await write(sql, [customer('1')]);
  await sql`update public.contacts set owner = 'ann'`;
  expect(await write(sql, [customer('1', { name: 'Renamed' })])).toMatchObject({ updated: 1 });
  expect(await sql`select name, owner from public.contacts`).toEqual([{ name: 'Renamed', owner: 'ann' }]);
});

test("R11: an identical row fires none of the product's triggers", async () => {
  const sql = await createProduct();
  await write(sql, [customer('1'), customer('2')]);
  const seen = await seenDuring(sql, async () => {
    expect(await write(sql, [customer('1'), customer('2')])).toMatchObject({ unchanged: 2 });
  });
  expect(seen).toEqual([]);
});

test("R11: a stale row fires none of the product's triggers", async () => {
  const sql = await createProduct();
  await write(sql, [customer('1')]);
  const older = customer('1', { name: 'Older', crm_modified_on: MODIFIED_ON.replace('7Z', '6Z') });
  const seen = await seenDuring(sql, async () => {
    expect(await write(sql, [older])).toMatchObject({ stale: 1 });
  });
  expect(seen).toEqual([]);
});

test('R11: a change is written once, and the identical row beside it not at all', async () => {
  const sql = await createProduct();
  await write(sql, [customer('1'), customer('2')]);
  const seen = await seenDuring(sql, () => write(sql, [customer('1', { name: 'Renamed' }), customer('2')]));
  expect(seen.filter((row) => row['seen'] === 'AFTER UPDATE')).toEqual([{ crm_id: '1', seen: 'AFTER UPDATE' }]);
  expect(seen.filter((row) => row['crm_id'] === '2')).toEqual([]);
});

test("R11: a row that one of the product's triggers rewrites is not written on every run", async () => {
  const sql = await createProduct();
  await sql.unsafe(`
    create function public.shout() returns trigger language plpgsql as $$
    begin
      new.name := upper(new.name);
      return new;
    end $$;
    create trigger shout before insert or update on public.contacts for each row execute function public.shout();
  `);
  expect(await write(sql, [customer('1')])).toMatchObject({ created: 1 });
  expect(await write(sql, [customer('1')])).toMatchObject({ updated: 0, unchanged: 1 });
});
