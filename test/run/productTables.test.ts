// Whole runs through the real Data API and the real Edge Function, in a project whose contacts have rules of their own.
import postgres, { type Sql } from 'postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestStack, type TestStack } from '../../local/testStack.ts';
import { trigger } from '../support/product.ts';
import { runSync } from '../support/ring.ts';
import { toProvided } from '../support/toProvided.ts';
import { differences } from '../support/truth.ts';
import { createWorkspace } from '../support/workspace.ts';

let stack: TestStack;
let sql: Sql;
beforeAll(async () => {
  stack = await startTestStack();
  sql = postgres(stack.dbUrl, { max: 1, onnotice: () => {} });
  await sql`create table public.audit_log (id uuid default gen_random_uuid(), note text)`;
  await sql`grant insert on public.audit_log to service_role`;
  await sql`create function extensions.note_of(text) returns text language sql as $$ select 'saw ' || $1 $$`;
});
afterAll(async () => {
  await sql.end();
  await stack.stop();
});
const create = () => createWorkspace({ stack: toProvided(stack), customers: 12 });

test('R23: a trigger that finds its tables and functions by the path of the Data API leaves the sync equal', async () => {
  await sql.unsafe(trigger('insert into audit_log (note) values (note_of(tg_op)); return new;', { name: 'audit' }));
  const workspace = await create();
  expect((await runSync(workspace)).outcome).toEqual({ status: 'completed' });
  expect(await differences(workspace)).toEqual([]);
  const [noted] = await sql`select count(*)::integer as count from public.audit_log where note = 'saw INSERT'`;
  expect(noted!['count']).toBeGreaterThanOrEqual(12);
  await sql`drop trigger audit on public.contacts`;
});

test('R10, R23: a trigger that fails for all of them sets all aside by its name, and the run completes', async () => {
  await sql.unsafe(trigger('insert into nowhere values (new.name); return new;', { name: 'broken_audit' }));
  const workspace = await create();
  expect((await runSync(workspace)).outcome).toEqual({ status: 'completed' });
  const { data } = await workspace.supabase
    .from('servicetitan_sync_errors')
    .select('reason')
    .eq('workspace_id', workspace.workspaceId);
  expect(data).toHaveLength(12);
  expect(new Set(data!.map(({ reason }) => reason))).toEqual(
    new Set([
      'Your own function "broken_audit" failed in a trigger, a check or a default of contacts: SQLSTATE 42P01 (a table that it uses does not exist)',
    ]),
  );
  await sql`drop trigger broken_audit on public.contacts`;
  expect((await runSync(workspace)).outcome).toEqual({ status: 'completed' });
  expect(await differences(workspace)).toEqual([]);
});

test('R24: customers of 17 KB are written with the settings as they come, none of them too large', async () => {
  const workspace = await createWorkspace({
    stack: toProvided(stack),
    customers: 500,
    switches: { exportLagSeconds: 0, exportBatchSize: 500, callsPerSecond: null },
  });
  const { customers } = await workspace.simulator<{ customers: { id: number }[] }>('GET', '/world');
  const customFields = Array.from({ length: 85 }, (_, index) => ({
    typeId: index + 1,
    name: `Field ${index}`,
    value: 'x'.repeat(170),
  }));
  await workspace.simulator(
    'POST',
    '/operations',
    customers.map(({ id }) => ({ operation: 'changeCustomer', customerId: id, changes: { customFields } })),
  );
  expect((await runSync(workspace)).outcome).toEqual({ status: 'completed' });
  expect(await differences(workspace)).toEqual([]);
});

test('R24: a trigger that costs a while with each row makes the calls smaller, and the sync ends equal', async () => {
  const workspace = await createWorkspace({ stack: toProvided(stack), customers: 160 });
  await sql.unsafe(trigger('perform pg_sleep(0.07); return new;', { name: 'slow' }));
  const sizes: number[] = [];
  const { outcome } = await runSync(workspace, {
    aroundWrite: (write) => async (batch, signal) => {
      const result = await write(batch, signal);
      sizes.push(batch.customers.length);
      return result;
    },
  });
  await sql`drop trigger slow on public.contacts`;
  expect(outcome).toEqual({ status: 'completed' });
  expect(await differences(workspace)).toEqual([]);
  expect(Math.max(...sizes)).toBeLessThan(160);
});
