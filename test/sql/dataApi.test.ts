// The same refusals where strangers come in: the Data API, asked with the key that every browser holds.
import { createClient } from '@supabase/supabase-js';
import { beforeAll, expect, inject, test } from 'vitest';
import { admin } from '../support/database.ts';
import { connect, type Workspace } from './workspaces.ts';

const { supabaseUrl, publishableKey, secretKey } = inject('stack');
const options = { auth: { persistSession: false } };
const stranger = createClient(supabaseUrl, publishableKey, options);
const service = createClient(supabaseUrl, secretKey, options);

const TABLES = [
  'workspaces',
  'contacts',
  'servicetitan_connections',
  'servicetitan_sync_state',
  'servicetitan_sync_runs',
  'servicetitan_contact_methods',
  'servicetitan_sync_errors',
];
let workspace: Workspace;
beforeAll(async () => {
  workspace = await connect();
});

test.for(TABLES)('the publishable key is refused the table %s', async (name) => {
  const key = name === 'workspaces' ? 'id' : 'workspace_id';
  const { workspaceId } = workspace;
  const answers = [
    await stranger.from(name).select(),
    await stranger.from(name).insert({ [key]: workspaceId } as never),
    await stranger
      .from(name)
      .update({ [key]: workspaceId })
      .eq(key, workspaceId),
    await stranger.from(name).delete().eq(key, workspaceId),
  ];
  for (const { error, status, data } of answers) {
    expect([error?.code, status, data]).toEqual(['42501', 401, null]);
  }
});

test('the publishable key is refused every function, and the secret key is not', async () => {
  const functions = await admin<{ name: string; parameters: string[] | null }[]>`
    select proname as name, proargnames[1:pronargs] as parameters
    from pg_proc
    where pronamespace = 'public'::regnamespace
    order by proname
  `;
  for (const { name, parameters } of functions) {
    const nulls = Object.fromEntries((parameters ?? []).map((parameter) => [parameter, null]));
    const { error, status } = await stranger.rpc(name, nulls);
    expect([name, error?.code, status]).toEqual([name, '42501', 401]);
  }
  const { data, error } = await service.rpc('list_servicetitan_workspaces', { p_after: null, p_limit: 1 });
  expect(error).toBeNull();
  expect(data.workspaces).toHaveLength(1);
});

test('the secret key reads what the reference asks of servicetitan_sync_state', async () => {
  const { data, error } = await service
    .from('servicetitan_sync_state')
    .select(
      'sync_status, last_modified_cursor, last_continue_from, initial_sync_completed, total_customers_synced, ' +
        'last_sync_created, last_sync_updated, last_sync_errors, last_error',
    )
    .eq('workspace_id', workspace.workspaceId)
    .single();
  expect(error).toBeNull();
  expect(data).toEqual({
    sync_status: 'idle',
    last_modified_cursor: null,
    last_continue_from: null,
    initial_sync_completed: false,
    total_customers_synced: 0,
    last_sync_created: 0,
    last_sync_updated: 0,
    last_sync_errors: 0,
    last_error: null,
  });
});

test('the secret key can delete no contact', async () => {
  const { error, status } = await service.from('contacts').delete().eq('workspace_id', workspace.workspaceId);
  expect([error?.code, status]).toEqual(['42501', 403]);
});
