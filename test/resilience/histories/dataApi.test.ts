// The histories call SQL functions without PostgREST; here both answer the same calls, so that what is proved through the
// one holds through the other.
import { createClient } from '@supabase/supabase-js';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { connectWorkspace } from '../../../local/connect.ts';
import { createDataApi, type DataApi, type RpcAnswer } from './dataApi.ts';

const { dbUrl, supabaseUrl, secretKey, credentialsKey } = inject('stack');
const supabase = createClient(supabaseUrl, secretKey, { auth: { persistSession: false } });
let dataApi: DataApi;
beforeAll(async () => {
  dataApi = await createDataApi(dbUrl, 1);
});
afterAll(() => dataApi.end());

const throughPostgrest = async (name: string, parameters: object): Promise<RpcAnswer> => {
  const { data, error, status } = await supabase.rpc(name, parameters);
  return { data, error: error && { code: error.code, message: error.message }, status };
};

/** Connects a workspace and answers what a run of it says, call by call. */
async function wholeRun(call: (name: string, parameters: object) => Promise<RpcAnswer>): Promise<RpcAnswer[]> {
  const id = `d${Math.random().toString(36).slice(2)}`;
  await connectWorkspace(
    { supabaseUrl, supabaseSecretKey: secretKey, credentialsKey },
    {
      workspaceId: id,
      name: 'Data API',
      timeZone: null,
      tenantId: '1',
      environment: 'production',
      clientId: 'client',
      clientSecret: 'secret',
      appKey: 'app',
    },
  );
  const run = { p_workspace_id: id, p_instance_id: `sync-${id}-1` };
  const fenced = { ...run, p_fence: 1 };
  const customer = (name: string) => ({
    crm_id: '7',
    name,
    active: true,
    crm_modified_on: '2026-01-01T00:00:00.0000000Z',
    custom_fields: { balance: 1.5 },
    methods_reread: false,
  });
  const batch = (name: string, page = 1) => ({
    p_batch: {
      run: { workspace_id: id, instance_id: run.p_instance_id, fence: 1, page, part: '0' },
      customers: [customer(name)],
      contact_methods: [
        {
          id: '8',
          crm_id: '7',
          type: 'Phone',
          value: '604-555-0187',
          normalized: '+16045550187',
          country_code: 'CA',
          memo: null,
          do_not_text: false,
          active: true,
          modified_on: '2026-01-01T00:00:00.0000000Z',
        },
      ],
      rejected: [{ crm_id: '9', feed: 'customers', reason: 'name: bad', sqlstate: null }],
      commit: null,
    },
  });
  const commit = { feed: 'initial_contacts', continue_from: 'token', done: true, read_at: '2026-01-01T00:00:00.000Z' };
  const calls: [string, object][] = [
    ['list_servicetitan_workspaces', { p_after: id.slice(0, -1), p_limit: 1 }],
    [
      'claim_servicetitan_runs',
      { p_trigger: 'cron', p_claims: [{ workspace_id: id, instance_id: run.p_instance_id }] },
    ],
    ['claim_servicetitan_runs', { p_trigger: 'cron', p_claims: [{ workspace_id: id, instance_id: `sync-${id}-2` }] }],
    ['read_servicetitan_credentials', { ...run, p_instance_id: 'another' }],
    ['begin_servicetitan_run', { ...run, p_started_at: '2026-01-01T00:00:00.000Z', p_overlap_seconds: 900 }],
    ['hold_servicetitan_lease', { ...fenced, p_fence: 2, p_wait_seconds: 1 }],
    ['sync_servicetitan_contacts', batch('Anna')],
    ['sync_servicetitan_contacts', batch('half\u0000')],
    ['sync_servicetitan_contacts', batch('Anna', 2)],
    ['sync_servicetitan_contacts', batch('Anna', 1)],
    [
      'renormalize_servicetitan_phones',
      {
        p_run: batch('Anna', 2).p_batch.run,
        p_phones: [{ id: '8', crm_id: '7', normalized: '+1', country_code: 'US' }],
        p_commit: null,
      },
    ],
    ['commit_servicetitan_page', { ...fenced, p_commit: commit }],
    ['commit_servicetitan_page', { ...fenced, p_commit: null }],
    [
      'continue_servicetitan_run',
      { ...fenced, p_successor_id: `sync-${id}-1-2`, p_checkpoint: null, p_pages: 1, p_calls: 1 },
    ],
    ['advance_servicetitan_cursor', { ...fenced, p_instance_id: `sync-${id}-1-2`, p_fence: 2, p_cursor: null }],
    ['complete_servicetitan_run', { ...fenced, p_commit: null, p_pages: 1, p_calls: 1 }],
    [
      'fail_servicetitan_run',
      { ...run, p_instance_id: `sync-${id}-1-2`, p_code: 'x', p_error: 'x', p_pages: 1, p_calls: 1 },
    ],
    ['no_such_function', {}],
  ];
  const answers: RpcAnswer[] = [];
  for (const [name, parameters] of calls) answers.push(await call(name, parameters));
  return JSON.parse(JSON.stringify(answers).replaceAll(id, 'id')) as RpcAnswer[];
}

test('the Data API of the histories and the real one answer the same', async () => {
  const [own, real] = [
    await wholeRun((name, parameters) => dataApi.call(name, parameters)),
    await wholeRun(throughPostgrest),
  ];
  for (const [index, answer] of own.entries()) {
    const other = real[index]!;
    expect([index, answer.error?.code, isRowOfState(answer) ? 'row' : answer.data]).toEqual([
      index,
      other.error?.code,
      isRowOfState(other) ? 'row' : other.data,
    ]);
    // The status is read where there is no SQLSTATE alone; 2xx is 2xx.
    if (!answer.error) expect(Math.floor(other.status / 100)).toBe(2);
    else if (answer.error.code.startsWith('PT'))
      expect([answer.status, answer.error.message]).toEqual([other.status, other.error!.message]);
  }
  expect(own.filter(({ error }) => error).map(({ error }) => error!.code)).toEqual(
    expect.arrayContaining(['PT409', '22P05', 'PGRST202']),
  );
});

/** hold_servicetitan_lease answers a row, which nobody reads. */
function isRowOfState({ data }: RpcAnswer): boolean {
  return typeof data === 'string'
    ? data.startsWith('(')
    : data !== null && typeof data === 'object' && 'alive_until' in data;
}
