// What a product's own code gets: the types of the database, and the queries of docs/queries.md.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createClient } from '@supabase/supabase-js';
import { beforeAll, expect, expectTypeOf, test } from 'vitest';
import { readDatabaseTypes, TYPES_FILE } from '../../local/migration/databaseTypes.ts';
import { migrate } from '../../local/supabase/migrate.ts';
import type { Database } from '../../supabase/database.types.ts';
import { admin, as, type Row } from '../support/database.ts';
import { runSync } from '../support/ring.ts';
import { compareAll } from '../support/proofs.ts';
import { createWorkspace, type TestWorkspace } from '../support/workspace.ts';
import { createTestDatabase, MIGRATIONS, PROJECT } from './databases.ts';

test('the types for a product are those of the database that the migrations build', async () => {
  const database = await createTestDatabase();
  await migrate(database.url, MIGRATIONS);
  const written = readFileSync(join(PROJECT, 'supabase', TYPES_FILE), 'utf8');
  expect(written, 'supabase/database.types.ts is another: run `npm run migration`').toBe(
    await readDatabaseTypes(database.url),
  );
});

const NUMBER = '+12085550123';
let workspace: TestWorkspace;
let customer: string;
beforeAll(async () => {
  workspace = await createWorkspace({ customers: 6, switches: { callsPerSecond: null } });
  await runSync(workspace);
  await compareAll(workspace);
  const { workspaceId, tenantId } = workspace;
  const source = `production/${tenantId}`;
  // One of each that a query asks for, as the sync would have written it.
  const [method] = await admin<{ crm_id: string }[]>`
    update public.servicetitan_contact_methods
    set type = 'MobilePhone', value = ${NUMBER}, normalized = ${NUMBER}, usability = 'valid', active = null, do_not_text = null
    where (id, crm_id, workspace_id) = (
      select id, crm_id, workspace_id from public.servicetitan_contact_methods where workspace_id = ${workspaceId} limit 1
    )
    returning crm_id
  `;
  customer = method!.crm_id;
  const others = await admin<{ crm_id: string }[]>`
    select crm_id from public.contacts where workspace_id = ${workspaceId} and crm_id <> ${customer} order by crm_id
  `;
  await admin`
    update public.contacts
    set active = true, metadata = jsonb_set(metadata, '{custom_fields,tag_type_ids}', '["7"]')
    where workspace_id = ${workspaceId} and crm_id = ${customer}
  `;
  await admin`update public.contacts set active = false where workspace_id = ${workspaceId} and crm_id = ${others[0]!.crm_id}`;
  await admin`
    update public.contacts set active = true, phone = null, email = null
    where workspace_id = ${workspaceId} and crm_id = ${others[1]!.crm_id}
  `;
  await admin`insert into public.servicetitan_tag_types values (${workspaceId}, ${source}, '7', 'VIP', true)`;
  await admin`
    insert into public.servicetitan_sync_errors (workspace_id, source, crm_id, feed, reason, instance_id)
    values (${workspaceId}, ${source}, '1', 'customers', 'name: too long', 'sync-1')
  `;
});

const text = readFileSync(join(PROJECT, 'docs/queries.md'), 'utf8');
const queries = [...text.matchAll(/^([^\n]+)\n\n```sql\n(.*?)```$/gms)].map(
  ([, above, query]) => [above!, query!] as const,
);

test('there is a sentence above each query', () => {
  expect(queries).toHaveLength(text.split('```sql').length - 1);
  expect(queries.length).toBeGreaterThan(8);
});

test.for(queries)('%s', async ([, query]) => {
  const own = query.replaceAll('45963', workspace.workspaceId).replaceAll('229472825', customer);
  const rows = await as('service_role', (sql) => sql.unsafe<Row[]>(own));
  expect(rows.length).toBeGreaterThan(0);
  if (/crm_id = '|normalized =|'VIP'|'MobilePhone'/.test(query) && rows[0]!['crm_id'] !== undefined)
    expect(rows.map(({ crm_id }) => crm_id)).toContain(customer);
});

test('supabase-js knows the columns by these types, and what they hold', async () => {
  const { stack, workspaceId } = workspace;
  const supabase = createClient<Database>(stack.supabaseUrl, stack.secretKey);
  const { data } = await supabase.from('contacts').select('crm_id, name, active').eq('workspace_id', workspaceId);
  expect(data).toHaveLength(6);
  expectTypeOf(data!).toEqualTypeOf<{ crm_id: string | null; name: string | null; active: boolean | null }[]>();
  const points = await supabase
    .from('servicetitan_contact_points')
    .select('normalized')
    .eq('workspace_id', workspaceId);
  expect(points.data!.map(({ normalized }) => normalized)).toContain(NUMBER);
});
